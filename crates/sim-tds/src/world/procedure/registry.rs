//! The registry as `xp_regread` and `xp_instance_regread` read it: the documented keys (domain §3.5, §1.2), computed.

use crate::world::seen::Seen;
use scaleout_model::node::Feature;
use scaleout_model::version::SqlVersion;

/// A value: text or number.
pub(super) enum Value {
    Text(String),
    Number(i32),
}

const PRODUCT: &str = r"software\microsoft\microsoft sql server\";

/// A value of `HKEY_LOCAL_MACHINE`; `instance`: `SOFTWARE\Microsoft\MSSQLServer\…` stands for the instance's own key.
pub(super) fn read(seen: &Seen<'_>, key: &str, name: &str, instance: bool) -> Option<Value> {
    let key = key.trim_matches('\\').to_lowercase();
    let name = name.to_lowercase();
    let own = format!(
        "{PRODUCT}mssql{}.{}\\",
        seen.instance.major(),
        seen.replica.instance().as_str().to_lowercase()
    );
    if let Some(rest) = key.strip_prefix(&own) {
        return of_instance(seen, rest, &name);
    }
    if let Some(rest) = key.strip_prefix(r"software\microsoft\mssqlserver\").filter(|_| instance) {
        return of_instance(seen, rest, &name);
    }
    let (folder, rest) = key.strip_prefix(PRODUCT)?.split_once('\\')?;
    let version = SqlVersion::try_from(folder.strip_suffix('0')?.parse::<u32>().ok()?).ok()?;
    let feature = |feature| seen.node.feature(feature, version);
    match (rest, name.as_str()) {
        (r"ssis\setup\dtspath", "") => {
            feature(Feature::IntegrationServices).map(|_| Value::Text(seen.node.dts_path(version)))
        }
        (r"dts\setup\sql_is_master", "version") => {
            feature(Feature::ScaleOutMaster).map(|found| Value::Text(found.product_version.clone()))
        }
        _ => None,
    }
}

fn of_instance(seen: &Seen<'_>, key: &str, name: &str) -> Option<Value> {
    match (key, name) {
        (r"mssqlserver\hadr", "hadr_enabled") => Some(Value::Number(seen.instance.hadr_enabled.into())),
        ("mssqlserver", "loginmode") => Some(Value::Number(if seen.instance.windows_only { 1 } else { 2 })),
        _ => None,
    }
}
