//! Connections to the simulated instances: logged in by name and port as DNS, network and listener lead there now, with
//! the same sessions and T-SQL as behind TDS.

use crate::weather::{Sky, Weather};
use async_trait::async_trait;
use scaleout_execution::ports::{SqlCredential, SqlTarget};
use scaleout_model::names::ReplicaName;
use scaleout_sim::{SiteHandle, identities};
use scaleout_sim_tds::memory::{MemoryDoor, MemoryError, MemoryRow, MemorySession};
use scaleout_sim_tds::value::{SqlError, SqlValue};
use scaleout_sql::wire::{Connection, ConnectionError, Connector, Record, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::sleep;

/// A statement, for whoever judges them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The instance.
    pub replica: ReplicaName,
    /// The text.
    pub text: String,
}

/// A login that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The instance.
    pub replica: ReplicaName,
    /// The login's name.
    pub login: String,
    /// Whether it was refused (18456 and its like).
    pub refused: bool,
}

/// Opens connections.
pub struct Instances {
    site: SiteHandle,
    sky: Sky,
    door: MemoryDoor,
    trips: Arc<AtomicUsize>,
    sent: Option<Arc<Mutex<Vec<Sent>>>>,
    attempts: Arc<Mutex<Vec<Attempt>>>,
}

impl Instances {
    /// All instances of a site.
    pub fn new(site: SiteHandle, sky: Sky) -> Self {
        let door = MemoryDoor::new(site.shared());
        Self { site, sky, door, trips: Arc::default(), sent: None, attempts: Arc::default() }
    }

    /// Keeps every login that is tried in `attempts`.
    #[must_use]
    pub fn counting(mut self, attempts: Arc<Mutex<Vec<Attempt>>>) -> Self {
        self.attempts = attempts;
        self
    }

    fn note(&self, target: &SqlTarget, credential: &SqlCredential, refused: bool) {
        let (replica, login) = (target.replica.clone(), credential.login.to_string());
        let attempt = Attempt { replica, login, refused };
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
    }

    /// Batches so far.
    pub fn trips(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.trips)
    }

    /// Keeps every batch in `sent`.
    #[must_use]
    pub fn keeping(mut self, sent: Arc<Mutex<Vec<Sent>>>) -> Self {
        self.sent = Some(sent);
        self
    }
}

struct Session {
    replica: ReplicaName,
    past: Option<Arc<MemoryDoor>>,
    inner: MemorySession,
    sky: Sky,
    trips: Arc<AtomicUsize>,
    sent: Option<Arc<Mutex<Vec<Sent>>>>,
}

fn lost(text: &str) -> ConnectionError {
    ConnectionError::Lost(text.to_owned())
}

fn server(error: SqlError) -> ConnectionError {
    ConnectionError::Server {
        number: u32::try_from(error.number).unwrap_or_default(),
        state: error.state,
        message: error.message,
    }
}

fn error_of(error: MemoryError) -> ConnectionError {
    match error {
        MemoryError::Lost(text) => ConnectionError::Lost(text),
        MemoryError::Server(error) => server(error),
    }
}

#[async_trait]
impl Connector for Instances {
    async fn connect(
        &self,
        target: &SqlTarget,
        credential: &SqlCredential,
        program: &str,
    ) -> Result<Box<dyn Connection>, ConnectionError> {
        let refuse = |text: &str| ConnectionError::Credential(text.to_owned());
        if target.ca_pem.is_none() {
            return Err(refuse("the CA bundle's Secret is missing"));
        }
        let password = credential.password.expose_text();
        let password = password.ok_or_else(|| refuse("the password is not UTF-8 text"))?;
        match self.sky.at_instance(&target.replica) {
            Some(Weather::Silent) => std::future::pending().await,
            Some(Weather::Refused) => return Err(lost("connection refused")),
            Some(Weather::Stranger) => {
                return Err(ConnectionError::Identity("invalid peer certificate: UnknownIssuer".to_owned()));
            }
            Some(Weather::Barred) => {
                self.note(target, credential, true);
                let text = format!("Login failed for user '{}'.", credential.login);
                return Err(server(SqlError::new(18_456, text).with_class(14)));
            }
            Some(Weather::Slow(by)) => sleep(by).await,
            Some(Weather::Reset | Weather::Garbled | Weather::Error(_)) | None => {}
        }
        let login = credential.login.as_str();
        let place = (target.host.as_str(), target.port);
        let past = self.sky.past(&target.replica);
        let door = past.as_deref().unwrap_or(&self.door);
        let session = door.login(place, login, password, program).await;
        if !matches!(session, Err(MemoryError::Lost(_))) {
            self.note(target, credential, session.is_err());
        }
        let session = session.map_err(error_of)?;
        let proves = self.site.read(|sim| {
            let names = identities::instance_names(&sim.site, session.replica());
            names.contains(&target.host)
        });
        if !proves {
            return Err(ConnectionError::Identity("certificate not valid for the host's name".to_owned()));
        }
        let (trips, sky) = (Arc::clone(&self.trips), self.sky.clone());
        let (replica, sent) = (target.replica.clone(), self.sent.clone());
        Ok(Box::new(Session { replica, past, inner: session, sky, trips, sent }))
    }
}

#[async_trait]
impl Connection for Session {
    async fn query(&mut self, text: &str) -> Result<Vec<Record>, ConnectionError> {
        self.trips.fetch_add(1, Ordering::Relaxed);
        if let Some(sent) = &self.sent {
            let text = text.to_owned();
            let replica = self.replica.clone();
            sent.lock().unwrap_or_else(PoisonError::into_inner).push(Sent { replica, text });
        }
        if self.sky.past(&self.replica).map(|door| Arc::as_ptr(&door)) != self.past.as_ref().map(Arc::as_ptr)
        {
            return Err(lost("connection reset"));
        }
        let weather = self.sky.at_instance(&self.replica);
        match &weather {
            Some(Weather::Silent) => std::future::pending().await,
            Some(Weather::Refused | Weather::Stranger | Weather::Barred) => {
                return Err(lost("connection reset"));
            }
            Some(Weather::Error(number)) => {
                let error = SqlError::new(i32::try_from(*number).unwrap_or_default(), "as the weather is");
                return Err(server(error));
            }
            Some(Weather::Slow(by)) => sleep(*by).await,
            _ => {}
        }
        let rows = self.inner.query(text).await.map_err(error_of)?;
        match weather {
            Some(Weather::Reset) => Err(lost("connection reset by peer")),
            Some(Weather::Garbled) => Err(ConnectionError::Garbled("token 0x00 is not known".to_owned())),
            _ => rows.into_iter().map(record).collect(),
        }
    }
}

fn record(row: MemoryRow) -> Result<Record, ConnectionError> {
    let columns = row.into_iter().map(|(name, value)| {
        let value =
            read(value).ok_or_else(|| ConnectionError::Garbled(format!("{name} has another type")))?;
        Ok((name, value))
    });
    Ok(Record::new(columns.collect::<Result<Vec<_>, ConnectionError>>()?))
}

/// The types that our statements cast to, as the TDS client takes them.
fn read(value: SqlValue) -> Option<Value> {
    Some(match value {
        SqlValue::Null => Value::Null,
        SqlValue::Bit(value) => Value::Number(value.into()),
        SqlValue::TinyInt(value) => Value::Number(value.into()),
        SqlValue::SmallInt(value) => Value::Number(value.into()),
        SqlValue::Int(value) => Value::Number(value.into()),
        SqlValue::BigInt(value) => Value::Number(value),
        SqlValue::Text(text) => Value::Text(text),
        _ => return None,
    })
}
