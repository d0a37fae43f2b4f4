//! Each replica's service account may connect to the endpoints of the others: a login FROM WINDOWS, then CONNECT
//! on the endpoint (GRANT endpoint permissions). Not for endpoints with certificate authentication: those are
//! adopted. Idempotent: login and grant are looked for first.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_engine, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::fact::Fact;
use scaleout_model::names::{AccountName, LoginName};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{EndpointFacts, InstanceFacts, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};
use std::collections::BTreeSet;

step!(EndpointAccess for DesiredGroup, area "InstancesReady", after [super::endpoint::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    let endpoint = need(&target, facts.endpoint.as_ref(), "the endpoint")?;
    if endpoint.authentication.to_uppercase().contains("CERTIFICATE") {
        return Ok(Finding::converged(target));
    }
    let mut accounts: BTreeSet<AccountName> = BTreeSet::new();
    for other in desired.replicas.iter().filter(|other| other.name != replica.name) {
        let engine =
            need_engine(observed, other).map_err(|finding| Finding { target: target.clone(), ..finding })?;
        accounts.insert(engine.account.clone());
    }
    for account in accounts {
        let login = LoginName::new(account.as_str());
        let known = need_login(&target, facts, &login)?;
        let Some(sysadmin) = known else {
            let drift = Drift::missing(&format!("login {account}"));
            return Ok(Finding::act(
                target,
                drift,
                on_replica(&replica.name, SqlOp::CreateWindowsLogin { account }),
            ));
        };
        if !sysadmin && !may_connect(&target, facts, endpoint, &login)? {
            let op = SqlOp::GrantEndpointConnect { name: endpoint.name.clone(), account: account.clone() };
            let drift = Drift::missing(&format!("CONNECT on the endpoint for {account}"));
            return Ok(Finding::act(target, drift, on_replica(&replica.name, op)));
        }
    }
    Ok(Finding::converged(target))
}

/// Whether the login is a sysadmin; `None`: it does not exist.
fn need_login(target: &Target, facts: &InstanceFacts, login: &LoginName) -> Result<Option<bool>, Finding> {
    crate::steps::view::need_or_absent(target, facts.login(login))
        .map(|login| login.map(|login| login.sysadmin))
}

fn may_connect(
    target: &Target,
    facts: &InstanceFacts,
    endpoint: &EndpointFacts,
    login: &LoginName,
) -> Result<bool, Finding> {
    let granted: Fact<bool> = facts.permissions.as_ref().map(|all| {
        all.iter().any(|p| {
            p.grantee == *login
                && p.permission.eq_ignore_ascii_case("CONNECT")
                && p.endpoint.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&endpoint.name))
        })
    });
    need(target, granted, "the list of permissions")
}
