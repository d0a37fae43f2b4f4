//! Calls with deadlines over one pooled client per set of credentials.

use crate::classify::CallError;
use crate::credentials::{ClientCredentials, CredentialError};
use crate::resolve::HostTable;
use reqwest::{Client, Method, Response};
use scaleout_agent_api::ErrorBody;
use scaleout_execution::ports::NodeTarget;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Shorter than the agent keeps an idle connection, so that none is closed under a request.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// Longest answer that is read.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// The agents of all sites, by one identity. Cheap to clone.
#[derive(Clone)]
pub struct AgentClient {
    hosts: HostTable,
    current: Arc<RwLock<Option<(ClientCredentials, Client)>>>,
}

impl AgentClient {
    /// Without credentials yet: every call answers `CredentialRefused`.
    pub fn new(hosts: HostTable) -> Self {
        Self { hosts, current: Arc::default() }
    }

    /// Takes new credentials for all further connections; `None`: the Secret is gone. On an error the former ones
    /// are dropped too: they are no longer what the Secret says.
    pub fn set_credentials(&self, credentials: Option<ClientCredentials>) -> Result<(), CredentialError> {
        let is_present = |pair: &(ClientCredentials, Client)| Some(&pair.0) == credentials.as_ref();
        if self.read().as_ref().is_some_and(is_present) {
            return Ok(());
        }
        let built = credentials.map(|credentials| {
            let client = self.build(&credentials)?;
            Ok((credentials, client))
        });
        let (next, result) = match built.transpose() {
            Ok(next) => (next, Ok(())),
            Err(error) => (None, Err(error)),
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        result
    }

    fn build(&self, credentials: &ClientCredentials) -> Result<Client, CredentialError> {
        Client::builder()
            .tls_backend_preconfigured(credentials.tls_config()?)
            .dns_resolver(self.hosts.clone())
            .https_only(true)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(IDLE_LIMIT)
            .build()
            .map_err(CredentialError::Client)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Option<(ClientCredentials, Client)>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// `GET` of a JSON answer.
    pub(crate) async fn get<A: DeserializeOwned>(
        &self,
        target: &NodeTarget,
        path: &str,
        limit: Duration,
    ) -> Result<A, CallError> {
        self.call(target, Method::GET, path, None::<&()>, limit).await
    }

    /// `POST` of a JSON question, with a JSON answer.
    pub(crate) async fn post<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        target: &NodeTarget,
        path: &str,
        question: &Q,
        limit: Duration,
    ) -> Result<A, CallError> {
        self.call(target, Method::POST, path, Some(question), limit).await
    }

    async fn call<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        target: &NodeTarget,
        method: Method,
        path: &str,
        question: Option<&Q>,
        limit: Duration,
    ) -> Result<A, CallError> {
        let exchange = async {
            let answer = self.send(target, method, path, question).await?;
            let body = read_bounded(answer).await?;
            serde_json::from_slice(&body).map_err(|_| CallError::Garbled)
        };
        tokio::time::timeout(limit, exchange).await.unwrap_or(Err(CallError::Late))
    }

    /// Sends; an answer of 400 or more is an error. Has no deadline of its own but that of connecting.
    pub(crate) async fn send<Q: Serialize + Sync>(
        &self,
        target: &NodeTarget,
        method: Method,
        path: &str,
        question: Option<&Q>,
    ) -> Result<Response, CallError> {
        let client = self.read().as_ref().map(|pair| pair.1.clone()).ok_or(CallError::NoCredentials)?;
        let url = format!("https://{}:{}{path}", target.host, target.port);
        let url = reqwest::Url::parse(&url).map_err(|_| CallError::BadEndpoint)?;
        let mut request = client.request(method, url);
        if let Some(question) = question {
            request = request.json(question);
        }
        let answer = request.send().await.map_err(CallError::Transport)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = read_bounded(answer).await?;
        let message = serde_json::from_slice::<ErrorBody>(&body).map(|e| e.message).unwrap_or_default();
        Err(CallError::Status(status, message))
    }
}

async fn read_bounded(mut answer: Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(CallError::Transport)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(CallError::Garbled);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
