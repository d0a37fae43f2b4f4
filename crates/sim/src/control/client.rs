//! The other end: asks the simulator that runs with a folder.

use super::request::{PATH, Problem, Request};
use crate::folder::CTL;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No simulator runs with the folder.
    #[error("no simulator runs with {0}: its file ctl can't be read")]
    NotRunning(PathBuf, #[source] std::io::Error),
    /// It does not answer.
    #[error("the simulator at {0} does not answer")]
    Unreachable(String, #[source] reqwest::Error),
    /// What it answers is no JSON.
    #[error("the simulator at {0} answers no JSON")]
    Garbled(String, #[source] reqwest::Error),
    /// It refuses the request.
    #[error("{0}")]
    Refused(String),
}

/// Sends one request to the simulator that runs with the folder `out`.
pub async fn ask(out: &Path, request: &Request) -> Result<Value, ClientError> {
    let url = std::fs::read_to_string(out.join(CTL))
        .map_err(|e| ClientError::NotRunning(out.to_owned(), e))?
        .trim()
        .to_owned();
    let unreachable = |e| ClientError::Unreachable(url.clone(), e);
    let client = reqwest::Client::builder().no_proxy().build().map_err(unreachable)?;
    let answer = client.post(format!("{url}{PATH}")).json(request).send().await.map_err(unreachable)?;
    let refused = !answer.status().is_success();
    let status = answer.status();
    let body = answer.bytes().await.map_err(|e| ClientError::Garbled(url.clone(), e))?;
    if refused {
        let text = || format!("{status}: {}", String::from_utf8_lossy(&body));
        let problem = serde_json::from_slice::<Problem>(&body);
        return Err(ClientError::Refused(problem.map_or_else(|_| text(), |problem| problem.error)));
    }
    serde_json::from_slice(&body)
        .map_err(|error| ClientError::Refused(format!("the simulator's answer is no JSON: {error}")))
}
