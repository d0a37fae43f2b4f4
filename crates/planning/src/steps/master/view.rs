//! Views that several steps of the master read.

use crate::steps::view::{need, need_node};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::{DesiredCertificate, DesiredMaster, GroupView};
use scaleout_model::fact::Fact;
use scaleout_model::names::{DnsName, NodeName};
use scaleout_model::node::{Feature, NodeFacts, ServiceFacts, SettingsFacts, Store, StoredCertificate};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};
use scaleout_model::version::SqlVersion;

/// The listener, once the group's object reports it.
pub fn need_listener<'a>(target: &Target, group: &'a GroupView) -> Result<&'a (DnsName, u16), Finding> {
    group.listener.as_ref().filter(|_| group.settled).ok_or_else(|| {
        let message = "the SsisdbAvailabilityGroup does not report its listener yet";
        Finding::waiting(target.clone(), Reason::ReferenceNotReady, message)
    })
}

/// `listener,port`: a comma, no `tcp:` (guide step 5).
pub fn log_server(listener: &(DnsName, u16)) -> String {
    format!("{},{}", listener.0, listener.1)
}

/// The decided certificate's thumbprint.
pub fn need_thumbprint<'a>(
    target: &Target,
    certificate: &'a DesiredCertificate,
) -> Result<&'a Thumbprint, Finding> {
    match certificate {
        DesiredCertificate::Unusable(why) => {
            Err(Finding::blocked(target.clone(), why.reason, why.message.clone()))
        }
        other => other.thumbprint().ok_or_else(|| {
            Finding::waiting(target.clone(), Reason::StepPending, "the certificate is not made yet")
        }),
    }
}

/// The decided certificate's thumbprint, once it may be served: every worker that counts trusts it.
pub fn need_served_thumbprint<'a>(
    target: &Target,
    desired: &'a DesiredMaster,
) -> Result<&'a Thumbprint, Finding> {
    let thumbprint = need_thumbprint(target, &desired.certificate)?;
    if desired.rollout.is_held() {
        let message =
            format!("workers that do not trust {thumbprint} yet: {}", desired.rollout.untrusting.join(", "));
        return Err(Finding::waiting(target.clone(), Reason::MasterCertificateUntrusted, message));
    }
    Ok(thumbprint)
}

/// The version of the master: spec's, else that of the group's instances.
pub fn need_version(
    desired: &DesiredMaster,
    observed: &Observed,
    target: &Target,
) -> Result<SqlVersion, Finding> {
    let majors =
        desired.group.replicas.iter().filter_map(|(name, _)| Some(observed.instance(name).known()?.major));
    let mut majors = majors.into_iter();
    if let Some(version) = desired.version {
        return match majors.find(|major| *major != version.major()) {
            None => Ok(version),
            Some(major) => {
                let message =
                    format!("spec says {version}, an instance of the group has major version {major}");
                Err(Finding::blocked(target.clone(), Reason::VersionDiffers, message))
            }
        };
    }
    let major = majors.next().ok_or_else(|| {
        Finding::waiting(target.clone(), Reason::InstanceUnreachable, "no instance told its version yet")
    })?;
    SqlVersion::try_from(major).map_err(|unsupported| {
        Finding::blocked(target.clone(), Reason::UnsupportedVersion, unsupported.to_string())
    })
}

/// Whether a feature of a version is installed on a node.
pub fn is_installed(facts: &NodeFacts, feature: Feature, version: SqlVersion) -> Option<bool> {
    facts.features.known().map(|all| all.iter().any(|f| f.feature == feature && f.version == version))
}

/// The Scale Out service of a node.
pub fn need_service<'a>(
    observed: &'a Observed,
    node: &NodeName,
    feature: Feature,
    version: SqlVersion,
) -> Result<&'a ServiceFacts, Finding> {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let services = need(&target, facts.services.as_ref(), "the list of services")?;
    services.iter().find(|service| service.feature == feature && service.version == version).ok_or_else(
        || {
            Finding::waiting(
                target,
                Reason::StepPending,
                format!("{feature:?} is not installed on {node} yet"),
            )
        },
    )
}

/// Whether a process that started at `started` must be started again to see what changed at `changed`, both by the
/// node's clock, which tells `now`. A change that is dated later than now (the clock was set back) says nothing yet: no
/// restart would come after it.
pub fn must_restart(started: Option<i64>, changed: i64, now: i64) -> bool {
    started.is_some_and(|started| started < changed) && changed <= now
}

/// The settings file of a feature on a node.
pub fn need_settings<'a>(
    observed: &'a Observed,
    node: &NodeName,
    feature: Feature,
    version: SqlVersion,
) -> Result<&'a SettingsFacts, Finding> {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let files = need(&target, facts.settings.as_ref(), "the settings files")?;
    let file = files.iter().find(|file| file.feature == feature && file.version == version);
    let file = file.ok_or_else(|| {
        Finding::waiting(
            target.clone(),
            Reason::StepPending,
            format!("{feature:?} is not installed on {node} yet"),
        )
    })?;
    if file.format.is_none() {
        let message = format!("the settings file of {feature:?} on {node} is neither JSON nor XML");
        return Err(Finding::blocked(target, Reason::SettingsFileUnreadable, message));
    }
    Ok(file)
}

/// A certificate in a store of a node.
pub fn find_certificate<'a>(
    facts: &'a NodeFacts,
    store: Store,
    thumbprint: &Thumbprint,
) -> Fact<&'a StoredCertificate> {
    facts.certificates.as_ref().and_then(|all| {
        all.iter()
            .find(|certificate| certificate.store == store && certificate.thumbprint == *thumbprint)
            .into()
    })
}

/// One finding for each node of the master.
pub fn for_nodes(
    desired: &DesiredMaster,
    judge: impl Fn(&NodeName) -> crate::steps::view::Judged,
) -> Vec<Finding> {
    desired.nodes.iter().map(|node| crate::steps::view::settle(judge(node))).collect()
}
