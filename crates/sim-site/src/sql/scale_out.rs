//! The second half of `catalog.enable_scaleout` (`internal.enable_scaleout`; domain §4.2): destructive, not idempotent,
//! not atomic.

use super::access::catalog_mut;
use super::login::{LoginChange, LoginSource, NewPassword};
use super::user::UserChange;
use super::{instance_of, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{Secret, Site};
use scaleout_model::defaults::{CATALOG_DATABASE, LOG_LOGIN};
use scaleout_model::names::{AccountName, LoginName, ReplicaName};
use scaleout_model::node::Feature;
use scaleout_model::version::SqlVersion;

/// User of the log login.
const LOG_USER: &str = "##MS_SSISLogDBWorkerAgentUser##";

/// Drops and creates the log login with a new SID and password, and its user; sets IS_SCALEOUT_ENABLED. 27261 without
/// the Scale Out Master on this host. With open sessions of the login, DROP LOGIN fails (15434) and the login stays as it
/// was.
pub(crate) fn enable(
    site: &mut Site,
    instance: &ReplicaName,
    password: &Secret,
    log_login_in_use: bool,
) -> Result<Reply, Refused> {
    catalog_mut(site, instance)?;
    let major = instance_of(site, instance)?.major();
    let installed = SqlVersion::try_from(major).ok().is_some_and(|version| {
        site.nodes
            .get(&instance.machine())
            .is_some_and(|node| node.feature(Feature::ScaleOutMaster, version).is_some())
    });
    if !installed {
        return refuse(27_261, "There is no Scale Out Master installed.");
    }
    admit_virtual_account(site, instance, major)?;
    let login = LoginName::new(LOG_LOGIN);
    if !log_login_in_use {
        if instance_of(site, instance)?.logins.contains_key(&login) {
            LoginChange::DropLogin { name: login.clone() }.apply(site, instance)?;
        }
        let source = LoginSource::Sql {
            password: NewPassword::Text(password.clone()),
            sid: None,
            policy: false,
            expiration: false,
        };
        LoginChange::CreateLogin { name: login.clone(), source, default_database: None }
            .apply(site, instance)?;
    }
    replace_user(site, instance, LOG_USER, &login, "ssis_cluster_worker")?;
    let catalog = catalog_mut(site, instance)?;
    catalog.master_properties.insert("IS_SCALEOUT_ENABLED".to_owned(), "TRUE".to_owned());
    Ok(Reply::Done)
}

/// `NT Service\SSISScaleOutMaster150` becomes a login with a user in `ssis_admin`, if it resolves and is none yet.
fn admit_virtual_account(site: &mut Site, instance: &ReplicaName, major: u32) -> Result<(), Refused> {
    let name = format!(r"NT Service\SSISScaleOutMaster{major}0");
    let login = LoginName::new(&name);
    let resolves = site.account_sid(&instance.machine(), &AccountName::new(&name)).is_some();
    if !resolves || instance_of(site, instance)?.logins.contains_key(&login) {
        return Ok(());
    }
    LoginChange::CreateLogin { name: login.clone(), source: LoginSource::Windows, default_database: None }
        .apply(site, instance)?;
    replace_user(site, instance, &format!("SSISScaleOutMasterUser{major}0"), &login, "ssis_admin")
}

fn replace_user(
    site: &mut Site,
    instance: &ReplicaName,
    user: &str,
    login: &LoginName,
    role: &str,
) -> Result<(), Refused> {
    let (database, name) = (CATALOG_DATABASE.to_owned(), LoginName::new(user));
    let there = instance_of(site, instance)?.database(CATALOG_DATABASE);
    if there.is_some_and(|database| database.content.users.contains_key(&name)) {
        UserChange::DropUser { database: database.clone(), name: name.clone() }.apply(site, instance)?;
    }
    UserChange::CreateUser { database: database.clone(), name: name.clone(), login: Some(login.clone()) }
        .apply(site, instance)?;
    UserChange::SetRoleMember { database, role: role.to_owned(), member: name, add: true }
        .apply(site, instance)?;
    Ok(())
}
