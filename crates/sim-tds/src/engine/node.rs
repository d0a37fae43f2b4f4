//! Expressions, conditions and queries after names and types have been resolved.

use std::sync::Arc;

use super::function::Builtin;
use super::site_function::SiteFunction;
use crate::value::{Column, SqlType, SqlValue};

/// A typed expression. Its value fits `ty`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) ty: SqlType,
    pub(super) nullable: bool,
    pub(super) op: Op,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    Constant(SqlValue),
    /// `level` 0 is this query's row, 1 the enclosing query's.
    Column {
        level: usize,
        index: usize,
    },
    Variable(String),
    Convert {
        inner: Box<Node>,
        style: Option<Box<Node>>,
        attempt: bool,
    },
    Negate(Box<Node>),
    /// Both sides have been brought to a common kind.
    Arithmetic(Operator, Box<Node>, Box<Node>),
    Concat(Box<Node>, Box<Node>),
    Case(Vec<(Condition, Node)>, Option<Box<Node>>),
    Coalesce(Vec<Node>),
    Call(Builtin, Vec<Node>),
    Site(SiteFunction, Vec<Node>),
    Subquery(Box<Plan>),
    /// A slot of the group's aggregates.
    Aggregate(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
    Xor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A condition: true, false or unknown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(Comparison, Node, Node),
    IsNull(Node),
    InList(Node, Vec<(Node, Node)>),
    InQuery(Node, Node, Box<Plan>),
    Like { text: Node, pattern: Node, escape: Option<Node> },
    Exists(Box<Plan>),
}

impl Node {
    pub(super) fn new(ty: SqlType, op: Op) -> Self {
        Self { ty, nullable: true, op }
    }

    pub(super) fn constant(ty: SqlType, value: SqlValue) -> Self {
        Self { ty, nullable: value.is_null(), op: Op::Constant(value) }
    }

    /// The literal NULL, which takes any type.
    pub(super) fn is_bare_null(&self) -> bool {
        matches!(self.op, Op::Constant(SqlValue::Null))
    }

    /// The expressions below this one, those of subqueries left out.
    pub(super) fn children(&self) -> Vec<&Node> {
        match &self.op {
            Op::Constant(_) | Op::Column { .. } | Op::Variable(_) | Op::Subquery(_) | Op::Aggregate(_) => {
                Vec::new()
            }
            Op::Convert { inner, style, .. } => {
                std::iter::once(inner.as_ref()).chain(style.as_deref()).collect()
            }
            Op::Negate(inner) => vec![inner],
            Op::Arithmetic(_, left, right) | Op::Concat(left, right) => vec![left, right],
            Op::Case(branches, otherwise) => branches
                .iter()
                .flat_map(|(condition, value)| condition.nodes().into_iter().chain(std::iter::once(value)))
                .chain(otherwise.as_deref())
                .collect(),
            Op::Coalesce(nodes) | Op::Call(_, nodes) | Op::Site(_, nodes) => nodes.iter().collect(),
        }
    }
}

impl Condition {
    /// The expressions directly in this condition and the conditions below.
    pub(super) fn nodes(&self) -> Vec<&Node> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.nodes().into_iter().chain(right.nodes()).collect()
            }
            Self::Not(inner) => inner.nodes(),
            Self::Compare(_, left, right) => vec![left, right],
            Self::IsNull(node) | Self::InQuery(node, _, _) => vec![node],
            Self::InList(_, pairs) => pairs.iter().flat_map(|(left, right)| [left, right]).collect(),
            Self::Like { text, pattern, escape } => [text, pattern].into_iter().chain(escape).collect(),
            Self::Exists(_) => Vec::new(),
        }
    }
}

/// A query that can run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) columns: Vec<Column>,
    pub(super) body: Body,
    /// Order over the output columns of a set operation; a SELECT orders itself.
    pub(super) order: Vec<(usize, bool)>,
    pub(super) paging: Paging,
}

/// OFFSET and FETCH.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Paging {
    pub(super) offset: Option<Node>,
    pub(super) fetch: Option<Node>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Select(Box<SelectPlan>),
    Set { operation: SetOperation, left: Box<Plan>, right: Box<Plan> },
    Values(Vec<Vec<Node>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetOperation {
    UnionAll,
    Union,
    Except,
    Intersect,
}

/// A SELECT.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SelectPlan {
    pub(super) source: Source,
    pub(super) filter: Option<Condition>,
    /// None without GROUP BY and aggregates; empty for one group of all rows.
    pub(super) groups: Option<Vec<Node>>,
    pub(super) aggregates: Vec<Aggregate>,
    pub(super) having: Option<Condition>,
    pub(super) items: Vec<Node>,
    pub(super) distinct: bool,
    pub(super) order: Vec<(OrderKey, bool)>,
    pub(super) top: Option<(Node, bool)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum OrderKey {
    Output(usize),
    Expression(Node),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AggregateKind {
    CountRows,
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
    StringAggregate,
}

/// An aggregate function over the rows of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aggregate {
    pub(super) kind: AggregateKind,
    pub(super) ty: SqlType,
    pub(super) argument: Option<Node>,
    pub(super) distinct: bool,
    /// Separator of STRING_AGG.
    pub(super) separator: Option<Node>,
    /// WITHIN GROUP of STRING_AGG; true is descending.
    pub(super) order: Vec<(Node, bool)>,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// One row without columns: no FROM.
    Single,
    Rows(Arc<Vec<Vec<SqlValue>>>),
    Join(Box<Join>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

/// A join of two sources; the joined row is the left row, then the right one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Join {
    pub(super) kind: JoinKind,
    pub(super) left: Source,
    pub(super) left_width: usize,
    pub(super) right: Source,
    pub(super) right_width: usize,
    pub(super) on: Option<Condition>,
    /// Columns that `on` demands to be equal: in the left row, in the right row.
    pub(super) keys: Vec<(usize, usize)>,
}
