//! SQL Server's setup program, found by the agent's own configuration.

use super::HostResult;
use async_trait::async_trait;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::DnsName;
use scaleout_model::node::Feature;
use scaleout_model::version::SqlVersion;
use serde::Deserialize;
use std::path::PathBuf;

/// One entry of the agent's table of media. Comes from its configuration only, never over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaSource {
    /// `setup.exe`.
    pub setup: PathBuf,
    /// What proves that it is the right one.
    pub proof: MediaProof,
    /// Folder of updates to slipstream (`/UpdateSource`).
    pub update_folder: Option<PathBuf>,
}

/// What proves `setup.exe`; checked before each run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaProof {
    /// Subject of the Authenticode signature.
    Publisher(String),
    /// SHA-256 of the file, hexadecimal.
    Sha256(String),
}

/// What a verified medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaFacts {
    /// Major version of the product.
    pub version: SqlVersion,
}

/// One unattended run for one feature, under its virtual account and with start type Manual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupRequest {
    /// The medium.
    pub media: MediaSource,
    /// Master or worker.
    pub feature: Feature,
    /// Version that the medium was verified to have.
    pub version: SqlVersion,
    /// `/ISMASTERSVCPORT`, or the port in `/ISWORKERSVCMASTER`.
    pub port: u16,
    /// `/ISMASTERSVCTHUMBPRINT`.
    pub thumbprint: Option<Thumbprint>,
    /// Host in `/ISWORKERSVCMASTER`.
    pub master_host: Option<DnsName>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupExit {
    /// Exit code; 0 and 3010 are successes.
    pub code: i64,
    /// `Final result` of `Summary.txt`, one line; empty if there is none.
    pub summary: String,
}

/// Takes what a run is doing, for people.
pub trait SetupProgress: Send + Sync {
    /// One short line; never a secret.
    fn report(&self, line: &str);
}

/// Setup runs.
#[async_trait]
pub trait SetupHost {
    /// Checks the proof and reads the version of the medium.
    async fn verify_media(&self, media: &MediaSource) -> HostResult<MediaFacts>;

    /// Runs setup to its end; minutes. Another installation under way: `NotReady` (1618).
    async fn run_setup(
        &self,
        request: &SetupRequest,
        progress: &(dyn SetupProgress + 'static),
    ) -> HostResult<SetupExit>;
}
