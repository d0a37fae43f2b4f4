//! One logged-in connection as `execute` and `observe` use it: in a batch's database, within its deadline, and never again
//! after an error or a dropped future: tiberius hangs without limit on a client whose last request was not read to its end.

use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::Rows;
use crate::wire::Connection;
use async_trait::async_trait;
use tokio::time::timeout;

/// Sends batches; what `execute` and `observe` need of a connection.
#[async_trait]
pub(crate) trait Wire: Send {
    /// Sends one batch, in its database, and reads everything that comes back.
    async fn run(&mut self, batch: &Batch) -> Result<Rows, Fault>;
}

/// A connection to one instance.
pub(crate) struct Session {
    /// Taken out while a batch runs and put back only after its last row.
    connection: Option<Box<dyn Connection>>,
    database: Database,
}

impl Session {
    /// Takes over a connection that has just logged in to `master`.
    pub(crate) fn new(connection: Box<dyn Connection>) -> Self {
        Self { connection: Some(connection), database: Database::Master }
    }

    /// Whether it can be used again.
    pub(crate) fn is_usable(&self) -> bool {
        self.connection.is_some()
    }

    async fn send(&mut self, text: &str, batch: &Batch) -> Result<Rows, Fault> {
        let gone = || Fault::Unanswered("the connection was given up".to_owned());
        let mut connection = self.connection.take().ok_or_else(gone)?;
        let answer = timeout(batch.deadline.limit(), connection.query(text)).await;
        let late = || Fault::Unanswered(format!("no answer within {} s", batch.deadline.limit().as_secs()));
        let records =
            answer.map_err(|_| late())?.map_err(|error| Fault::from_connection(error, batch.secret))?;
        self.connection = Some(connection);
        Ok(Rows::new(records))
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
