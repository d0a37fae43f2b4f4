//! Values of aggregate functions.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::arithmetic::apply;
use super::compare::{key, order};
use super::context::Context;
use super::convert::cast;
use super::eval::{Env, value as value_of, values};
use super::function_eval::text_of;
use super::node::{Aggregate, AggregateKind, Operator};
use super::run::{directed, first_difference, sort_order};
use crate::value::{SqlError, SqlType, SqlValue};

/// The value over the rows of a group. NULLs do not count.
pub(super) fn value(
    context: &Context<'_>,
    aggregate: &Aggregate,
    rows: &[&Vec<SqlValue>],
    outer: Option<&Env<'_>>,
) -> Result<SqlValue, SqlError> {
    let Some(argument) = &aggregate.argument else {
        return counted(rows.len(), aggregate.ty);
    };
    let mut inputs = Vec::new();
    for row in rows {
        let env = Env { row, aggregates: &[], outer };
        let input = value_of(context, argument, &env)?;
        if !input.is_null() {
            let order = aggregate.order.iter().map(|(node, _)| value_of(context, node, &env));
            inputs.push((input, order.collect::<Result<Vec<_>, _>>()?));
        }
    }
    if aggregate.distinct {
        let mut seen = HashSet::new();
        inputs.retain(|(input, _)| seen.insert(key(input)));
    }
    if aggregate.kind == AggregateKind::StringAggregate {
        return text(context, aggregate, inputs, outer);
    }
    let inputs: Vec<SqlValue> = inputs.into_iter().map(|(input, _)| input).collect();
    match aggregate.kind {
        AggregateKind::Count | AggregateKind::CountRows => counted(inputs.len(), aggregate.ty),
        AggregateKind::Minimum => Ok(extreme(inputs, Ordering::Less)),
        AggregateKind::Maximum => Ok(extreme(inputs, Ordering::Greater)),
        AggregateKind::Sum => sum(&inputs, argument.ty, aggregate.ty),
        _ => {
            let count = i64::try_from(inputs.len()).unwrap_or(i64::MAX);
            let total = match aggregate.ty {
                SqlType::Int => SqlType::BigInt,
                ty => ty,
            };
            let sum = sum(&inputs, argument.ty, total)?;
            if sum.is_null() {
                return Ok(sum);
            }
            let average = apply(Operator::Divide, &sum, &SqlValue::BigInt(count), total)?;
            cast(&average, total, aggregate.ty, 0)
        }
    }
}

fn counted(count: usize, ty: SqlType) -> Result<SqlValue, SqlError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    cast(&SqlValue::BigInt(count), SqlType::BigInt, ty, 0)
}

fn extreme(inputs: Vec<SqlValue>, wanted: Ordering) -> SqlValue {
    let better =
        |best: SqlValue, next: SqlValue| if order(&next, &best) == Some(wanted) { next } else { best };
    inputs.into_iter().reduce(better).unwrap_or(SqlValue::Null)
}

fn sum(inputs: &[SqlValue], from: SqlType, ty: SqlType) -> Result<SqlValue, SqlError> {
    let mut total = SqlValue::Null;
    for input in inputs {
        let input = cast(input, from, ty, 0)?;
        total = if total.is_null() { input } else { apply(Operator::Add, &total, &input, ty)? };
    }
    Ok(total)
}

fn text(
    context: &Context<'_>,
    aggregate: &Aggregate,
    mut inputs: Vec<(SqlValue, Vec<SqlValue>)>,
    outer: Option<&Env<'_>>,
) -> Result<SqlValue, SqlError> {
    if inputs.is_empty() {
        return Ok(SqlValue::Null);
    }
    inputs.sort_by(|(_, a), (_, b)| {
        let pairs = aggregate.order.iter().zip(a.iter().zip(b));
        first_difference(
            pairs.map(|((_, descending), (a, b))| directed(sort_order(Some(a), Some(b)), *descending)),
        )
    });
    let env = Env { row: &[], aggregates: &[], outer };
    let separator = values(context, aggregate.separator.as_slice(), &env)?;
    let separator = separator.first().map(text_of).unwrap_or_default();
    let parts: Vec<String> = inputs.iter().map(|(input, _)| text_of(input)).collect();
    Ok(SqlValue::Text(parts.join(&separator)))
}
