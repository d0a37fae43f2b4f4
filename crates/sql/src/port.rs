//! [`SqlServers`]: the port over TDS.

use crate::connection::{OBSERVER, Tds, build_program_name};
use crate::deadline::OBSERVE;
use crate::execute::{Dial, Place, build_procedure, run};
use crate::fault::Fault;
use crate::gate::Gate;
use crate::observe;
use crate::observers::Observers;
use crate::resolver::Resolver;
use crate::session::{Session, Wire};
use crate::wire::Connector;
use async_trait::async_trait;
use futures::future::BoxFuture;
use scaleout_execution::ports::{LoginState, Refusals, SqlCredential, SqlPort, SqlTarget, WriteGuard};
use scaleout_model::fact::{Cause, Fact};
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::names::GroupName;
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::{CatalogFacts, InstanceFacts, SqlOp};
use std::sync::Arc;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

/// All instances, reached by TDS. Cheap to clone; a process has one.
#[derive(Clone)]
pub struct SqlServers {
    shared: Arc<Shared>,
}

struct Shared {
    connector: Arc<dyn Connector>,
    gate: Gate,
    observers: Observers,
}

/// One read with the observer's connection.
type Read<T> = for<'a> fn(&'a mut Session, &'a GroupName) -> BoxFuture<'a, Result<T, Fault>>;

impl SqlServers {
    /// Finds hosts by `resolver`. `main` installs the process-wide rustls provider.
    pub fn new(resolver: Arc<dyn Resolver>) -> Self {
        Self::over(Arc::new(Tds(resolver)))
    }

    /// Over connections of any kind.
    pub fn over(connector: Arc<dyn Connector>) -> Self {
        let shared = Shared { connector, gate: Gate::default(), observers: Observers::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Reads within the deadline. A read that is given up takes its connection with it.
    async fn read<T>(&self, target: &SqlTarget, group: &GroupName, read: Read<T>) -> Result<T, Fault> {
        let late = || Fault::Unanswered(format!("{}:{} did not answer in time", target.host, target.port));
        timeout(OBSERVE, self.read_kept(target, group, read)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn read_kept<T>(&self, target: &SqlTarget, group: &GroupName, read: Read<T>) -> Result<T, Fault> {
        let missing = || Fault::Credential("the observer's Secret is missing".to_owned());
        let credential = target.observer.as_ref().ok_or_else(missing)?;
        let slot = self.shared.observers.slot(target, credential);
        let mut kept = slot.lock().await;
        if let Some(mut session) = kept.take() {
            // An idle connection may have died with the instance's last restart; a new one then decides.
            match read(&mut session, group).await {
                Err(Fault::Unanswered(_)) => {}
                answer => {
                    *kept = Some(session).filter(Session::is_usable);
                    return answer;
                }
            }
        }
        let mut session = self.shared.open(target, credential, OBSERVER).await?;
        let answer = read(&mut session, group).await;
        *kept = Some(session).filter(Session::is_usable);
        answer
    }
}

impl Shared {
    /// Opens a connection, unless this very password was refused a short while ago.
    async fn open(
        &self,
        target: &SqlTarget,
        credential: &SqlCredential,
        program: &str,
    ) -> Result<Session, Fault> {
        if !self.gate.is_open(target, credential, Instant::now()) {
            let login = &credential.login;
            return Err(Fault::Credential(format!(
                "the password of {login} was refused and has not changed since"
            )));
        }
        let opened = self.connector.connect(target, credential, program).await;
        let opened = opened.map(Session::new).map_err(|error| Fault::from_connection(error, false));
        if let Err(Fault::Credential(_)) = &opened
            && target.ca_pem.is_some()
        {
            self.gate.close(target, credential, Instant::now());
        }
        opened
    }
}

fn operator_of(target: &SqlTarget) -> Result<&SqlCredential, Fault> {
    target.operator.as_ref().ok_or_else(|| Fault::Credential("the operator's Secret is missing".to_owned()))
}

/// Connections of one op.
struct Operator<'a> {
    shared: &'a Shared,
    target: &'a SqlTarget,
    credential: &'a SqlCredential,
    program: String,
}

#[async_trait]
impl Dial for Operator<'_> {
    async fn dial(&self) -> Result<Box<dyn Wire>, Fault> {
        let session = self.shared.open(self.target, self.credential, &self.program).await?;
        Ok(Box::new(session))
    }
}

#[async_trait]
impl SqlPort for SqlServers {
    async fn observe(&self, target: &SqlTarget, group: &GroupName) -> Result<InstanceFacts, Cause> {
        let span = tracing::debug_span!("sql_observe", replica = %target.replica);
        let read: Read<InstanceFacts> = |session, group| Box::pin(observe::observe_instance(session, group));
        self.read(target, group, read).instrument(span).await.map_err(|fault| fault.cause())
    }

    fn note_logins(&self, target: &SqlTarget, state: LoginState) -> Refusals {
        self.shared.gate.note(target, state)
    }

    async fn observe_catalog(&self, target: &SqlTarget) -> Fact<CatalogFacts> {
        let span = tracing::debug_span!("sql_observe_catalog", replica = %target.replica);
        let read: Read<Fact<CatalogFacts>> = |session, _| Box::pin(observe::observe_catalog(session));
        let answer = self.read(target, &GroupName::new(""), read).instrument(span).await;
        answer.unwrap_or_else(|fault| Fact::Unknown(fault.cause()))
    }

    async fn execute(
        &self,
        target: &SqlTarget,
        fence: &Fence,
        guard: &dyn WriteGuard,
        op: SqlOp<SecretBytes>,
    ) -> Outcome {
        let span = tracing::info_span!("sql_execute", replica = %target.replica, op = op.name());
        let work = async {
            let credential = match operator_of(target) {
                Ok(credential) => credential,
                Err(fault) => return Outcome::Failed(fault.failure()),
            };
            let place = Place { replica: &target.replica, login: credential.login.as_str() };
            let procedure = match build_procedure(&op, &place) {
                Ok(procedure) => procedure,
                Err(failure) => return Outcome::Failed(failure),
            };
            let program = build_program_name(&fence.epoch);
            let dial = Operator { shared: &self.shared, target, credential, program };
            let outcome = run(&dial, &target.replica, guard, &procedure).await;
            tracing::debug!(?outcome, "carried out");
            outcome
        };
        work.instrument(span).await
    }

    async fn depose(&self, target: &SqlTarget, epoch: &Epoch) -> Result<(), Cause> {
        let span = tracing::info_span!("sql_depose", replica = %target.replica, number = epoch.number);
        let work = async {
            let credential = operator_of(target)?;
            let mut session = self.shared.open(target, credential, &build_program_name(epoch)).await?;
            crate::depose::depose(&mut session, epoch).await
        };
        work.instrument(span).await.map_err(|fault: Fault| fault.cause())
    }
}
