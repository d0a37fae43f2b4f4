//! Procedures of the server: options, start-up, trusted assemblies, master key credentials, registry.

use super::call::{Call, optional, output, required};
use super::registry::{self, Value};
use super::{answer, done};
use crate::engine::{Procedure, ProcedureArgument, ProcedureResult};
use crate::value::{Column, ResultSet, SqlError, SqlValue};
use crate::world::Planned;
use crate::world::seen::{Seen, no_permission};
use crate::world::sheet::{Cell as _, INT, LONG, NAME, VARIANT, binary, text};
use scaleout_sim_site::sql::{OPTIONS, ServerChange, option_of};
use scaleout_sim_site::sql_effect::SqlChange;
use scaleout_sim_site::state::Secret;

type Answer = Result<Option<Planned<Procedure>>, SqlError>;

pub(super) fn plan(seen: &Seen<'_>, name: &str, arguments: &[ProcedureArgument]) -> Answer {
    Ok(Some(match name {
        "sp_configure" => configure(seen, arguments)?,
        "sp_procoption" => procedure_option(seen, arguments)?,
        "sp_add_trusted_assembly" => trust(seen, arguments)?,
        "sp_drop_trusted_assembly" => distrust(seen, arguments)?,
        "sp_control_dbmasterkey_password" => key_credential(seen, arguments)?,
        "xp_regread" => registry(seen, arguments, false)?,
        "xp_instance_regread" => registry(seen, arguments, true)?,
        _ => return Ok(None),
    }))
}

fn change(change: ServerChange) -> Planned<Procedure> {
    done(vec![SqlChange::Server(change)])
}

/// Without a value it lists; everybody may.
fn configure(seen: &Seen<'_>, arguments: &[ProcedureArgument]) -> Result<Planned<Procedure>, SqlError> {
    let parameters = vec![
        optional("@configname", text(35), SqlValue::Null),
        optional("@configvalue", INT, SqlValue::Null),
    ];
    let call = Call::new("sp_configure", parameters, arguments)?;
    if let (Some(option), Some(value)) = (call.text("@configname"), call.number("@configvalue")) {
        seen.require("ALTER SETTINGS")?;
        return Ok(change(ServerChange::Configure { option, value }));
    }
    let wanted = call.text("@configname");
    let advanced =
        option_of(seen.instance, "show advanced options").is_some_and(|setting| setting.in_use == 1);
    let listed = OPTIONS.iter().filter(|option| {
        (advanced || !option.6) && wanted.as_deref().is_none_or(|name| name.eq_ignore_ascii_case(option.1))
    });
    let rows: Vec<Vec<SqlValue>> = listed
        .filter_map(|option| {
            let setting = option_of(seen.instance, option.1)?;
            Some(vec![
                option.1.cell(),
                option.2.cell(),
                option.3.cell(),
                setting.value.cell(),
                setting.in_use.cell(),
            ])
        })
        .collect();
    if let Some(name) = wanted.filter(|_| rows.is_empty()) {
        let text =
            format!("The configuration option '{name}' does not exist, or it may be an advanced option.");
        return Err(SqlError::new(15_123, text));
    }
    let mut columns = vec![Column::nullable("name", text(35))];
    columns
        .extend(["minimum", "maximum", "config_value", "run_value"].map(|name| Column::nullable(name, INT)));
    let results = vec![ResultSet { columns, rows }];
    Ok(answer(Vec::new(), ProcedureResult { results, ..ProcedureResult::default() }))
}

fn procedure_option(
    seen: &Seen<'_>,
    arguments: &[ProcedureArgument],
) -> Result<Planned<Procedure>, SqlError> {
    let parameters = vec![
        required("@ProcName", text(776)),
        required("@OptionName", text(35)),
        required("@OptionValue", text(12)),
    ];
    let call = Call::new("sp_procoption", parameters, arguments)?;
    seen.require_sysadmin()?;
    if !call.text("@OptionName").is_some_and(|name| name.eq_ignore_ascii_case("startup")) {
        let text = "An invalid parameter or option was specified for procedure 'sys.sp_procoption'.";
        return Err(SqlError::new(15_600, text));
    }
    let on = match call.text("@OptionValue").unwrap_or_default().to_lowercase().as_str() {
        "on" | "true" => true,
        "off" | "false" => false,
        _ => {
            let text = "An invalid parameter or option was specified for procedure 'sys.sp_procoption'.";
            return Err(SqlError::new(15_600, text));
        }
    };
    Ok(change(ServerChange::SetStartup { procedure: call.text("@ProcName").unwrap_or_default(), on }))
}

fn hash(call: &Call) -> String {
    match call.value("@hash") {
        SqlValue::Binary(bytes) => hex::encode_upper(bytes),
        _ => String::new(),
    }
}

/// CONTROL SERVER.
fn trust(seen: &Seen<'_>, arguments: &[ProcedureArgument]) -> Result<Planned<Procedure>, SqlError> {
    let parameters =
        vec![required("@hash", binary(64)), optional("@description", text(4000), SqlValue::Null)];
    let call = Call::new("sp_add_trusted_assembly", parameters, arguments)?;
    seen.require("CONTROL SERVER")?;
    let description = call.text("@description").unwrap_or_default();
    Ok(change(ServerChange::TrustAssembly { hash: hash(&call), description }))
}

fn distrust(seen: &Seen<'_>, arguments: &[ProcedureArgument]) -> Result<Planned<Procedure>, SqlError> {
    let call = Call::new("sp_drop_trusted_assembly", vec![required("@hash", binary(64))], arguments)?;
    seen.require("CONTROL SERVER")?;
    Ok(change(ServerChange::DistrustAssembly { hash: hash(&call) }))
}

/// An extended procedure: named arguments must come in the documented order [DBMKEY].
fn key_credential(seen: &Seen<'_>, arguments: &[ProcedureArgument]) -> Result<Planned<Procedure>, SqlError> {
    const NAMES: [&str; 3] = ["@db_name", "@password", "@action"];
    let invalid = || {
        let text = "An invalid parameter or option was specified for procedure 'sys.sp_control_dbmasterkey_password'.";
        SqlError::new(15_600, text)
    };
    let ordered = arguments
        .iter()
        .zip(NAMES)
        .all(|(argument, name)| argument.name.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(name)));
    if !ordered {
        return Err(invalid());
    }
    let parameters =
        NAMES.iter().map(|name| required(name, if *name == "@password" { LONG } else { NAME })).collect();
    let call = Call::new("sp_control_dbmasterkey_password", parameters, arguments)?;
    let database = call.text("@db_name").ok_or_else(invalid)?;
    if seen.database(&database).is_some() && !seen.may("CONTROL SERVER") && !seen.is_in(&database, &[]) {
        return Err(no_permission());
    }
    let password = Secret::new(call.text("@password").ok_or_else(invalid)?);
    match call.text("@action").unwrap_or_default().to_lowercase().as_str() {
        "add" => Ok(change(ServerChange::AddKeyCredential { database, password })),
        "drop" => Ok(change(ServerChange::DropKeyCredential { database, password })),
        _ => Err(invalid()),
    }
}

/// Without the last argument it answers a row; a missing key is said at level 1, and the value stays NULL.
fn registry(
    seen: &Seen<'_>,
    arguments: &[ProcedureArgument],
    instance: bool,
) -> Result<Planned<Procedure>, SqlError> {
    let parameters = vec![
        required("@rootkey", NAME),
        required("@key", text(4000)),
        optional("@value_name", text(4000), "".cell()),
        output("@value", VARIANT),
    ];
    let name = if instance { "xp_instance_regread" } else { "xp_regread" };
    let call = Call::new(name, parameters, arguments)?;
    let root = call.text("@rootkey").unwrap_or_default().to_uppercase();
    let (key, value_name) =
        (call.text("@key").unwrap_or_default(), call.text("@value_name").unwrap_or_default());
    let found = if root == "HKEY_LOCAL_MACHINE" || root == "HKLM" {
        registry::read(seen, &key, &value_name, instance)
    } else {
        None
    };
    let value = match found {
        Some(Value::Text(text)) => text.cell(),
        Some(Value::Number(number)) => number.cell(),
        None => {
            let text = "RegOpenKeyEx() returned error 2, 'The system cannot find the file specified.'";
            let message = SqlError::new(22_001, text).with_class(1);
            return Ok(answer(
                Vec::new(),
                ProcedureResult { messages: vec![message], ..ProcedureResult::default() },
            ));
        }
    };
    let mut result =
        ProcedureResult { outputs: call.output("@value", value.clone()), ..ProcedureResult::default() };
    if result.outputs.is_empty() {
        let columns = vec![Column::nullable("Value", NAME), Column::nullable("Data", VARIANT)];
        result.results.push(ResultSet { columns, rows: vec![vec![value_name.cell(), value]] });
    }
    Ok(answer(Vec::new(), result))
}
