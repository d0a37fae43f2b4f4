//! Procedures to effects and answers: of the server, of msdb, of SSISDB; stored T-SQL is run by the engine.

mod call;
mod catalog;
mod job;
mod registry;
mod server;

use super::Planned;
use super::seen::{Seen, denied};
use crate::engine::{Procedure, ProcedureArgument, ProcedureName, ProcedureResult};
use crate::value::SqlError;
use scaleout_sim_site::sql_effect::SqlChange;

/// What a call comes to.
pub(super) fn plan(
    seen: &Seen<'_>,
    name: &ProcedureName,
    arguments: &[ProcedureArgument],
) -> Result<Planned<Procedure>, SqlError> {
    let object = name.name.to_lowercase();
    let schema = name.schema.as_deref().unwrap_or("dbo").to_lowercase();
    if ["dbo", "sys"].contains(&schema.as_str())
        && let Some(planned) = server::plan(seen, &object, arguments)?
    {
        return Ok(planned);
    }
    let (key, found, _) = seen.enter(&name.database)?;
    let full = format!("{schema}.{object}");
    if key.eq_ignore_ascii_case("msdb")
        && schema == "dbo"
        && let Some(planned) = job::plan(seen, key, &object, arguments)?
    {
        return Ok(planned);
    }
    if let Some(catalog) = found.catalog() {
        let absent = catalog.absent_procedures.iter().any(|absent| absent.eq_ignore_ascii_case(&full));
        if !absent && let Some(planned) = catalog::plan(seen, key, &full, arguments)? {
            return Ok(planned);
        }
    }
    let stored = found.content.procedures.iter().find(|(own, _)| own.eq_ignore_ascii_case(&full));
    let Some((_, procedure)) = stored else { return Ok(Planned::new(Vec::new(), Procedure::Unknown)) };
    if !seen.may_object(key, "EXECUTE", &full) {
        return Err(denied("EXECUTE", &name.name, key, &schema));
    }
    let definition = Procedure::Definition { text: procedure.definition.clone(), database: key.clone() };
    Ok(Planned::new(Vec::new(), definition))
}

/// Success without a result.
fn done(changes: Vec<SqlChange>) -> Planned<Procedure> {
    Planned::new(changes, Procedure::Done(ProcedureResult::default()))
}

/// Success with values of output parameters.
fn answer(changes: Vec<SqlChange>, result: ProcedureResult) -> Planned<Procedure> {
    Planned::new(changes, Procedure::Done(result))
}
