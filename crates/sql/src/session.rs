//! One logged-in connection. It is used up by any error and by a dropped future: tiberius hangs without limit on a client
//! whose last request was not read to its end.

use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::{Record, Rows, Value};
use async_trait::async_trait;
use tiberius::{Client, ColumnData};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::Compat;

type SqlClient = Client<Compat<TcpStream>>;

/// Sends batches; what `execute` and `observe` need of a connection.
#[async_trait]
pub(crate) trait Wire: Send {
    /// Sends one batch, in its database, and reads everything that comes back.
    async fn run(&mut self, batch: &Batch) -> Result<Rows, Fault>;
}

/// A connection to one instance.
pub(crate) struct Session {
    /// Taken out while a batch runs and put back only after its last row.
    client: Option<SqlClient>,
    database: Database,
}

impl Session {
    /// Takes over a client that has just logged in to `master`.
    pub(crate) fn new(client: SqlClient) -> Self {
        Self { client: Some(client), database: Database::Master }
    }

    /// Whether it can be used again.
    pub(crate) fn is_usable(&self) -> bool {
        self.client.is_some()
    }

    async fn send(&mut self, text: &str, batch: &Batch) -> Result<Rows, Fault> {
        let gone = || Fault::Unanswered("the connection was given up".to_owned());
        let mut client = self.client.take().ok_or_else(gone)?;
        let answer = timeout(batch.deadline.limit(), query(&mut client, text)).await;
        let late = || Fault::Unanswered(format!("no answer within {} s", batch.deadline.limit().as_secs()));
        let records = answer.map_err(|_| late())?.map_err(|error| Fault::from_client(error, batch.secret))?;
        self.client = Some(client);
        records
    }
}

#[async_trait]
impl Wire for Session {
    async fn run(&mut self, batch: &Batch) -> Result<Rows, Fault> {
        if self.database != batch.database {
            self.send(batch.database.build_use(), batch).await?;
            self.database = batch.database;
        }
        self.send(batch.text(), batch).await
    }
}

/// All rows of all result sets. The outer error is the wire's, the inner one a column of an unexpected type.
async fn query(client: &mut SqlClient, text: &str) -> tiberius::Result<Result<Rows, Fault>> {
    let results = client.simple_query(text).await?.into_results().await?;
    Ok(results.iter().flatten().map(read_row).collect::<Result<Vec<_>, _>>().map(Rows::new))
}

fn read_row(row: &tiberius::Row) -> Result<Record, Fault> {
    let columns = row.cells().map(|(column, data)| {
        let value = read_value(data).ok_or_else(|| {
            Fault::Garbled(format!("{} has the type {:?}", column.name(), column.column_type()))
        })?;
        Ok((column.name().to_owned(), value))
    });
    Ok(Record::new(columns.collect::<Result<Vec<_>, Fault>>()?))
}

fn read_value(data: &ColumnData<'static>) -> Option<Value> {
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Number);
    Some(match data {
        ColumnData::Bit(value) => number(value.map(i64::from)),
        ColumnData::U8(value) => number(value.map(i64::from)),
        ColumnData::I16(value) => number(value.map(i64::from)),
        ColumnData::I32(value) => number(value.map(i64::from)),
        ColumnData::I64(value) => number(*value),
        ColumnData::String(value) => value.as_ref().map_or(Value::Null, |text| Value::Text(text.to_string())),
        _ => return None,
    })
}
