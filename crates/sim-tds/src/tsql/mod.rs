//! The T-SQL language: text → tokens → statements. A batch that is not understood is refused as a whole, with
//! the error number that SQL Server would use, before any of it runs.
//!
//! Grammar: "Transact-SQL reference", learn.microsoft.com. SELECT and expressions are parsed by `sqlparser`; all
//! else is a strict hand parser. An option, keyword or value outside of the documented grammar is an error.

mod ast;
mod availability_group;
mod backup;
mod cursor;
mod database;
mod ddl;
mod endpoint;
mod escape;
mod execute;
mod lexer;
mod parser;
mod permission;
mod procedure;
mod replica;
mod reserved;
mod security;
mod slice;
mod statement;
mod types;

pub use ast::{
    Argument, ArgumentValue, Batch, Declaration, Execute, ExecuteTarget, Expression, InsertSource, Kind,
    Query, SessionOption, Statement, TableColumn,
};
pub use ddl::*;
pub use escape::{quote_name, quote_text};
pub use lexer::{Token, TokenKind, tokenize};
pub use parser::parse_batch;
pub use procedure::{Parameter, ProcedureText, parse_parameters, parse_procedure};
pub use types::parse_type;

#[cfg(test)]
mod ddl_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod statement_tests;
