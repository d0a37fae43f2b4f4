//! Runs T-SQL over a [`World`]: queries, variables, control flow and errors belong to the language and are answered
//! here; tables, site functions, administration and procedures are asked of the world.
//!
//! Queries are bound (names, types, 207/208/209/4104…) and then evaluated row by row; every type of a result column comes
//! from the same rules as in SQL Server. What is not in the lists of operators and functions is refused by name.

mod aggregate;
mod argument;
mod arithmetic;
mod assign;
mod bind;
mod bind_condition;
mod bind_function;
mod call;
mod change;
mod coerce;
mod compare;
mod context;
mod convert;
mod date_function;
mod datetime;
mod eval;
mod execute;
mod function;
mod function_eval;
mod interpreter;
mod local_table;
mod messages;
mod moment;
mod node;
mod parsed;
mod plan;
mod request;
mod run;
mod scope;
mod select;
mod session;
mod site_function;
mod source;
mod text;
mod text_function;
mod transaction;
mod types;
mod world;

pub use argument::{MatchedArgument, ParameterSpec, match_arguments};
pub use interpreter::{BatchParameter, run_batch, run_procedure};
pub use request::run_request;
pub use session::{Item, Session, TransactionChange};
pub use site_function::SiteFunction;
pub use world::{
    Procedure, ProcedureArgument, ProcedureName, ProcedureResult, SessionInfo, Table, TableName, View, World,
};

/// A value converted as CAST does, with CONVERT's style (0 for none).
pub fn convert(
    value: &crate::value::SqlValue,
    from: crate::value::SqlType,
    to: crate::value::SqlType,
    style: i32,
) -> Result<crate::value::SqlValue, crate::value::SqlError> {
    convert::cast(value, from, to, style)
}

/// A name with up to four parts, as `OBJECT_ID(N'…')` takes it; None if it is none.
pub fn split_name(text: &str) -> Option<crate::tsql::ObjectName> {
    function_eval::split_name(text)
}

/// Whether two names are the same to SQL Server (`SQL_Latin1_General_CP1_CI_AS`).
pub fn same_name(left: &str, right: &str) -> bool {
    scope::same(left, right)
}

#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod probe_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod test_world;
#[cfg(test)]
mod type_tests;
