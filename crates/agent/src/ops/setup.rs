//! Unattended installation of a Scale Out feature.

use super::services::{configure_found, resolve};
use super::{OpContext, OpError, OpResult};
use crate::host::{HostResult, SetupRequest};
use scaleout_model::node::{Feature, NodeOp, ServiceRef, StartType};
use scaleout_model::outcome::{Class, Failure, Outcome};
use scaleout_model::reason::Reason;
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;

/// Exit codes of setup that are successes: done, and done with a restart wanted.
const SUCCESSES: [i64; 2] = [0, 3010];
/// Another installation runs.
const BUSY: i64 = 1618;

/// Idempotent: does nothing when the feature is installed. Afterwards the service is on demand and without
/// recovery actions, so that only the cluster, or a later op, starts it.
pub(super) async fn install(cx: &OpContext<'_>, op: &NodeOp<SecretBytes>) -> OpResult {
    let NodeOp::InstallFeature { feature, version, media, port, thumbprint, master_host } = op else {
        return Err(OpError::failed(Class::Terminal, "not an installation"));
    };
    let service = match feature {
        Feature::ScaleOutMaster => ServiceRef::Master(*version),
        Feature::ScaleOutWorker => ServiceRef::Worker(*version),
        Feature::IntegrationServices => {
            return Err(OpError::failed(
                Class::Terminal,
                "Integration Services is not installed by the agent",
            ));
        }
    };
    if is_installed(cx, *feature, *version).await? {
        return Ok(Outcome::NoChange(None));
    }
    let media = cx.media(media).ok_or_else(|| {
        OpError::failed(Class::Terminal, format!("the agent's configuration names no media {media}"))
    })?;
    let facts = cx.read().verify_media(media).await?;
    if facts.version != *version {
        let message = format!("the media is of SQL Server {}, not {version}", facts.version);
        return Err(OpError::failed(Class::Terminal, message));
    }
    if cx.read().pending_reboot().await? {
        return Err(OpError::not_yet(
            Reason::PendingReboot,
            "setup needs the pending restart of Windows first",
        ));
    }
    let request = SetupRequest {
        media: media.clone(),
        feature: *feature,
        version: *version,
        port: *port,
        thumbprint: *thumbprint,
        master_host: master_host.clone(),
    };
    cx.progress("setup runs");
    run(cx, &request).await?;
    if !is_installed(cx, *feature, *version).await? {
        return Err(OpError::not_read_back("the feature"));
    }
    let found = resolve(cx, &service).await?;
    configure_found(cx, &found, StartType::Manual, true).await?;
    Ok(Outcome::Done(None))
}

async fn run(cx: &OpContext<'_>, request: &SetupRequest) -> Result<(), OpError> {
    let exit = cx.write()?.run_setup(request, cx.running()).await?;
    if SUCCESSES.contains(&exit.code) {
        return Ok(());
    }
    let class = if exit.code == BUSY { Class::Transient } else { Class::Human };
    let message = format!("setup failed: {}", exit.summary);
    Err(OpError::Ended(Outcome::Failed(Failure::new(class, Some(exit.code), message))))
}

async fn is_installed(cx: &OpContext<'_>, feature: Feature, version: SqlVersion) -> HostResult<bool> {
    let installed = cx.read().features().await?;
    Ok(installed.iter().any(|found| found.feature == feature && found.version == version))
}
