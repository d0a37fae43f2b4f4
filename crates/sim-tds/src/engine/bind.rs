//! From parsed expressions to typed ones: names, literals, operators.

use std::cell::{Cell, RefCell};

use sqlparser::ast::{self as sql, Expr, Value};

use super::coerce::{coerce, comparable, implicit};
use super::context::Context;
use super::convert::parse_decimal;
use super::messages::{not_a_condition, subquery_columns, undeclared_variable};
use super::node::{Aggregate, Node, Op, Operator, Plan};
use super::plan;
use super::scope::{Scope, unknown};
use super::types::{Family, common, family};
use super::{arithmetic, bind_condition, bind_function};
use crate::tsql;
use crate::value::{Length, ResultSet, SqlError, SqlType, SqlValue};

/// How deep expressions and queries may enclose each other; deeper is error 191.
const DEPTH: usize = 400;

/// Stack that must be left, else more is taken.
pub(super) const RED_ZONE: usize = 256 * 1024;
/// Stack that is taken then.
pub(super) const STACK: usize = 2 * 1024 * 1024;

/// A common table expression, already evaluated.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) rows: ResultSet,
}

/// Resolves names within one query, and outwards.
#[derive(Clone)]
pub(super) struct Binder<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) scope: &'a Scope,
    pub(super) outer: Option<&'a Binder<'a>>,
    pub(super) named: &'a [Named],
    /// Takes the aggregates; None where none may stand.
    pub(super) aggregates: Option<&'a RefCell<Vec<Aggregate>>>,
    pub(super) depth: Cell<usize>,
}

impl<'a> Binder<'a> {
    /// Outside of any query: variables and functions only.
    pub(super) fn bare(context: &'a Context<'a>, scope: &'a Scope) -> Self {
        Self { context, scope, outer: None, named: &[], aggregates: None, depth: Cell::new(0) }
    }

    /// The same place with other columns.
    pub(super) fn with_scope<'b>(&'b self, scope: &'b Scope) -> Binder<'b> {
        let depth = Cell::new(self.depth.get());
        Binder { context: self.context, scope, outer: self.outer, named: self.named, aggregates: None, depth }
    }

    /// A query inside this one.
    pub(super) fn subquery(&self, query: &sql::Query) -> Result<Plan, SqlError> {
        self.deeper(|| plan::query(self.context, query, Some(self), self.named, self.depth.get()))
    }

    pub(super) fn deeper<T>(&self, work: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        if self.depth.get() >= DEPTH {
            let text = "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries.";
            return Err(SqlError::new(191, text).with_class(15));
        }
        self.depth.set(self.depth.get() + 1);
        let result = stacker::maybe_grow(RED_ZONE, STACK, work);
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// A value.
    pub(super) fn value(&self, expr: &Expr) -> Result<Node, SqlError> {
        self.deeper(|| self.any_value(expr))
    }

    /// A value converted to a type as assignment does.
    pub(super) fn value_as(&self, expr: &Expr, ty: SqlType) -> Result<Node, SqlError> {
        let node = self.value(expr)?;
        if !node.is_bare_null() {
            implicit(node.ty, ty)?;
        }
        Ok(coerce(node, ty))
    }

    fn any_value(&self, expr: &Expr) -> Result<Node, SqlError> {
        match expr {
            Expr::Nested(inner) => self.value(inner),
            Expr::Value(value) => literal(&value.value),
            Expr::Identifier(name) => self.identifier(name),
            Expr::CompoundIdentifier(parts) => {
                self.column(&parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>())
            }
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::Cast { kind, expr, data_type, format: None } => match kind {
                sql::CastKind::Cast => self.convert(expr, data_type, None, false),
                sql::CastKind::TryCast => self.convert(expr, data_type, None, true),
                _ => Err(SqlError::not_implemented("this form of CAST")),
            },
            Expr::Convert { is_try, expr, data_type: Some(data_type), charset: None, styles, .. } => {
                self.convert(expr, data_type, styles.first(), *is_try)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Subquery(query) => {
                let plan = self.subquery(query)?;
                match plan.columns.as_slice() {
                    [column] => Ok(Node::new(column.ty, Op::Subquery(Box::new(plan)))),
                    _ => Err(subquery_columns()),
                }
            }
            Expr::Collate { expr, collation } => self.collate(expr, collation),
            Expr::Function(_)
            | Expr::Substring { .. }
            | Expr::Trim { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. } => bind_function::call(self, expr),
            other => Err(SqlError::not_implemented(format!("the expression {}", short(other)))),
        }
    }

    fn identifier(&self, name: &sql::Ident) -> Result<Node, SqlError> {
        if name.quote_style.is_none() {
            if name.value.starts_with("@@") {
                return bind_function::named(self, &name.value.to_ascii_uppercase(), Vec::new());
            }
            if name.value.starts_with('@') {
                return self.variable(&name.value);
            }
            let upper = name.value.to_ascii_uppercase();
            if matches!(
                upper.as_str(),
                "CURRENT_TIMESTAMP" | "SYSTEM_USER" | "CURRENT_USER" | "SESSION_USER" | "USER"
            ) {
                return bind_function::named(self, &upper, Vec::new());
            }
        }
        self.column(&[&name.value])
    }

    fn variable(&self, name: &str) -> Result<Node, SqlError> {
        let key = name.to_lowercase();
        let variable = self.context.variables.get(&key).ok_or_else(|| undeclared_variable(name))?;
        Ok(Node::new(variable.ty, Op::Variable(key)))
    }

    fn column(&self, parts: &[&str]) -> Result<Node, SqlError> {
        let mut binder = Some(self);
        let mut level = 0;
        let mut table_known = false;
        while let Some(current) = binder {
            if let Some((index, column)) = current.scope.find(parts)? {
                let op = Op::Column { level, index };
                return Ok(Node { ty: column.ty, nullable: column.nullable, op });
            }
            if let [qualifiers @ .., _] = parts {
                table_known |= !qualifiers.is_empty() && current.scope.has_table(qualifiers);
            }
            binder = current.outer;
            level += 1;
        }
        Err(unknown(parts, table_known))
    }

    fn unary(&self, op: sql::UnaryOperator, expr: &Expr) -> Result<Node, SqlError> {
        let inner = self.value(expr)?;
        match op {
            sql::UnaryOperator::Plus => Ok(inner),
            sql::UnaryOperator::Minus if family(inner.ty) == Family::Number || inner.is_bare_null() => {
                if let Op::Constant(value) = &inner.op {
                    let value = arithmetic::negate(value, inner.ty)?;
                    return Ok(Node { op: Op::Constant(value), ..inner });
                }
                let (ty, nullable) = (inner.ty, inner.nullable);
                Ok(Node { ty, nullable, op: Op::Negate(Box::new(inner)) })
            }
            sql::UnaryOperator::Not => Err(not_a_condition(short(expr))),
            other => Err(SqlError::not_implemented(format!("the operator {other}"))),
        }
    }

    fn binary(&self, left: &Expr, op: &sql::BinaryOperator, right: &Expr) -> Result<Node, SqlError> {
        let operator = match op {
            sql::BinaryOperator::Plus => Operator::Add,
            sql::BinaryOperator::Minus => Operator::Subtract,
            sql::BinaryOperator::Multiply => Operator::Multiply,
            sql::BinaryOperator::Divide => Operator::Divide,
            sql::BinaryOperator::Modulo => Operator::Modulo,
            sql::BinaryOperator::BitwiseAnd => Operator::And,
            sql::BinaryOperator::BitwiseOr => Operator::Or,
            sql::BinaryOperator::BitwiseXor => Operator::Xor,
            other => return Err(SqlError::not_implemented(format!("the operator {other} as a value"))),
        };
        let (left, right) = (self.value(left)?, self.value(right)?);
        arithmetic::bind(operator, left, right)
    }

    fn convert(
        &self,
        expr: &Expr,
        ty: &sql::DataType,
        style: Option<&Expr>,
        attempt: bool,
    ) -> Result<Node, SqlError> {
        let inner = self.value(expr)?;
        let ty = cast_type(ty)?;
        let style = style.map(|style| self.value_as(style, SqlType::Int)).transpose()?;
        let nullable = inner.nullable || attempt;
        let op = Op::Convert { inner: Box::new(inner), style: style.map(Box::new), attempt };
        Ok(Node { ty, nullable, op })
    }

    fn case(
        &self,
        operand: Option<&Expr>,
        branches: &[sql::CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Result<Node, SqlError> {
        let mut bound = Vec::new();
        for branch in branches {
            let condition = match operand {
                Some(operand) => {
                    let (left, right) = comparable(self.value(operand)?, self.value(&branch.condition)?)?;
                    super::node::Condition::Compare(super::node::Comparison::Equal, left, right)
                }
                None => bind_condition::condition(self, &branch.condition)?,
            };
            bound.push((condition, self.value(&branch.result)?));
        }
        let otherwise = otherwise.map(|expr| self.value(expr)).transpose()?;
        let ty = common_type(bound.iter().map(|(_, value)| value).chain(otherwise.as_ref()));
        let branches = bound.into_iter().map(|(condition, value)| (condition, coerce(value, ty))).collect();
        let otherwise = otherwise.map(|value| Box::new(coerce(value, ty)));
        Ok(Node::new(ty, Op::Case(branches, otherwise)))
    }

    /// The server's own collation changes nothing; others would change the order.
    fn collate(&self, expr: &Expr, collation: &sql::ObjectName) -> Result<Node, SqlError> {
        let name = collation.to_string().to_ascii_uppercase();
        if ["DATABASE_DEFAULT", "CATALOG_DEFAULT", "SQL_LATIN1_GENERAL_CP1_CI_AS"].contains(&name.as_str()) {
            return self.value(expr);
        }
        Err(SqlError::not_implemented(format!("COLLATE {collation}")))
    }
}

/// The common type of several expressions; a bare NULL takes any, only NULLs are `int`.
pub(super) fn common_type<'n>(nodes: impl Iterator<Item = &'n Node>) -> SqlType {
    nodes.filter(|node| !node.is_bare_null()).map(|node| node.ty).reduce(common).unwrap_or(SqlType::Int)
}

/// The first characters of an expression, for a message.
pub(super) fn short(expr: &Expr) -> String {
    expr.to_string().chars().take(60).collect()
}

/// A type of CAST and CONVERT; text and bytes without length have 30.
pub(super) fn cast_type(ty: &sql::DataType) -> Result<SqlType, SqlError> {
    let text = ty.to_string();
    let parsed = tsql::parse_type(&text)?;
    let sized = text.contains('(')
        || !matches!(
            parsed,
            SqlType::VarChar(_)
                | SqlType::NVarChar(_)
                | SqlType::VarBinary(_)
                | SqlType::Char(_)
                | SqlType::NChar(_)
                | SqlType::Binary(_)
        )
        || text.eq_ignore_ascii_case("sysname");
    Ok(match parsed {
        ty if sized => ty,
        SqlType::VarChar(_) => SqlType::VarChar(Length::Limited(30)),
        SqlType::NVarChar(_) => SqlType::NVarChar(Length::Limited(30)),
        SqlType::VarBinary(_) => SqlType::VarBinary(Length::Limited(30)),
        SqlType::Char(_) => SqlType::Char(30),
        SqlType::NChar(_) => SqlType::NChar(30),
        _ => SqlType::Binary(30),
    })
}

fn literal(value: &Value) -> Result<Node, SqlError> {
    let length = |units: usize, most: u16| match u16::try_from(units) {
        Ok(units) if units <= most => Length::Limited(units.max(1)),
        _ => Length::Max,
    };
    let node = match value {
        Value::Null => Node::constant(SqlType::Int, SqlValue::Null),
        Value::SingleQuotedString(text) => {
            Node::constant(SqlType::VarChar(length(text.chars().count(), 8000)), SqlValue::text(text))
        }
        Value::NationalStringLiteral(text) => {
            Node::constant(SqlType::NVarChar(length(text.encode_utf16().count(), 4000)), SqlValue::text(text))
        }
        Value::HexStringLiteral(digits) => {
            let even = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.clone() };
            let bytes =
                super::text::parse_hex(&even).ok_or_else(|| SqlError::not_implemented("this literal"))?;
            Node::constant(SqlType::VarBinary(length(bytes.len(), 8000)), SqlValue::Binary(bytes))
        }
        Value::Number(digits, false) => return number(digits),
        other => return Err(SqlError::not_implemented(format!("the literal {other}"))),
    };
    Ok(node)
}

/// `int` if it fits, else `numeric`; with an exponent `float`.
fn number(digits: &str) -> Result<Node, SqlError> {
    if let Ok(value) = digits.parse::<i32>() {
        return Ok(Node::constant(SqlType::Int, SqlValue::Int(value)));
    }
    let failed = || {
        SqlError::new(
            1007,
            format!(
                "The number '{digits}' is out of the range for numeric representation (maximum precision 38)."
            ),
        )
        .with_class(15)
    };
    if digits.contains(['e', 'E']) {
        let value: f64 = digits.parse().map_err(|_| failed())?;
        return Ok(Node::constant(SqlType::Float, SqlValue::Float(value)));
    }
    let value = parse_decimal(digits).ok_or_else(failed)?;
    let count = value.unscaled.unsigned_abs().to_string().len().max(usize::from(value.scale));
    let precision = u8::try_from(count).unwrap_or(38).clamp(1, 38);
    Ok(Node::constant(SqlType::Decimal { precision, scale: value.scale }, SqlValue::Decimal(value)))
}
