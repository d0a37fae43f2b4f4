//! I5 to I8: what each replica needs so that SSISDB works on it after a failover.

use super::Found;
use super::site::{CATALOG, Site, at, entry, map, service_of, text};
use serde_json::Value;

const LOG_LOGIN: &str = "##MS_SSISLogDBWorkerAgentLogin##";
const JOBS: [&str; 2] = ["SSIS Failover Monitor Job", "SSIS Server Maintenance Job"];
const STARTUP: &str = "dbo.sp_ssis_startup";

/// I5: the log login is one and the same everywhere, enabled, and is what the log string says.
pub(super) fn log_login(site: &Site<'_>) -> Found {
    let log = at(site.catalog()?, "/logConnectionString")?;
    let mut wrong = Vec::new();
    if text(log, "/user id")? != LOG_LOGIN {
        wrong.push(format!("the log string's user is not {LOG_LOGIN}"));
    }
    let password = text(log, "/password")?;
    let first = entry(site.primary()?, "/logins", LOG_LOGIN)?;
    for (name, _, instance) in site.replicas()? {
        let login = entry(instance, "/logins", LOG_LOGIN).map_err(|missing| format!("{name}: {missing}"))?;
        if login["sid"] != first["sid"] {
            wrong.push(format!("{name}: the log login has another SID"));
        }
        if login.pointer("/kind/sql/text/text").and_then(Value::as_str) != Some(password) {
            wrong.push(format!("{name}: the log login's password is not that of the log string"));
        }
        if login["disabled"] != false {
            wrong.push(format!("{name}: the log login is disabled"));
        }
        if instance["windowsOnlyInUse"] != false || instance["windowsOnly"] != false {
            wrong.push(format!("{name}: Windows authentication only"));
        }
    }
    Ok(wrong)
}

/// I6: the master key opens on the primary; each replica has its password as a credential.
pub(super) fn master_key(site: &Site<'_>) -> Found {
    let primary = site.primary()?;
    let key = at(site.catalog()?, "/masterKey")?;
    let password = text(key, "/password").map_err(|_| "nobody has the master key's password".to_owned())?;
    let mut wrong = Vec::new();
    if key["encryptedBy"] != primary["serviceMasterKey"] && !has_credential(primary, password)? {
        wrong.push("the master key does not open on the primary".to_owned());
    }
    for (name, _, instance) in site.replicas()? {
        if !has_credential(instance, password)? {
            wrong.push(format!("{name}: no credential for the master key"));
        }
    }
    Ok(wrong)
}

fn has_credential(instance: &Value, password: &str) -> Result<bool, String> {
    let family = text(entry(instance, "/databases", CATALOG)?, "/familyGuid")?;
    let opens = |credential: &Value| credential["familyGuid"] == family && credential["secret"] == password;
    Ok(map(instance, "/credentials")?.values().any(opens))
}

/// I7: registered, both jobs, start-up procedure, CLR, trusted assembly, SQL Server Agent.
pub(super) fn always_on_support(site: &Site<'_>) -> Found {
    let registered = map(site.catalog()?, "/alwaysonSupportState")?;
    let mut wrong = Vec::new();
    for (name, node, instance) in site.replicas()? {
        let mut demand = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{name}: {what}"));
            }
        };
        demand(registered.keys().any(|key| key.eq_ignore_ascii_case(name)), "not registered for Always On");
        for job in JOBS {
            let runs = |job: &Value| {
                job["enabled"] == true
                    && job["localServer"] == true
                    && job["steps"].as_array().is_some_and(|steps| !steps.is_empty())
                    && job["schedules"]
                        .as_object()
                        .is_some_and(|all| all.values().any(|s| s["enabled"] == true))
            };
            demand(entry(instance, "/jobs", job).is_ok_and(runs), &format!("{job} does not run"));
        }
        let master = at(instance, "/databases/master/content")?;
        let procedure = entry(master, "/procedures", STARTUP);
        demand(procedure.is_ok_and(|found| found["atStartup"] == true), "no start-up procedure");
        let clr = at(instance, "/configuration/clr enabled/inUse");
        demand(clr.is_ok_and(|clr| *clr == 1), "CLR is off");
        demand(!map(instance, "/trustedAssemblies")?.is_empty(), "the catalog's assembly is not trusted");
        let agent = service_of(node, "sqlAgent").is_ok_and(|(_, service)| service["state"] == "running");
        demand(agent, "SQL Server Agent does not run");
    }
    Ok(wrong)
}

/// I8: the master's account is the same on all nodes, has a login on each replica and is `ssis_admin`.
pub(super) fn master_account(site: &Site<'_>) -> Found {
    let mut wrong = Vec::new();
    let mut account: Option<&str> = None;
    for (name, node) in site.master_nodes()? {
        let own = text(service_of(node, "scaleOutMaster")?.1, "/account")?;
        if account.is_some_and(|first| !first.eq_ignore_ascii_case(own)) {
            wrong.push(format!("{name}: the service's account is {own}"));
        }
        account = account.or(Some(own));
    }
    let account = account.ok_or("no node")?;
    let users = map(site.database()?, "/content/users")?;
    let sid = text(entry(site.dump, "/domain/accounts", account)?, "/sid")?;
    let admin = |user: &Value| {
        let roles = user["roles"].as_array();
        user["sid"] == sid && roles.is_some_and(|roles| roles.iter().any(|role| role == "ssis_admin"))
    };
    if !users.values().any(admin) {
        wrong.push(format!("{account} is not ssis_admin"));
    }
    for (name, _, instance) in site.replicas()? {
        let login = entry(instance, "/logins", account);
        if !login.is_ok_and(|login| login["sid"] == sid && login["disabled"] == false) {
            wrong.push(format!("{name}: {account} has no login"));
        }
    }
    Ok(wrong)
}

/// I8: SSISDB's owner is the same SID on all replicas, and each has a login with it.
pub(super) fn owner_of_the_catalog(site: &Site<'_>) -> Found {
    let owner = text(site.database()?, "/owner")?;
    let mut wrong = Vec::new();
    for (name, _, instance) in site.replicas()? {
        if text(entry(instance, "/databases", CATALOG)?, "/owner")? != owner {
            wrong.push(format!("{name}: SSISDB has another owner"));
        }
        if !map(instance, "/logins")?.values().any(|login| login["sid"] == owner) {
            wrong.push(format!("{name}: SSISDB's owner is unknown"));
        }
    }
    Ok(wrong)
}
