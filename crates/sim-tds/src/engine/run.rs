//! Runs a query.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::aggregate;
use super::compare::{Key, key, order};
use super::context::Context;
use super::convert::cast;
use super::eval::{Env, count, test, value, values};
use super::node::{Body, Condition, Join, JoinKind, OrderKey, Plan, SelectPlan, SetOperation, Source};
use crate::value::{Column, SqlError, SqlValue};

type Row = Vec<SqlValue>;

/// All rows of a query.
pub(super) fn plan(
    context: &Context<'_>,
    plan: &Plan,
    outer: Option<&Env<'_>>,
) -> Result<Vec<Row>, SqlError> {
    let mut rows = match &plan.body {
        Body::Select(body) => select(context, body, outer)?,
        Body::Values(rows) => {
            let env = outer.copied().unwrap_or(Env::EMPTY);
            let inner = Env { row: &[], aggregates: &[], outer: Some(&env) };
            rows.iter().map(|row| values(context, row, &inner)).collect::<Result<_, _>>()?
        }
        Body::Set { operation, left, right } => {
            let left_rows = converted(self::plan(context, left, outer)?, &left.columns, &plan.columns)?;
            let right_rows = converted(self::plan(context, right, outer)?, &right.columns, &plan.columns)?;
            combine(*operation, left_rows, right_rows)
        }
    };
    if !plan.order.is_empty() {
        rows.sort_by(|a, b| {
            let keys = plan
                .order
                .iter()
                .map(|(at, descending)| directed(sort_order(a.get(*at), b.get(*at)), *descending));
            first_difference(keys)
        });
    }
    let env = outer.copied().unwrap_or(Env::EMPTY);
    let inner = Env { row: &[], aggregates: &[], outer: Some(&env) };
    if let Some(offset) = &plan.paging.offset {
        let skipped = count(context, offset, &inner)?.min(rows.len());
        rows.drain(..skipped);
    }
    if let Some(fetch) = &plan.paging.fetch {
        rows.truncate(count(context, fetch, &inner)?);
    }
    Ok(rows)
}

fn converted(rows: Vec<Row>, from: &[Column], to: &[Column]) -> Result<Vec<Row>, SqlError> {
    if from.iter().zip(to).all(|(a, b)| a.ty == b.ty) {
        return Ok(rows);
    }
    let convert = |row: Row| {
        row.iter().zip(from.iter().zip(to)).map(|(value, (a, b))| cast(value, a.ty, b.ty, 0)).collect()
    };
    rows.into_iter().map(convert).collect()
}

fn combine(operation: SetOperation, mut left: Vec<Row>, right: Vec<Row>) -> Vec<Row> {
    match operation {
        SetOperation::UnionAll => left.extend(right),
        SetOperation::Union => {
            left.extend(right);
            deduplicate(&mut left);
        }
        SetOperation::Except | SetOperation::Intersect => {
            let other: HashSet<Vec<Key>> = right.iter().map(|row| row_key(row)).collect();
            let wanted = operation == SetOperation::Intersect;
            left.retain(|row| other.contains(&row_key(row)) == wanted);
            deduplicate(&mut left);
        }
    }
    left
}

fn row_key(row: &[SqlValue]) -> Vec<Key> {
    row.iter().map(key).collect()
}

fn deduplicate(rows: &mut Vec<Row>) {
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row_key(row)));
}

/// NULL sorts first.
pub(super) fn sort_order(left: Option<&SqlValue>, right: Option<&SqlValue>) -> Ordering {
    match (left, right) {
        (Some(a), Some(b)) => match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => order(a, b).unwrap_or(Ordering::Equal),
        },
        _ => Ordering::Equal,
    }
}

pub(super) fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

pub(super) fn first_difference(mut orderings: impl Iterator<Item = Ordering>) -> Ordering {
    orderings.find(|ordering| *ordering != Ordering::Equal).unwrap_or(Ordering::Equal)
}

/// A row of output with the keys that sort it.
struct Sorted {
    output: Row,
    keys: Row,
}

fn select(context: &Context<'_>, plan: &SelectPlan, outer: Option<&Env<'_>>) -> Result<Vec<Row>, SqlError> {
    let mut rows = source(context, &plan.source, outer)?;
    if let Some(filter) = &plan.filter {
        rows = filtered(context, rows, filter, outer)?;
    }
    let mut sorted = match &plan.groups {
        None => {
            let project = |row: &Row| projected(context, plan, &Env { row, aggregates: &[], outer });
            rows.iter().map(project).collect::<Result<Vec<_>, _>>()?
        }
        Some(groups) => grouped(context, plan, groups, &rows, outer)?,
    };
    if plan.distinct {
        let mut seen = HashSet::new();
        sorted.retain(|row| seen.insert(row_key(&row.output)));
    }
    if !plan.order.is_empty() {
        sorted.sort_by(|a, b| {
            let pairs = plan.order.iter().zip(a.keys.iter().zip(&b.keys));
            first_difference(
                pairs.map(|((_, descending), (a, b))| directed(sort_order(Some(a), Some(b)), *descending)),
            )
        });
    }
    if let Some((node, percent)) = &plan.top {
        let env = Env { row: &[], aggregates: &[], outer };
        let wanted = count(context, node, &env)?;
        let most = if *percent { (sorted.len() * wanted.min(100)).div_ceil(100) } else { wanted };
        sorted.truncate(most);
    }
    Ok(sorted.into_iter().map(|row| row.output).collect())
}

fn projected(context: &Context<'_>, plan: &SelectPlan, env: &Env<'_>) -> Result<Sorted, SqlError> {
    let output = values(context, &plan.items, env)?;
    let keys = plan
        .order
        .iter()
        .map(|(key, _)| match key {
            OrderKey::Output(at) => Ok(output.get(*at).cloned().unwrap_or(SqlValue::Null)),
            OrderKey::Expression(node) => value(context, node, env),
        })
        .collect::<Result<_, _>>()?;
    Ok(Sorted { output, keys })
}

fn filtered(
    context: &Context<'_>,
    rows: Vec<Row>,
    filter: &Condition,
    outer: Option<&Env<'_>>,
) -> Result<Vec<Row>, SqlError> {
    let mut kept = Vec::new();
    for row in rows {
        if test(context, filter, &Env { row: &row, aggregates: &[], outer })? == Some(true) {
            kept.push(row);
        }
    }
    Ok(kept)
}

/// Columns of a group are read from its first row: what may be read is the same in all.
fn grouped(
    context: &Context<'_>,
    plan: &SelectPlan,
    groups: &[super::node::Node],
    rows: &[Row],
    outer: Option<&Env<'_>>,
) -> Result<Vec<Sorted>, SqlError> {
    let mut places: HashMap<Vec<Key>, usize> = HashMap::new();
    let mut members: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let env = Env { row, aggregates: &[], outer };
        let key = row_key(&values(context, groups, &env)?);
        let at = *places.entry(key).or_insert(members.len());
        if at == members.len() {
            members.push(Vec::new());
        }
        if let Some(group) = members.get_mut(at) {
            group.push(row);
        }
    }
    // Without GROUP BY there is one group, even of no rows.
    if groups.is_empty() && members.is_empty() {
        members.push(Vec::new());
    }
    let mut output = Vec::new();
    for group in &members {
        let aggregates = plan
            .aggregates
            .iter()
            .map(|aggregate| aggregate::value(context, aggregate, group, outer))
            .collect::<Result<Vec<_>, _>>()?;
        let row = group.first().map_or(&[][..], |row| row.as_slice());
        let env = Env { row, aggregates: &aggregates, outer };
        let kept = match &plan.having {
            Some(having) => test(context, having, &env)? == Some(true),
            None => true,
        };
        if kept {
            output.push(projected(context, plan, &env)?);
        }
    }
    Ok(output)
}

fn source(context: &Context<'_>, source: &Source, outer: Option<&Env<'_>>) -> Result<Vec<Row>, SqlError> {
    match source {
        Source::Single => Ok(vec![Vec::new()]),
        Source::Rows(rows) => Ok(rows.as_ref().clone()),
        Source::Join(join) => joined(context, join, outer),
    }
}

fn joined(context: &Context<'_>, join: &Join, outer: Option<&Env<'_>>) -> Result<Vec<Row>, SqlError> {
    let left = source(context, &join.left, outer)?;
    let right = source(context, &join.right, outer)?;
    let index = (!join.keys.is_empty()).then(|| {
        let mut index: HashMap<Vec<Key>, Vec<usize>> = HashMap::new();
        for (at, row) in right.iter().enumerate() {
            index.entry(join_key(row, join.keys.iter().map(|(_, right)| *right))).or_default().push(at);
        }
        index
    });
    let every: Vec<usize> = (0..right.len()).collect();
    let mut matched = vec![false; right.len()];
    let mut rows = Vec::new();
    for row in &left {
        let candidates = match &index {
            Some(index) => index
                .get(&join_key(row, join.keys.iter().map(|(left, _)| *left)))
                .map_or(&[][..], Vec::as_slice),
            None => every.as_slice(),
        };
        let mut found = false;
        for at in candidates {
            let Some(other) = right.get(*at) else { continue };
            let pair: Row = row.iter().chain(other).cloned().collect();
            let fits = match &join.on {
                Some(on) => test(context, on, &Env { row: &pair, aggregates: &[], outer })? == Some(true),
                None => true,
            };
            if fits {
                found = true;
                if let Some(mark) = matched.get_mut(*at) {
                    *mark = true;
                }
                rows.push(pair);
            }
        }
        if !found && matches!(join.kind, JoinKind::Left | JoinKind::Full) {
            rows.push(
                row.iter().cloned().chain(std::iter::repeat_n(SqlValue::Null, join.right_width)).collect(),
            );
        }
    }
    if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
        for (other, _) in right.iter().zip(&matched).filter(|(_, matched)| !**matched) {
            rows.push(
                std::iter::repeat_n(SqlValue::Null, join.left_width).chain(other.iter().cloned()).collect(),
            );
        }
    }
    Ok(rows)
}

fn join_key(row: &[SqlValue], columns: impl Iterator<Item = usize>) -> Vec<Key> {
    columns.map(|at| row.get(at).map_or(Key::Null, key)).collect()
}
