//! The agent's configuration: one TOML file, written by the node's administrator.

use crate::host::MediaSource;
use scaleout_model::names::MediaKey;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The whole file. Nothing of it can be changed over the wire.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentConfig {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Folder for epoch, claims and audit log; for the agent alone.
    pub state_dir: PathBuf,
    /// The one DNS SAN of the controller's certificate.
    pub controller_identity: String,
    /// Kubernetes namespaces whose objects are served.
    pub namespaces: Vec<String>,
    /// The lineage that is served (uid of the namespace `kube-system`); absent: the first one seen, for good.
    pub lineage: Option<String>,
    /// Own certificate, key, and the CA of the controller's certificate.
    pub tls: TlsFiles,
    /// Installation media by key.
    #[serde(default)]
    pub media: BTreeMap<MediaKey, MediaSource>,
}

/// PEM files; read again for each new connection, so that renewed ones count at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificate chain, leaf first.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
    /// CA certificates that the controller's certificate must chain to.
    pub ca: PathBuf,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("the configuration file {0} cannot be read")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It is no TOML of this shape.
    #[error("the configuration file {0} is not valid")]
    Malformed(PathBuf, #[source] Box<toml::de::Error>),
    /// A field must not be empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
}

impl AgentConfig {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError::Unreadable(path.to_owned(), e))?;
        let config: Self =
            toml::from_str(&text).map_err(|e| ConfigError::Malformed(path.to_owned(), Box::new(e)))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.controller_identity.is_empty() {
            return Err(ConfigError::Empty("controller_identity"));
        }
        if self.namespaces.is_empty() {
            return Err(ConfigError::Empty("namespaces"));
        }
        if self.lineage.as_deref() == Some("") {
            return Err(ConfigError::Empty("lineage"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        listen = "0.0.0.0:8443"
        state_dir = "state"
        controller_identity = "scaleout-controller.corp.example"
        namespaces = ["etl"]
        [tls]
        certificate = "tls.crt"
        key = "tls.key"
        ca = "ca.crt"
        [media.sql2019]
        setup = 'D:\setup.exe'
        proof = { publisher = "Microsoft Corporation" }
    "#;

    fn load(text: &str) -> Result<AgentConfig, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, text).unwrap();
        AgentConfig::load(&path)
    }

    #[test]
    fn reads_the_documented_form() {
        let config = load(GOOD).unwrap();
        assert!(config.media.contains_key(&MediaKey::new("SQL2019")));
    }

    #[test]
    fn refuses_unknown_and_empty_fields() {
        assert!(matches!(load(&format!("shell = true\n{GOOD}")), Err(ConfigError::Malformed(..))));
        assert!(matches!(load(&GOOD.replace("[\"etl\"]", "[]")), Err(ConfigError::Empty("namespaces"))));
        let nobody = GOOD.replace("scaleout-controller.corp.example", "");
        assert!(matches!(load(&nobody), Err(ConfigError::Empty("controller_identity"))));
    }
}
