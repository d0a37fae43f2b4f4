//! The YAML file of a run: a site file of the simulated site, and what the agents serve.

use scaleout_sim_site::site_file::{SiteFile, SiteFileError};
use scaleout_sim_site::state::Secret;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The key of the file that is no part of the site.
const NAMESPACES: &str = "namespaces";
/// What the agents serve if the file does not say.
const DEFAULT_NAMESPACE: &str = "ssis";

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// It can't be read.
    #[error("the site file {0} can't be read")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It describes no site.
    #[error("the site file {0} is not valid")]
    Invalid(PathBuf, #[source] SiteFileError),
}

/// A site and the Kubernetes namespaces that its agents serve.
#[derive(Clone, Debug)]
pub struct Description {
    /// The site.
    pub site: SiteFile,
    /// Namespaces.
    pub namespaces: Vec<String>,
}

impl Description {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, DescriptionError> {
        let text =
            std::fs::read_to_string(path).map_err(|e| DescriptionError::Unreadable(path.to_owned(), e))?;
        Self::parse(&text)
            .map_err(|e| DescriptionError::Invalid(path.to_owned(), SiteFileError::Unreadable(e)))
    }

    /// Reads YAML.
    pub fn parse(text: &str) -> Result<Self, serde_yaml_ng::Error> {
        let mut whole: serde_yaml_ng::Mapping = serde_yaml_ng::from_str(text)?;
        let namespaces = match whole.remove(NAMESPACES) {
            Some(listed) => serde_yaml_ng::from_value(listed)?,
            None => vec![DEFAULT_NAMESPACE.to_owned()],
        };
        // With a namespaces key, the error's place in the text is lost; without, it is kept.
        let site = if text.contains(NAMESPACES) {
            serde_yaml_ng::from_value(serde_yaml_ng::Value::Mapping(whole))?
        } else {
            serde_yaml_ng::from_str(text)?
        };
        Ok(Self { site, namespaces })
    }

    /// `credentials.yaml`: `logins` by name, `accounts` by `DOMAIN\name`. Group managed accounts have no password.
    pub fn credentials(&self) -> Result<String, serde_yaml_ng::Error> {
        #[derive(Serialize)]
        struct Credentials<'a> {
            logins: BTreeMap<String, &'a str>,
            accounts: BTreeMap<String, &'a str>,
        }
        let domain = &self.site.domain.net_bios;
        let password = |secret: &'_ Option<Secret>| secret.as_ref().map(Secret::expose).map(str::to_owned);
        let accounts: Vec<(String, String)> = self
            .site
            .accounts
            .iter()
            .filter_map(|account| Some((format!(r"{domain}\{}", account.name), password(&account.password)?)))
            .collect();
        let logins = self.site.logins.iter().map(|login| (login.name.to_string(), login.password.expose()));
        serde_yaml_ng::to_string(&Credentials {
            logins: logins.collect(),
            accounts: accounts.iter().map(|(name, password)| (name.clone(), password.as_str())).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = include_str!("../../../tests/sites/demo.yaml");

    #[test]
    fn namespaces_are_beside_the_site() {
        assert_eq!(Description::parse(DEMO).unwrap().namespaces, ["ssis"]);
        let two = format!("namespaces: [etl, dwh]\n{DEMO}");
        assert_eq!(Description::parse(&two).unwrap().namespaces, ["etl", "dwh"]);
        let error = Description::parse(&format!("{DEMO}\nbroken: true\n")).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }

    #[test]
    fn credentials_hold_logins_and_accounts() {
        let text = Description::parse(DEMO).unwrap().credentials().unwrap();
        let read: BTreeMap<String, BTreeMap<String, String>> = serde_yaml_ng::from_str(&text).unwrap();
        assert_eq!(read["logins"]["scaleout_operator"], "scaleout_operator of the demo site");
        assert_eq!(read["accounts"][r"CORP\svc-sql"], "svc-sql of the demo site");
    }
}
