//! A small fixed world for tests of the language.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::{
    BatchParameter, Item, Procedure, ProcedureArgument, ProcedureName, ProcedureResult, Session, SessionInfo,
    SiteFunction, Table, TableName, View, World, run_batch,
};
use crate::tsql::Ddl;
use crate::value::{Column, DateTimeOffset, Length, ResultSet, SqlError, SqlType, SqlValue};

/// `master.sys.databases`, `SSISDB.catalog.worker_agents` and a few functions and procedures.
#[derive(Default)]
pub(crate) struct TestWorld {
    /// What was asked of the world, in order.
    pub(crate) log: Mutex<Vec<String>>,
}

fn databases() -> Table {
    let columns = vec![
        Column::required("name", SqlType::SYSNAME),
        Column::required("database_id", SqlType::Int),
        Column::nullable("replica_id", SqlType::UniqueIdentifier),
        Column::nullable("owner_sid", SqlType::VarBinary(Length::Limited(85))),
        Column::required("recovery_model", SqlType::TinyInt),
    ];
    let row = |name: &str, id: i32, replica: SqlValue, model: u8| {
        let sid = SqlValue::Binary(vec![1]);
        vec![SqlValue::text(name), SqlValue::Int(id), replica, sid, SqlValue::TinyInt(model)]
    };
    let rows = vec![
        row("master", 1, SqlValue::Null, 3),
        row("msdb", 4, SqlValue::Null, 3),
        row("SSISDB", 5, SqlValue::Guid([7; 16]), 1),
    ];
    Table { columns, rows: Arc::new(rows) }
}

fn workers(now: DateTimeOffset) -> Table {
    let columns = vec![
        Column::required("WorkerAgentId", SqlType::UniqueIdentifier),
        Column::required("IsEnabled", SqlType::Bit),
        Column::nullable("MachineName", SqlType::NVarChar(Length::Limited(256))),
        Column::required("LastOnlineTime", SqlType::DateTimeOffset(7)),
    ];
    let mut earlier = now;
    earlier.utc.time.ticks -= 60 * 10_000_000;
    let rows = vec![
        vec![
            SqlValue::Guid([1; 16]),
            SqlValue::Bit(true),
            SqlValue::text("W1"),
            SqlValue::DateTimeOffset(now),
        ],
        vec![
            SqlValue::Guid([2; 16]),
            SqlValue::Bit(false),
            SqlValue::text("w2"),
            SqlValue::DateTimeOffset(earlier),
        ],
        vec![
            SqlValue::Guid([3; 16]),
            SqlValue::Bit(false),
            SqlValue::Null,
            SqlValue::DateTimeOffset(earlier),
        ],
    ];
    Table { columns, rows: Arc::new(rows) }
}

struct TestView;

impl View for TestView {
    fn table(&self, name: &TableName) -> Result<Option<Table>, SqlError> {
        let schema = name.schema.as_deref().unwrap_or("dbo").to_lowercase();
        let full = format!("{}.{schema}.{}", name.database.to_lowercase(), name.name.to_lowercase());
        Ok(match full.as_str() {
            "master.sys.databases" | "ssisdb.sys.databases" => Some(databases()),
            "ssisdb.catalog.worker_agents" => Some(workers(self.now())),
            _ => None,
        })
    }

    fn table_function(&self, name: &TableName, arguments: &[SqlValue]) -> Result<Option<Table>, SqlError> {
        if name.name != "fn_numbers" {
            return Ok(None);
        }
        let Some(SqlValue::Int(most)) = arguments.first() else { return Ok(None) };
        let rows = (1..=*most).map(|n| vec![SqlValue::Int(n)]).collect();
        Ok(Some(Table { columns: vec![Column::required("n", SqlType::Int)], rows: Arc::new(rows) }))
    }

    fn scalar(&self, function: SiteFunction, arguments: &[SqlValue]) -> Result<SqlValue, SqlError> {
        Ok(match (function, arguments) {
            (SiteFunction::ServerName, _) => SqlValue::text("SQL1"),
            (SiteFunction::ServerProperty, [SqlValue::Text(name)]) => match name.as_str() {
                "IsHadrEnabled" => SqlValue::Int(1),
                "Edition" => SqlValue::text("Enterprise Edition (64-bit)"),
                _ => SqlValue::Null,
            },
            (SiteFunction::HadrIsPrimaryReplica, _) => SqlValue::Bit(true),
            (SiteFunction::DbId, [SqlValue::Text(name)]) if name == "SSISDB" => SqlValue::SmallInt(5),
            _ => SqlValue::Null,
        })
    }

    fn now(&self) -> DateTimeOffset {
        let SqlValue::DateTimeOffset(now) = super::convert(
            &SqlValue::text("2026-11-25 10:00:00.1234567 +01:00"),
            SqlType::NVARCHAR_MAX,
            SqlType::DateTimeOffset(7),
            0,
        )
        .unwrap() else {
            panic!()
        };
        now
    }
}

#[async_trait]
impl World for TestWorld {
    fn view<'a>(&'a self, _: &'a SessionInfo) -> Result<Box<dyn View + 'a>, SqlError> {
        Ok(Box::new(TestView))
    }

    async fn execute_ddl(&self, _: &SessionInfo, ddl: &Ddl) -> Result<Vec<SqlError>, SqlError> {
        self.log.lock().unwrap().push(ddl.title().to_owned());
        match ddl {
            Ddl::DropLogin { name } => Err(SqlError::new(15151, format!("Cannot drop the login '{name}'."))),
            _ => Ok(Vec::new()),
        }
    }

    async fn execute_procedure(
        &self,
        session: &SessionInfo,
        name: &ProcedureName,
        arguments: &[ProcedureArgument],
    ) -> Result<Procedure, SqlError> {
        self.log.lock().unwrap().push(format!("{}: {}", session.database, name.name));
        Ok(match name.name.as_str() {
            "answer" => Procedure::Done(ProcedureResult {
                results: vec![ResultSet {
                    columns: vec![Column::required("x", SqlType::Int)],
                    rows: vec![vec![SqlValue::Int(42)]],
                }],
                outputs: arguments.iter().enumerate().filter(|(_, a)| a.output).map(|(i, _)| (i, SqlValue::Int(7))).collect(),
                return_status: 3,
                ..ProcedureResult::default()
            }),
            "fails" => return Err(SqlError::new(27100, "The value is NULL.")),
            "stored" => Procedure::Definition {
                text: "CREATE PROCEDURE dbo.stored @a int = 5, @b nvarchar(10) OUTPUT AS SET @b = CONCAT(DB_NAME(), @a); SELECT @b AS b; RETURN 9".into(),
                database: "SSISDB".into(),
            },
            _ => Procedure::Unknown,
        })
    }

    fn use_database(&self, _: &SessionInfo, name: &str) -> Result<String, SqlError> {
        ["master", "SSISDB"]
            .iter()
            .find(|own| own.eq_ignore_ascii_case(name))
            .map(|own| (*own).to_owned())
            .ok_or_else(|| {
                SqlError::new(
                    911,
                    format!(
                        "Database '{name}' does not exist. Make sure that the name is entered correctly."
                    ),
                )
            })
    }

    async fn kill(&self, _: &SessionInfo, spid: i64) -> Result<(), SqlError> {
        self.log.lock().unwrap().push(format!("KILL {spid}"));
        Ok(())
    }

    async fn reconfigure(&self, _: &SessionInfo, _: bool) -> Result<(), SqlError> {
        Ok(())
    }

    async fn wait(&self, duration: Duration) {
        self.log.lock().unwrap().push(format!("wait {duration:?}"));
    }
}

/// A session in `master`.
pub(crate) fn session() -> Session {
    Session::new(SessionInfo {
        spid: 51,
        login: "sa".into(),
        database: "master".into(),
        program: "tests".into(),
        host: "h".into(),
        in_transaction: false,
    })
}

/// Runs a batch in a session.
pub(crate) fn run_in(
    session: &mut Session,
    world: &TestWorld,
    text: &str,
    parameters: &[BatchParameter],
) -> Vec<Item> {
    futures::executor::block_on(run_batch(world, session, text, parameters))
}

/// Runs a batch in a new session.
pub(crate) fn run(text: &str) -> Vec<Item> {
    run_in(&mut session(), &TestWorld::default(), text, &[])
}

/// The only result set of a batch that has no error.
pub(crate) fn rows(text: &str) -> ResultSet {
    let mut sets = Vec::new();
    for item in run(text) {
        match item {
            Item::Rows(rows) => sets.push(rows),
            Item::Message(error) if error.class > 10 => panic!("{text}: {error}"),
            _ => {}
        }
    }
    assert_eq!(sets.len(), 1, "{text}");
    sets.remove(0)
}

/// The rows as text: values by blanks, rows by `;`.
pub(crate) fn shown(result: &ResultSet) -> String {
    let value = |value: &SqlValue, column: &Column| {
        if value.is_null() { "NULL".to_owned() } else { super::text::shown(value, column.ty, 0).unwrap() }
    };
    let row = |row: &Vec<SqlValue>| {
        row.iter().zip(&result.columns).map(|(v, c)| value(v, c)).collect::<Vec<_>>().join(" ")
    };
    result.rows.iter().map(row).collect::<Vec<_>>().join(";")
}

/// Numbers of the errors of a batch.
pub(crate) fn errors(items: &[Item]) -> Vec<i32> {
    let error = |item: &Item| match item {
        Item::Message(message) if message.class > 10 => Some(message.number),
        _ => None,
    };
    items.iter().filter_map(error).collect()
}
