//! Execution logs, certificates that differ, tasks of a disabled worker.

use super::causes::{control, worker_reason};
use super::fixture::{
    AGENT, LOG_PASSWORD, MASTER_ACCOUNT, WORKER_ACCOUNT, certificate, cluster, converged, instance, login,
    node, pass, pass_slowly, primary_catalog, sid_of, worker_fresh,
};
use crate::SimSite;
use crate::effect::{ClusterEffect, ControlEffect, NodeEffect};
use crate::explain::{LogRefusal, WorkerRefusal, log_refusal};
use crate::state::{DatabaseUser, LoginKind, Secret, Sid};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::node::Store;

#[test]
fn logging_breaks_by_each_of_its_causes() {
    type Case = (&'static str, fn(&mut SimSite), LogRefusal);
    let primary = || "SQL01".into();
    let causes: [Case; 5] = [
        (
            "#10 mixed mode off",
            |s| instance(s, "SQL01").windows_only_in_use = true,
            LogRefusal::WindowsOnly(primary()),
        ),
        ("#31 other password", |s| set_log_password(s, "other"), LogRefusal::LoginRefused(primary())),
        ("login disabled", |s| log_login_mut(s).disabled = true, LogRefusal::LoginRefused(primary())),
        ("#32 other SID", |s| log_login_mut(s).sid = Sid::of_sql_login("x"), LogRefusal::NoUser(primary())),
        (
            "stray bracket in the string",
            |s| {
                let content = instance(s, "SQL01").database_mut("SSISDB").unwrap().content_mut();
                let string = &mut content.catalog.as_mut().unwrap().log_connection_string;
                let text =
                    string.as_ref().unwrap().expose().replace(&format!("'{LOG_PASSWORD}'"), "log password]]");
                *string = Some(Secret::new(text));
            },
            LogRefusal::LoginRefused(primary()),
        ),
    ];
    let healthy = converged();
    for (name, cause, reason) in causes {
        let mut site = healthy.clone();
        cause(&mut site);
        assert_eq!(log_refusal(&site.site, &"ETL01".into(), primary_catalog(&site)), Err(reason), "{name}");
        control(&mut site, ControlEffect::StartTask { worker: AGENT.into() }).unwrap();
        control(&mut site, ControlEffect::EndTasks { worker: AGENT.into() }).unwrap();
        let catalog = primary_catalog(&site);
        assert_eq!(catalog.executions[&1].status, 7, "{name}: the package succeeds");
        assert!(catalog.messages.is_empty(), "{name}: but nothing is logged");
    }
    let mut site = healthy;
    control(&mut site, ControlEffect::StartTask { worker: AGENT.into() }).unwrap();
    control(&mut site, ControlEffect::EndTasks { worker: AGENT.into() }).unwrap();
    assert_eq!(primary_catalog(&site).messages.len(), 1);
}

fn log_login_mut(site: &mut SimSite) -> &mut crate::state::Login {
    instance(site, "SQL01").logins.get_mut(&"##MS_SSISLogDBWorkerAgentLogin##".into()).unwrap()
}

fn set_log_password(site: &mut SimSite, text: &str) {
    log_login_mut(site).kind = crate::state::LoginKind::Sql(crate::state::LoginPassword::Text {
        text: Secret::new(text),
        salt: "00".repeat(4),
    });
}

#[test]
fn other_certificates_on_the_nodes_show_when_the_role_moves() {
    let mut site = converged();
    let (der, key) = certificate(&["ssis-master.corp.example"]);
    let thumbprint = Thumbprint::of_der(der.as_slice());
    node(&mut site, "SQL02", NodeEffect::DeleteBinding { port: 8391 }).unwrap();
    node(&mut site, "SQL02", NodeEffect::AddCertificate { store: Store::Root, der, key: Some(key) }).unwrap();
    let grant = NodeEffect::GrantKeyRead { store: Store::Root, thumbprint, account: MASTER_ACCOUNT.into() };
    node(&mut site, "SQL02", grant).unwrap();
    node(&mut site, "SQL02", NodeEffect::AddBinding { port: 8391, thumbprint, store: Store::Root }).unwrap();
    assert!(worker_fresh(&mut site), "#30: works until the role moves");
    cluster(&mut site, ClusterEffect::MoveGroup { group: "ssis-master".into(), to: "SQL02".into() }).unwrap();
    pass(&mut site, 2_000);
    assert_eq!(worker_reason(&site), Some(WorkerRefusal::MasterUntrusted));
    assert!(!worker_fresh(&mut site));
}

#[test]
fn tasks_of_a_disabled_worker_end_unexpectedly() {
    let mut site = converged();
    control(&mut site, ControlEffect::StartTask { worker: AGENT.into() }).unwrap();
    pass_slowly(&mut site, 320_000);
    assert_eq!(primary_catalog(&site).executions[&1].status, 2, "an enabled worker renews its leases");
    let content = instance(&mut site, "SQL01").database_mut("SSISDB").unwrap().content_mut();
    content.catalog.as_mut().unwrap().worker_agents.get_mut(AGENT).unwrap().enabled = false;
    pass_slowly(&mut site, 320_000);
    assert_eq!(primary_catalog(&site).executions[&1].status, 6, "#51: 27252 on every report");
    let refused = control(&mut site, ControlEffect::StartTask { worker: AGENT.into() }).unwrap_err();
    assert_eq!(refused.code, 27_252);
}

#[test]
fn a_worker_logs_by_windows_authentication_as_its_own_account() {
    let mut site = converged();
    let content = instance(&mut site, "SQL01").database_mut("SSISDB").unwrap().content_mut();
    let string = "Data Source=ssisdb-lsnr.corp.example,1433;Initial Catalog=SSISDB;Integrated Security=SSPI;";
    content.catalog.as_mut().unwrap().log_connection_string = Some(Secret::new(string));
    let refusal = |site: &SimSite| log_refusal(&site.site, &"ETL01".into(), primary_catalog(site)).err();
    assert_eq!(refusal(&site), Some(LogRefusal::LoginRefused("SQL01".into())), "#12: it has no login");
    let sid = sid_of(&site.site, WORKER_ACCOUNT);
    let own = instance(&mut site, "SQL01");
    own.logins.insert(WORKER_ACCOUNT.into(), login(sid.clone(), LoginKind::Windows));
    own.windows_only_in_use = true;
    assert_eq!(refusal(&site), Some(LogRefusal::NoUser("SQL01".into())));
    let content = instance(&mut site, "SQL01").database_mut("SSISDB").unwrap().content_mut();
    let log_user = content.users[&"##MS_SSISLogDBWorkerAgentUser##".into()].clone();
    content.users.insert(WORKER_ACCOUNT.into(), DatabaseUser { sid, windows: true, ..log_user });
    assert_eq!(refusal(&site), None);
}

#[test]
fn packages_need_clr_and_an_owner_with_rights() {
    type Cause = (fn(&mut SimSite), i64);
    let causes: [Cause; 3] = [
        (|s| instance(s, "SQL01").configuration.get_mut("clr enabled").unwrap().in_use = 0, 6263),
        (|s| instance(s, "SQL01").trusted_assemblies.clear(), 10_314),
        (|s| instance(s, "SQL01").database_mut("SSISDB").unwrap().owner = Sid::of_sql_login("x"), 10_314),
    ];
    let healthy = converged();
    for (cause, code) in causes {
        let mut site = healthy.clone();
        cause(&mut site);
        let refused = control(&mut site, ControlEffect::StartTask { worker: AGENT.into() }).unwrap_err();
        assert_eq!(refused.code, code);
        assert!(worker_fresh(&mut site), "#41: only what reaches CLR breaks");
    }
}
