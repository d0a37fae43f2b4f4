//! Changes values of a settings file.

use super::{OpContext, OpError, OpResult};
use crate::host::SettingsBytes;
use scaleout_model::node::Feature;
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::settings::{SettingsFile, keys::documented};
use scaleout_model::version::SqlVersion;
use std::collections::BTreeMap;

/// Idempotent: a file that holds the values already is done, whatever its digest (the reply may have been
/// lost). Else Conflict if it is not the file from which this was decided. Documented keys may be added, others
/// only changed.
pub(super) async fn write(
    cx: &OpContext<'_>,
    feature: Feature,
    version: SqlVersion,
    expected_digest: &str,
    values: &BTreeMap<String, String>,
) -> OpResult {
    let file = read(cx, feature, version).await?;
    let terminal = |message: String| OpError::failed(Class::Terminal, message);
    let settings = SettingsFile::parse(&file.bytes).map_err(|error| terminal(error.to_string()))?;
    if values.iter().all(|(key, value)| settings.get(key) == Some(value.as_str())) {
        return Ok(Outcome::NoChange(None));
    }
    if settings.digest() != expected_digest {
        return Err(OpError::conflict("the settings file is another one now"));
    }
    let may_add: Vec<&str> =
        values.keys().map(String::as_str).filter(|key| documented(key).is_some()).collect();
    let fresh = settings.edit(values, &may_add).map_err(|error| terminal(error.to_string()))?;
    cx.write()?.replace_settings(feature, version, &fresh).await?;
    if read(cx, feature, version).await?.bytes != fresh {
        return Err(OpError::not_read_back("the settings file"));
    }
    Ok(Outcome::Done(None))
}

async fn read(cx: &OpContext<'_>, feature: Feature, version: SqlVersion) -> Result<SettingsBytes, OpError> {
    cx.read()
        .settings(feature, version)
        .await?
        .ok_or_else(|| OpError::failed(Class::Prerequisite, "there is no settings file"))
}
