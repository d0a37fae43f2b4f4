//! Refused credentials: how often they are tried, by all objects together.

use crate::case::{Told, converged, is_told, secret, shown};
use anyhow::{Result, ensure};
use scaleout_lab::Lab;
use scaleout_lab::lab::run;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

/// Shorter, and longer, than a refusal holds.
const HELD: Duration = Duration::from_mins(14);
const LAPSED: Duration = Duration::from_mins(3);

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tries {
    /// Logins with this name, by instance.
    Login(&'static str),
    /// Statements with this in their text, by instance.
    Statement(&'static str),
    /// Ops of agents with this name, by the object that asks for them.
    Op(&'static str),
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    secret: &'static str,
    /// Fields that are set and mended before.
    first: &'static [(&'static str, &'static str)],
    /// Fields that are set as well, so that somebody needs the credential.
    drift: &'static [(&'static str, &'static str)],
    tries: Tries,
    /// Machines that one object tries it on: an account may be refused by each.
    machines: usize,
    told: &'static [Told],
}

/// All cases.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "the observer's password is refused (18456)",
        secret: "sql-observer",
        first: &[],
        drift: &[],
        tries: Tries::Login("scaleout_observer"),
        machines: 1,
        told: &[
            ("group", "Ready", "False", "CredentialRefused"),
            ("master", "Ready", "False", "CredentialRefused"),
        ],
    },
    Case {
        name: "the operator's password is refused (18456)",
        secret: "sql-operator",
        first: &[],
        drift: &[
            ("/nodes/SQL02/instances/MSSQLSERVER/jobs/SSIS Failover Monitor Job/enabled", "false"),
            ("/nodes/SQL01/instances/MSSQLSERVER/jobs/SSIS Failover Monitor Job/enabled", "false"),
        ],
        tries: Tries::Login("scaleout_operator"),
        machines: 1,
        told: &[("group", "Ready", "False", "CredentialRefused")],
    },
    Case {
        name: "the operator's password is refused (18456) to a leader that wrote before",
        secret: "sql-operator",
        first: &[("/nodes/SQL02/instances/MSSQLSERVER/jobs/SSIS Failover Monitor Job/enabled", "false")],
        drift: &[("/nodes/SQL02/instances/MSSQLSERVER/jobs/SSIS Failover Monitor Job/enabled", "false")],
        tries: Tries::Login("scaleout_operator"),
        machines: 1,
        told: &[("group", "Ready", "False", "CredentialRefused")],
    },
    Case {
        name: "the password of the workers' account is refused (1326)",
        secret: "svc-ssis-worker",
        first: &[],
        drift: &[],
        tries: Tries::Op("SetServiceAccount"),
        machines: 1,
        told: &[("etl01", "Ready", "False", "LogonRefused"), ("etl02", "Ready", "False", "LogonRefused")],
    },
    Case {
        name: "the password of the master's account is refused (1326)",
        secret: "svc-ssis-master",
        first: &[],
        drift: &[],
        tries: Tries::Op("SetServiceAccount"),
        machines: 2,
        told: &[("master", "Ready", "False", "LogonRefused")],
    },
    Case {
        name: "the password does not open the master key (15466)",
        secret: "ssisdb-dmk",
        first: &[],
        drift: &[],
        tries: Tries::Statement("OPEN MASTER KEY"),
        machines: 1,
        told: &[("group", "Ready", "False", "CatalogPasswordUnknown")],
    },
];

/// Plays a case: refused once, held, tried once more after a while, and right again at once when the Secret is.
pub(crate) fn play(case: &Case) -> Result<()> {
    run(scenario(case))
}

async fn scenario(case: &Case) -> Result<()> {
    let mut lab = converged()?;
    lab.lead();
    sleep(Duration::from_secs(4)).await;
    for (path, wrong) in case.first {
        lab.set(path, serde_json::from_str(wrong)?)?;
    }
    sleep(Duration::from_secs(30)).await;
    let since = lab.effects().len();
    let before = counts(&lab, case.tries)?;
    lab.put_secret(secret(case.secret, Some("not the password"))?)?;
    for (path, value) in case.drift {
        lab.set(path, serde_json::from_str(value)?)?;
    }
    sleep(HELD).await;
    let tried = more(&counts(&lab, case.tries)?, &before);
    let once = !tried.is_empty() && tried.values().all(|count| *count == case.machines);
    ensure!(once, "tried {tried:?}\n{}", shown(&lab, since));
    let untold: Vec<_> = case.told.iter().filter(|one| !is_told(&lab, one)).collect();
    ensure!(untold.is_empty(), "not told: {untold:?}\n{}", shown(&lab, since));
    sleep(LAPSED).await;
    let tried = more(&counts(&lab, case.tries)?, &before);
    ensure!(
        tried.values().all(|count| *count == 2 * case.machines),
        "tried after a while: {tried:?}\n{}",
        shown(&lab, since)
    );
    ensure!(lab.own_effects(since).is_empty(), "{:?}", lab.own_effects(since));
    lab.put_secret(secret(case.secret, None)?)?;
    lab.until_ready(Duration::from_mins(1)).await.map(drop)
}

fn more(now: &BTreeMap<String, usize>, before: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let more = |(key, count): (&String, &usize)| (key.clone(), count - before.get(key).unwrap_or(&0));
    now.iter().map(more).filter(|(_, count)| *count > 0).collect()
}

/// How often it was tried so far, by place.
fn counts(lab: &Lab, tries: Tries) -> Result<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    match tries {
        Tries::Login(login) => {
            for one in lab.logins().into_iter().filter(|one| one.refused && one.login == login) {
                *counts.entry(one.replica.to_string()).or_default() += 1;
            }
        }
        Tries::Statement(part) => {
            for one in lab.statements().into_iter().filter(|one| one.text.contains(part)) {
                *counts.entry(one.replica.to_string()).or_default() += 1;
            }
        }
        Tries::Op(name) => {
            for line in lab.audits()?.lines() {
                let line: serde_json::Value = serde_json::from_str(line)?;
                if line["event"] == "opEnded" && line["op"] == name {
                    *counts.entry(line["fence"]["owner"]["name"].to_string()).or_default() += 1;
                }
            }
        }
    }
    Ok(counts)
}
