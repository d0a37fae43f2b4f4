//! `SELECT` of literals, casts, variables and a few functions.

use scaleout_sim_tds::value::{Column, Length, SqlError, SqlType, SqlValue};
use scaleout_sim_tds::wire::{Item, Parameter, Reply};
use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem, SetExpr, Statement, Value,
};
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::Parser;

use super::{Session, convert};

/// Runs one SELECT.
pub(super) async fn run(
    session: &Session,
    statement: &str,
    parameters: &[Parameter],
    reply: &mut dyn Reply,
) -> Result<(), SqlError> {
    let parsed = Parser::parse_sql(&MsSqlDialect {}, statement)
        .map_err(|error| SqlError::new(102, error.to_string()))?;
    let [Statement::Query(query)] = parsed.as_slice() else {
        return Err(SqlError::not_implemented(statement));
    };
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Err(SqlError::not_implemented(statement));
    };
    if let Some(from) = select.from.first() {
        return Err(SqlError::new(208, format!("Invalid object name '{}'.", from.relation)));
    }
    let none = select.selection.as_ref().is_some_and(|condition| condition.to_string() == "1 = 0");
    let (mut columns, mut row) = (Vec::new(), Vec::new());
    for item in &select.projection {
        let (expr, name) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, String::new()),
            SelectItem::ExprWithAlias { expr, alias } => (expr, alias.value.clone()),
            _ => return Err(SqlError::not_implemented(item)),
        };
        let (ty, value) = typed(session, expr, parameters)?;
        columns.push(Column { name, ty, nullable: !matches!(expr, Expr::Value(_)) || value.is_null() });
        row.push(value);
    }
    reply.send(Item::Columns(columns)).await;
    if !none {
        reply.send(Item::Row(row)).await;
    }
    reply.send(Item::Done(Some(u64::from(!none)))).await;
    Ok(())
}

/// The value of one expression.
pub(super) fn evaluate(
    session: &Session,
    text: &str,
    parameters: &[Parameter],
) -> Result<SqlValue, SqlError> {
    let expr = Parser::new(&MsSqlDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|error| SqlError::new(102, error.to_string()))?;
    typed(session, &expr, parameters).map(|(_, value)| value)
}

fn typed(session: &Session, expr: &Expr, parameters: &[Parameter]) -> Result<(SqlType, SqlValue), SqlError> {
    match expr {
        Expr::Nested(inner) => typed(session, inner, parameters),
        Expr::Value(literal) => literal_value(&literal.value),
        Expr::UnaryOp { expr: inner, .. } => {
            let (ty, value) = typed(session, inner, parameters)?;
            Ok((ty, convert::negate(value)))
        }
        Expr::Identifier(name) if name.value.eq_ignore_ascii_case("@@SPID") => {
            let spid = i16::try_from(session.spid).unwrap_or(i16::MAX);
            Ok((SqlType::SmallInt, SqlValue::SmallInt(spid)))
        }
        Expr::Identifier(name) if name.value.eq_ignore_ascii_case("@@TRANCOUNT") => {
            Ok((SqlType::Int, SqlValue::Int(i32::try_from(session.transactions).unwrap_or(i32::MAX))))
        }
        Expr::Identifier(name) => variable(&name.value, parameters),
        Expr::Cast { expr: inner, data_type, .. } => {
            let target = convert::parse_type(&data_type.to_string())?;
            let (_, value) = typed(session, inner, parameters)?;
            Ok((target, convert::convert(value, target)?))
        }
        Expr::Function(function) => {
            let arguments = arguments(&function.args);
            let name = function.name.to_string().to_ascii_uppercase();
            match (name.as_str(), arguments.as_slice()) {
                ("DB_NAME", []) => Ok(name_value(&session.database)),
                ("APP_NAME", []) => Ok(name_value(&session.login.program)),
                ("HOST_NAME", []) => Ok(name_value(&session.login.host)),
                ("SUSER_SNAME", []) => Ok(name_value(&session.login.user)),
                ("REPLICATE", [pattern, count]) => {
                    let (_, pattern) = typed(session, pattern, parameters)?;
                    let (_, count) = typed(session, count, parameters)?;
                    let (SqlValue::Text(text), SqlValue::Int(count)) = (pattern, count) else {
                        return Err(SqlError::not_implemented("REPLICATE of this"));
                    };
                    let text = text.repeat(usize::try_from(count).unwrap_or(0));
                    Ok((SqlType::NVARCHAR_MAX, SqlValue::Text(text)))
                }
                _ => Err(SqlError::not_implemented(function)),
            }
        }
        other => Err(SqlError::not_implemented(other)),
    }
}

fn arguments(arguments: &FunctionArguments) -> Vec<&Expr> {
    let FunctionArguments::List(list) = arguments else { return Vec::new() };
    let exprs = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    exprs.collect()
}

fn name_value(name: &str) -> (SqlType, SqlValue) {
    (SqlType::SYSNAME, SqlValue::text(name))
}

fn literal_value(value: &Value) -> Result<(SqlType, SqlValue), SqlError> {
    let limited = |size: usize| Length::Limited(u16::try_from(size.max(1)).unwrap_or(4000));
    match value {
        Value::Null => Ok((SqlType::Int, SqlValue::Null)),
        Value::Number(text, _) if text.contains(['e', 'E']) => {
            Ok((SqlType::Float, convert::from_text(text, SqlType::Float)?))
        }
        Value::Number(text, _) => match text.split_once('.') {
            None if text.len() < 10 => Ok((SqlType::Int, convert::from_text(text, SqlType::Int)?)),
            None => Ok((SqlType::BigInt, convert::from_text(text, SqlType::BigInt)?)),
            Some((_, fraction)) => {
                let scale = u8::try_from(fraction.len()).unwrap_or(38);
                let ty = SqlType::Decimal { precision: 38, scale };
                Ok((ty, convert::from_text(text, ty)?))
            }
        },
        Value::NationalStringLiteral(text) => {
            Ok((SqlType::NVarChar(limited(text.encode_utf16().count())), SqlValue::text(text)))
        }
        Value::SingleQuotedString(text) => Ok((SqlType::VarChar(limited(text.len())), SqlValue::text(text))),
        Value::HexStringLiteral(digits) => {
            let ty = SqlType::VarBinary(limited(digits.len() / 2));
            Ok((ty, convert::from_hex(digits)?))
        }
        other => Err(SqlError::not_implemented(other)),
    }
}

/// A variable has the type that its text declares, or that of the wire.
fn variable(name: &str, parameters: &[Parameter]) -> Result<(SqlType, SqlValue), SqlError> {
    let parameter = parameters.iter().find(|one| one.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        SqlError::new(137, format!("Must declare the scalar variable \"{name}\".")).with_state(2)
    })?;
    let ty = match &parameter.declared {
        Some(declared) => convert::parse_type(declared)?,
        None => parameter.ty,
    };
    Ok((ty, convert::convert(parameter.value.clone(), ty)?))
}
