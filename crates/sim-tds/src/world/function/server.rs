//! Properties of the server, of databases and of logins.

use super::text;
use crate::value::SqlValue;
use crate::world::seen::Seen;
use crate::world::sheet::Cell;
use scaleout_model::names::LoginName;
use scaleout_sim_site::sql::{access, rights};
use scaleout_sim_site::state::LoginKind;

/// The folder of an instance, `C:\Program Files\Microsoft SQL Server\MSSQL15.PROD\MSSQL\`.
fn root(seen: &Seen<'_>) -> String {
    format!(
        r"C:\Program Files\Microsoft SQL Server\MSSQL{}.{}\MSSQL\",
        seen.instance.major(),
        seen.replica.instance()
    )
}
pub(super) fn server_property(seen: &Seen<'_>, name: &str) -> SqlValue {
    let instance = seen.instance;
    let version = |at: usize| instance.product_version.split('.').nth(at).map(str::to_owned);
    let is_default = !seen.replica.as_str().contains('\\');
    match name.to_lowercase().as_str() {
        "servername" => seen.replica.as_str().cell(),
        "machinename" | "computernamephysicalnetbios" => seen.replica.machine().as_str().cell(),
        "instancename" => (!is_default).then(|| seen.replica.instance().as_str().to_owned()).cell(),
        "productversion" | "resourceversion" => (&instance.product_version).cell(),
        "productmajorversion" => version(0).cell(),
        "productminorversion" => version(1).cell(),
        "productbuild" => version(2).cell(),
        "productlevel" => "RTM".cell(),
        "edition" => (&instance.edition).cell(),
        "engineedition" => instance.engine_edition.cell(),
        "collation" => (&instance.collation).cell(),
        "isclustered" => i32::from(instance.clustered).cell(),
        "ishadrenabled" | "hadrmanagerstatus" => i32::from(instance.hadr_in_use).cell(),
        "isintegratedsecurityonly" => i32::from(instance.windows_only_in_use).cell(),
        "issingleuser" | "isxtpsupported" | "isfulltextinstalled" => 0.cell(),
        "instancedefaultdatapath" | "instancedefaultlogpath" => format!(r"{}DATA\", root(seen)).cell(),
        "instancedefaultbackuppath" => format!("{}Backup", root(seen)).cell(),
        "licensetype" => "DISABLED".cell(),
        _ => SqlValue::Null,
    }
}
pub(super) fn database_property(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    use scaleout_sim_site::state::{DatabaseState, RecoveryModel};
    let (Some(name), Some(property)) = (text(arguments, 0), text(arguments, 1)) else {
        return SqlValue::Null;
    };
    let Some((_, database)) = seen.database(name) else { return SqlValue::Null };
    match property.to_lowercase().as_str() {
        "status" => match database.state {
            DatabaseState::Online => "ONLINE".cell(),
            DatabaseState::Restoring => "RESTORING".cell(),
            DatabaseState::Offline => "OFFLINE".cell(),
        },
        "recovery" => match database.recovery {
            RecoveryModel::Full => "FULL".cell(),
            RecoveryModel::BulkLogged => "BULK_LOGGED".cell(),
            RecoveryModel::Simple => "SIMPLE".cell(),
        },
        "updateability" => {
            (if access::writable(seen.site, seen.replica, name).is_ok() { "READ_WRITE" } else { "READ_ONLY" })
                .cell()
        }
        "useraccess" => (if database.multi_user { "MULTI_USER" } else { "SINGLE_USER" }).cell(),
        "collation" => (&seen.instance.collation).cell(),
        _ => SqlValue::Null,
    }
}
pub(super) fn login_property(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    let (Some(name), Some(property)) = (text(arguments, 0), text(arguments, 1)) else {
        return SqlValue::Null;
    };
    let Some(login) = seen.instance.logins.get(&LoginName::new(name)) else { return SqlValue::Null };
    match (property.to_lowercase().as_str(), &login.kind) {
        ("passwordhash", LoginKind::Sql(password))
            if rights::sees_hashes(seen.instance, &seen.login_name()) =>
        {
            hex::decode(password.hash()).unwrap_or_default().cell()
        }
        ("islocked" | "isexpired" | "ismustchange", LoginKind::Sql(_)) => 0.cell(),
        ("defaultdatabase", _) => (&login.default_database).cell(),
        _ => SqlValue::Null,
    }
}
