//! INSERT, UPDATE, DELETE and the life of temporary tables and table variables.

use sqlparser::ast as sql;

use super::bind::Binder;
use super::bind_condition::condition;
use super::context::{ColumnDefault, Context, LocalTable};
use super::eval::{Env, test, value};
use super::interpreter::{Flow, Interpreter, Outcome};
use super::local_table::{Filled, checked, fill};
use super::messages::{invalid_column, invalid_object};
use super::node::Node;
use super::scope::{Scope, ScopeColumn, same};
use super::session::Item;
use super::source::name_parts;
use crate::tsql::{InsertSource, Kind, ObjectName, TableColumn};
use crate::value::{Column, ResultSet, SqlError, SqlValue};
use crate::wire::Change;

impl Interpreter<'_> {
    /// The statements on local tables.
    pub(super) async fn change(&mut self, kind: &Kind) -> Outcome {
        match kind {
            Kind::DeclareTable { name, columns } => {
                self.frame.tables.insert(name.to_lowercase(), new_table(columns));
            }
            Kind::CreateTable { table, columns } => {
                let key = table.name.to_lowercase();
                if self.session.tables.contains_key(&key) {
                    let text = format!("There is already an object named '{}' in the database.", table.name);
                    return Err(SqlError::new(2714, text).with_state(6).into());
                }
                self.session.tables.insert(key, new_table(columns));
            }
            Kind::DropTable { tables, if_exists } => self.drop_tables(tables, *if_exists)?,
            Kind::TruncateTable(table) => self.local(&table.name)?.rows.clear(),
            Kind::Insert { table, columns, source } => return self.insert(table, columns, source).await,
            Kind::Update(statement) => self.update(statement)?,
            Kind::Delete(statement) => self.delete(statement)?,
            other => {
                return Err(SqlError::not_implemented(
                    format!("{other:?}").split([' ', '(']).next().unwrap_or_default(),
                )
                .into());
            }
        }
        Ok(Flow::Next)
    }

    fn drop_tables(&mut self, tables: &[ObjectName], if_exists: bool) -> Result<(), SqlError> {
        for table in tables {
            if !table.name.starts_with('#') {
                return Err(SqlError::not_implemented("DROP TABLE other than temporary"));
            }
            if self.session.tables.remove(&table.name.to_lowercase()).is_none() && !if_exists {
                let text = format!(
                    "Cannot drop the table '{table}', because it does not exist or you do not have permission."
                );
                return Err(SqlError::new(3701, text).with_state(5).with_class(11));
            }
        }
        Ok(())
    }

    /// A local table to change. Tables of the site are changed by their procedures only.
    fn local(&mut self, name: &str) -> Result<&mut LocalTable, SqlError> {
        let key = name.to_lowercase();
        if !key.starts_with(['#', '@']) {
            return Err(SqlError::not_implemented(format!("changing rows of {name}")));
        }
        match self.frame.tables.get_mut(&key) {
            Some(table) => Ok(table),
            None => self.session.tables.get_mut(&key).ok_or_else(|| invalid_object(name)),
        }
    }

    async fn insert(&mut self, table: &ObjectName, columns: &[String], source: &InsertSource) -> Outcome {
        let rows = match source {
            InsertSource::Query(query) => self.rows(&query.ast)?,
            InsertSource::Defaults => ResultSet { columns: Vec::new(), rows: vec![Vec::new()] },
            InsertSource::Execute(execute) => {
                let before = std::mem::take(&mut self.items);
                let flow = self.execute(execute).await;
                let inner = std::mem::replace(&mut self.items, before);
                let mut collected = ResultSet::default();
                for item in inner {
                    match item {
                        Item::Rows(rows) => {
                            collected.columns = rows.columns;
                            collected.rows.extend(rows.rows);
                        }
                        Item::Done(_) | Item::Changed(..) => {}
                        other => self.items.push(other),
                    }
                }
                if flow? == Flow::Abort {
                    return Ok(Flow::Abort);
                }
                collected
            }
        };
        let count = rows.rows.len();
        let target = self.local(&table.name)?.clone();
        let defaults = matches!(source, InsertSource::Defaults);
        let filled = self.with_context(|context| {
            fill(context, &target, &Filled { table: &table.name, columns, rows, defaults })
        })?;
        *self.local(&table.name)? = filled;
        self.counted(Change::Inserted, count);
        Ok(Flow::Next)
    }

    fn counted(&mut self, change: Change, count: usize) {
        self.session.state.row_count = i64::try_from(count).unwrap_or(i64::MAX);
        if !self.session.no_count {
            self.items.push(Item::Changed(change, u64::try_from(count).unwrap_or(u64::MAX)));
        }
    }

    fn update(&mut self, statement: &sql::Statement) -> Result<(), SqlError> {
        let sql::Statement::Update(update) = statement else { return Err(unsupported("UPDATE")) };
        let plain = update.from.is_none()
            && update.returning.is_none()
            && update.output.is_none()
            && update.or.is_none()
            && update.limit.is_none()
            && update.order_by.is_empty()
            && update.table.joins.is_empty();
        if !plain {
            return Err(unsupported("UPDATE with FROM, OUTPUT or TOP"));
        }
        let name = table_name(&update.table.relation)?;
        let table = self.local(&name)?.clone();
        let (rows, count) = self.with_context(|context| {
            changed_rows(context, &name, &table, update.selection.as_ref(), Some(&update.assignments))
        })?;
        self.local(&name)?.rows = rows;
        self.counted(Change::Updated, count);
        Ok(())
    }

    fn delete(&mut self, statement: &sql::Statement) -> Result<(), SqlError> {
        let sql::Statement::Delete(delete) = statement else { return Err(unsupported("DELETE")) };
        let (sql::FromTable::WithFromKeyword(from) | sql::FromTable::WithoutKeyword(from)) = &delete.from;
        let plain = delete.tables.is_empty()
            && delete.using.is_none()
            && delete.returning.is_none()
            && delete.output.is_none()
            && delete.order_by.is_empty()
            && delete.limit.is_none();
        let ([table], true) = (from.as_slice(), plain) else {
            return Err(unsupported("DELETE with several tables, OUTPUT or TOP"));
        };
        if !table.joins.is_empty() {
            return Err(unsupported("DELETE with joins"));
        }
        let name = table_name(&table.relation)?;
        let table = self.local(&name)?.clone();
        let (rows, count) = self
            .with_context(|context| changed_rows(context, &name, &table, delete.selection.as_ref(), None))?;
        self.local(&name)?.rows = rows;
        self.counted(Change::Deleted, count);
        Ok(())
    }
}

fn unsupported(what: &str) -> SqlError {
    SqlError::not_implemented(what)
}

fn new_table(columns: &[TableColumn]) -> LocalTable {
    let default = |column: &TableColumn| match (&column.identity, &column.default) {
        (Some((seed, increment)), _) => ColumnDefault::Identity { next: *seed, increment: *increment },
        (None, Some(expression)) => ColumnDefault::Expression(expression.clone()),
        (None, None) => ColumnDefault::Null,
    };
    LocalTable {
        columns: columns
            .iter()
            .map(|column| Column { name: column.name.clone(), ty: column.ty, nullable: column.nullable })
            .collect(),
        defaults: columns.iter().map(default).collect(),
        rows: Vec::new(),
    }
}

fn table_name(factor: &sql::TableFactor) -> Result<String, SqlError> {
    match factor {
        sql::TableFactor::Table { name, alias: None, args: None, .. } => {
            name_parts(name)?.pop().ok_or_else(|| invalid_object(name))
        }
        _ => Err(unsupported("this target of UPDATE or DELETE")),
    }
}

/// The rows after an UPDATE (with assignments) or DELETE, and how many it touched.
fn changed_rows(
    context: &Context<'_>,
    name: &str,
    table: &LocalTable,
    filter: Option<&sql::Expr>,
    assignments: Option<&[sql::Assignment]>,
) -> Result<(Vec<Vec<SqlValue>>, usize), SqlError> {
    let columns = table.columns.iter();
    let scope = Scope {
        columns: columns
            .map(|column| ScopeColumn { table: name.to_owned(), schema: None, column: column.clone() })
            .collect(),
    };
    let binder = Binder::bare(context, &scope);
    let filter = filter.map(|filter| condition(&binder, filter)).transpose()?;
    let assignments = assignments.map(|list| bound(&binder, table, list)).transpose()?;
    let (mut rows, mut count) = (Vec::new(), 0);
    for row in &table.rows {
        let env = Env { row, aggregates: &[], outer: None };
        let touched = match &filter {
            Some(filter) => test(context, filter, &env)? == Some(true),
            None => true,
        };
        count += usize::from(touched);
        match (&assignments, touched) {
            (_, false) => rows.push(row.clone()),
            (None, true) => {}
            (Some(assignments), true) => {
                let mut changed = row.clone();
                for (at, node) in assignments {
                    let value = value(context, node, &env)?;
                    if let (Some(slot), Some(column)) = (changed.get_mut(*at), table.columns.get(*at)) {
                        *slot = checked(&value, node.ty, column, name, "UPDATE")?;
                    }
                }
                rows.push(changed);
            }
        }
    }
    Ok((rows, count))
}

fn bound(
    binder: &Binder<'_>,
    table: &LocalTable,
    list: &[sql::Assignment],
) -> Result<Vec<(usize, Node)>, SqlError> {
    list.iter()
        .map(|assignment| {
            let sql::AssignmentTarget::ColumnName(name) = &assignment.target else {
                return Err(unsupported("this assignment"));
            };
            let name = name_parts(name)?.pop().unwrap_or_default();
            let at = table.columns.iter().position(|column| same(&column.name, &name));
            let at = at.ok_or_else(|| invalid_column(&name))?;
            let node = binder.value(&assignment.value)?;
            if let Some(column) = table.columns.get(at).filter(|_| !node.is_bare_null()) {
                super::coerce::implicit(node.ty, column.ty)?;
            }
            Ok((at, node))
        })
        .collect()
}
