//! Calls: built-ins, functions of the site, aggregates, and the functions whose arguments are not plain values.

use sqlparser::ast::{self as sql, Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::bind::{Binder, common_type};
use super::bind_condition::{as_text, condition};
use super::coerce::{coerce, comparable};
use super::function::{self, Builtin, DatePart};
use super::messages::{argument_count, unknown_function};
use super::node::{Aggregate, AggregateKind, Comparison, Condition, Node, Op};
use super::site_function::SiteFunction;
use super::types::{Family, family, is_unicode};
use crate::value::{Length, SqlError, SqlType, SqlValue};

/// A call in any of the forms that the parser has for it.
pub(super) fn call(binder: &Binder<'_>, expr: &Expr) -> Result<Node, SqlError> {
    match expr {
        Expr::Function(call) => function_call(binder, call),
        Expr::Substring { expr, substring_from: Some(from), substring_for: Some(count), .. } => {
            values(binder, "SUBSTRING", &[expr, from, count])
        }
        Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
            values(binder, "TRIM", &[expr])
        }
        Expr::Floor { expr, .. } => values(binder, "FLOOR", &[expr]),
        Expr::Ceil { expr, .. } => values(binder, "CEILING", &[expr]),
        other => Err(SqlError::not_implemented(format!("the call {}", super::bind::short(other)))),
    }
}

fn values(binder: &Binder<'_>, name: &str, arguments: &[&Expr]) -> Result<Node, SqlError> {
    let arguments = arguments.iter().map(|argument| binder.value(argument)).collect::<Result<_, _>>()?;
    named(binder, name, arguments)
}

/// The name as T-SQL compares it, in capitals.
fn full_name(name: &sql::ObjectName) -> Result<String, SqlError> {
    let parts = name.0.iter().map(|part| match part {
        sql::ObjectNamePart::Identifier(ident) => Ok(ident.value.to_ascii_uppercase()),
        sql::ObjectNamePart::Function(_) => Err(SqlError::not_implemented("this form of a function name")),
    });
    parts.collect::<Result<Vec<_>, _>>().map(|parts| parts.join("."))
}

fn function_call(binder: &Binder<'_>, call: &sql::Function) -> Result<Node, SqlError> {
    let name = full_name(&call.name)?;
    if call.over.is_some() || call.filter.is_some() || call.null_treatment.is_some() {
        return Err(SqlError::not_implemented(format!("{name} with OVER")));
    }
    if !matches!(call.parameters, FunctionArguments::None) || call.uses_odbc_syntax {
        return Err(SqlError::not_implemented("this form of a call"));
    }
    let list = match &call.args {
        FunctionArguments::None => {
            return named(binder, &name, Vec::new());
        }
        FunctionArguments::List(list) if list.clauses.is_empty() => list,
        _ => return Err(SqlError::not_implemented(format!("this form of {name}"))),
    };
    let arguments = list.args.iter().map(plain_argument).collect::<Result<Vec<_>, _>>()?;
    if let Some(kind) = aggregate_kind(&name) {
        return aggregate(binder, kind, &name, call, list, &arguments);
    }
    if list.duplicate_treatment.is_some() || !call.within_group.is_empty() {
        return Err(SqlError::not_implemented(format!("this form of {name}")));
    }
    let arguments = arguments
        .into_iter()
        .map(|argument| {
            argument.ok_or_else(|| SqlError::new(102, "Incorrect syntax near '*'.").with_class(15))
        })
        .collect::<Result<Vec<_>, _>>()?;
    special(binder, &name, &arguments)
}

/// An argument; None for `*`.
fn plain_argument(argument: &FunctionArg) -> Result<Option<&Expr>, SqlError> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(Some(expr)),
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Ok(None),
        _ => Err(SqlError::not_implemented("named arguments of a function")),
    }
}

/// Functions that take conditions, date parts or untyped arguments; then the others.
fn special(binder: &Binder<'_>, name: &str, arguments: &[&Expr]) -> Result<Node, SqlError> {
    match (name, arguments) {
        ("IIF", [test, yes, no]) => {
            let test = condition(binder, test)?;
            let (yes, no) = (binder.value(yes)?, binder.value(no)?);
            let ty = common_type([&yes, &no].into_iter());
            Ok(Node::new(ty, Op::Case(vec![(test, coerce(yes, ty))], Some(Box::new(coerce(no, ty))))))
        }
        ("ISNULL", [value, other]) => {
            let (value, other) = (binder.value(value)?, binder.value(other)?);
            let ty = if value.is_bare_null() { other.ty } else { value.ty };
            let nullable = value.nullable && other.nullable;
            Ok(Node { ty, nullable, op: Op::Coalesce(vec![coerce(value, ty), coerce(other, ty)]) })
        }
        ("COALESCE", [_, _, ..]) => {
            let nodes =
                arguments.iter().map(|argument| binder.value(argument)).collect::<Result<Vec<_>, _>>()?;
            let ty = common_type(nodes.iter());
            let nullable = nodes.iter().all(|node| node.nullable);
            let nodes = nodes.into_iter().map(|node| coerce(node, ty)).collect();
            Ok(Node { ty, nullable, op: Op::Coalesce(nodes) })
        }
        ("NULLIF", [value, other]) => {
            let value = binder.value(value)?;
            let (left, right) = comparable(value.clone(), binder.value(other)?)?;
            let null = Node::constant(value.ty, SqlValue::Null);
            let equal = Condition::Compare(Comparison::Equal, left, right);
            Ok(Node::new(value.ty, Op::Case(vec![(equal, null)], Some(Box::new(value)))))
        }
        ("DATEADD" | "DATEDIFF" | "DATEDIFF_BIG" | "DATEPART", [part, rest @ ..]) => {
            let part = match part {
                Expr::Identifier(name) => DatePart::find(&name.value),
                _ => None,
            }
            .ok_or_else(|| {
                SqlError::new(155, format!("'{}' is not a recognized {} option.", part, name.to_lowercase()))
                    .with_class(15)
            })?;
            let (builtin, count) = match name {
                "DATEADD" => (Builtin::DateAdd(part), 2),
                "DATEPART" => (Builtin::DatePart(part), 1),
                "DATEDIFF" => (Builtin::DateDiff(part), 2),
                _ => (Builtin::DateDiffBig(part), 2),
            };
            if rest.len() != count {
                return Err(argument_count(name, count + 1, count + 1));
            }
            function::bind(
                builtin,
                rest.iter().map(|argument| binder.value(argument)).collect::<Result<_, _>>()?,
            )
        }
        _ => values(binder, name, arguments),
    }
}

/// A built-in or a function of the site by its name in capitals.
pub(super) fn named(_: &Binder<'_>, name: &str, arguments: Vec<Node>) -> Result<Node, SqlError> {
    let name = match name {
        "USER" | "SESSION_USER" => "CURRENT_USER",
        other => other,
    };
    if let Some((builtin, least, most)) = function::find(name) {
        if arguments.len() < least || arguments.len() > most {
            return Err(argument_count(name, least, most));
        }
        return function::bind(builtin, arguments);
    }
    let Some(site) = SiteFunction::find(name) else {
        return Err(if name.starts_with("@@") {
            super::messages::undeclared_variable(name)
        } else if name.contains('.') {
            let text = format!(
                "Cannot find either column \"{}\" or the user-defined function or aggregate \"{name}\", or the name is ambiguous.",
                name.split('.').next().unwrap_or_default()
            );
            SqlError::new(4121, text)
        } else {
            unknown_function(name)
        });
    };
    let (least, most) = site.arity();
    if arguments.len() < least || arguments.len() > most {
        return Err(argument_count(name, least, most));
    }
    Ok(Node::new(site.ty(), Op::Site(site, arguments)))
}

fn aggregate_kind(name: &str) -> Option<AggregateKind> {
    Some(match name {
        "COUNT" | "COUNT_BIG" => AggregateKind::Count,
        "SUM" => AggregateKind::Sum,
        "AVG" => AggregateKind::Average,
        "MIN" => AggregateKind::Minimum,
        "MAX" => AggregateKind::Maximum,
        "STRING_AGG" => AggregateKind::StringAggregate,
        _ => return None,
    })
}

fn aggregate(
    binder: &Binder<'_>,
    kind: AggregateKind,
    name: &str,
    call: &sql::Function,
    list: &sql::FunctionArgumentList,
    arguments: &[Option<&Expr>],
) -> Result<Node, SqlError> {
    let Some(slots) = binder.aggregates else {
        let text = "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.";
        return Err(SqlError::new(147, text).with_class(15));
    };
    let inner = binder.with_scope(binder.scope);
    let distinct = matches!(list.duplicate_treatment, Some(sql::DuplicateTreatment::Distinct));
    let mut aggregate = match (kind, arguments) {
        (AggregateKind::Count, [None]) => Aggregate {
            kind: AggregateKind::CountRows,
            ty: SqlType::Int,
            argument: None,
            distinct: false,
            separator: None,
            order: Vec::new(),
        },
        (AggregateKind::StringAggregate, [Some(value), Some(separator)]) => {
            let value = as_text(inner.value(value)?)?;
            let long = if is_unicode(value.ty) {
                SqlType::NVarChar(Length::Max)
            } else {
                SqlType::VarChar(Length::Max)
            };
            let separator = Some(as_text(inner.value(separator)?)?);
            let order = ordering(&inner, &call.within_group)?;
            Aggregate { kind, ty: long, argument: Some(value), distinct, separator, order }
        }
        (AggregateKind::StringAggregate, _) => return Err(argument_count(name, 2, 2)),
        (_, [Some(value)]) => {
            let value = inner.value(value)?;
            let ty = aggregate_type(kind, name, value.ty)?;
            Aggregate { kind, ty, argument: Some(value), distinct, separator: None, order: Vec::new() }
        }
        _ => return Err(argument_count(name, 1, 1)),
    };
    if name == "COUNT_BIG" {
        aggregate.ty = SqlType::BigInt;
    }
    let nullable = !matches!(aggregate.kind, AggregateKind::Count | AggregateKind::CountRows);
    let mut slots = slots.borrow_mut();
    let ty = aggregate.ty;
    slots.push(aggregate);
    Ok(Node { ty, nullable, op: Op::Aggregate(slots.len() - 1) })
}

fn ordering(binder: &Binder<'_>, order: &[sql::OrderByExpr]) -> Result<Vec<(Node, bool)>, SqlError> {
    order.iter().map(|item| Ok((binder.value(&item.expr)?, super::plan::is_descending(item)?))).collect()
}

fn aggregate_type(kind: AggregateKind, name: &str, ty: SqlType) -> Result<SqlType, SqlError> {
    match kind {
        AggregateKind::Count => return Ok(SqlType::Int),
        AggregateKind::Minimum | AggregateKind::Maximum if ty != SqlType::Bit => return Ok(ty),
        _ => {}
    }
    match ty {
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int => Ok(SqlType::Int),
        SqlType::Decimal { scale, .. } => {
            let scale = if kind == AggregateKind::Average { scale.max(6) } else { scale };
            Ok(SqlType::Decimal { precision: 38, scale })
        }
        SqlType::Real => Ok(SqlType::Float),
        ty if family(ty) == Family::Number && ty != SqlType::Bit => Ok(ty),
        other => {
            let text = format!(
                "Operand data type {} is invalid for {} operator.",
                super::types::type_name(other),
                name.to_lowercase()
            );
            Err(SqlError::new(8117, text))
        }
    }
}
