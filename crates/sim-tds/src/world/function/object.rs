//! Objects by name or id.

use super::text;
use crate::engine::{SiteFunction, split_name};
use crate::value::SqlValue;
use crate::world::seen::Seen;
use crate::world::sheet::Cell;
use crate::world::tables::{Known, known_objects, object_id};

/// Which object is meant, by database and object.
type Wanted = Box<dyn Fn(&str, &Known) -> bool>;

/// The object of a name, or of an id in the current database, that the session may know of.
fn object(seen: &Seen<'_>, argument: Option<&SqlValue>) -> Option<(String, Known)> {
    let (database, wanted): (String, Wanted) = match argument? {
        SqlValue::Text(name) => {
            let name = split_name(name)?;
            let database = name.database.clone().unwrap_or_else(|| seen.session.database.clone());
            let schema = name.schema.unwrap_or_else(|| "dbo".to_owned());
            let full = format!("{schema}.{}", name.name);
            (database, Box::new(move |_, known| known.full_name().eq_ignore_ascii_case(&full)))
        }
        SqlValue::Int(id) => {
            let id = *id;
            (seen.session.database.clone(), Box::new(move |database, known| object_id(database, known) == id))
        }
        _ => return None,
    };
    let (key, _, _) = seen.enter(&database).ok()?;
    let found = known_objects(seen, key).into_iter().find(|known| wanted(key, known))?;
    let full = found.full_name();
    let visible = seen.sees_database_definitions(key)
        || ["SELECT", "EXECUTE"].iter().any(|right| seen.may_object(key, right, &full));
    visible.then(|| (key.clone(), found))
}
pub(super) fn object_function(seen: &Seen<'_>, function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
    use SiteFunction as F;
    let Some((database, known)) = object(seen, arguments.first()) else { return SqlValue::Null };
    let procedure = known.procedure.as_ref();
    match function {
        F::ObjectId => {
            let fits = text(arguments, 1).is_none_or(|kind| kind.trim().eq_ignore_ascii_case(known.kind));
            fits.then(|| object_id(&database, &known)).cell()
        }
        F::ObjectName => (&known.name).cell(),
        F::ObjectSchemaName => (&known.schema).cell(),
        F::ObjectDefinition => procedure.map(|procedure| &procedure.definition).cell(),
        _ => match text(arguments, 1).unwrap_or_default().to_lowercase().as_str() {
            "execisstartup" => procedure.map_or(0, |procedure| i32::from(procedure.at_startup)).cell(),
            "isprocedure" => i32::from(known.kind == "P").cell(),
            "istable" | "isusertable" => i32::from(known.kind == "U").cell(),
            "isview" => i32::from(known.kind == "V").cell(),
            _ => SqlValue::Null,
        },
    }
}
