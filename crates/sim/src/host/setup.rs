//! SQL Server's setup program. It goes on in the site when the caller goes away.

use super::SimHost;
use async_trait::async_trait;
use scaleout_agent::host::{
    HostError, HostErrorKind, HostResult, MediaFacts, MediaProof, MediaSource, SetupExit, SetupHost,
    SetupProgress, SetupRequest,
};
use scaleout_certificates::{LeafRequest, generate_leaf};
use scaleout_model::names::{MediaKey, NodeName};
use scaleout_model::node::Feature;
use scaleout_sim_site::Site;
use scaleout_sim_site::effect::{InstallRequest, NodeEffect};
use scaleout_sim_site::state::{Bytes, Secret, der_of_pem};
use std::collections::BTreeMap;
use std::path::Path;

/// Life of a certificate that set-up makes, s.
const LIFE_S: i64 = 5 * 365 * 86_400;
const DAY_S: i64 = 86_400;

/// The site's media key of a path of `setup.exe`: the folder that it is in (`D:\media\sql2019\setup.exe`).
pub fn media_key(setup: &Path) -> MediaKey {
    let text = setup.to_string_lossy().replace('\\', "/");
    MediaKey::new(text.rsplit('/').nth(1).unwrap_or_default())
}

/// The agent's table of media of a machine: each by its folder.
pub fn media_sources(site: &Site, node: &NodeName) -> BTreeMap<MediaKey, MediaSource> {
    let keys = site.nodes.get(node).map(|node| node.media.keys().cloned().collect::<Vec<_>>());
    let source = |key: &MediaKey| MediaSource {
        setup: format!(r"D:\media\{key}\setup.exe").into(),
        proof: MediaProof::Publisher("CN=Microsoft Corporation".to_owned()),
        update_folder: None,
    };
    keys.unwrap_or_default().into_iter().map(|key| (key.clone(), source(&key))).collect()
}

#[async_trait]
impl SetupHost for SimHost {
    async fn verify_media(&self, media: &MediaSource) -> HostResult<MediaFacts> {
        let key = media_key(&media.setup);
        self.look(|_, node| match node.media.get(&key) {
            Some(found) => Ok(MediaFacts { version: found.version }),
            None => Err(HostError::with_code(HostErrorKind::NotFound, 2, format!("there is no media {key}"))),
        })
    }

    async fn run_setup(
        &self,
        request: &SetupRequest,
        progress: &(dyn SetupProgress + 'static),
    ) -> HostResult<SetupExit> {
        let made_certificate = match request.thumbprint {
            Some(_) if request.feature == Feature::ScaleOutMaster => None,
            _ => Some(self.make_certificate().await?),
        };
        let install = InstallRequest {
            feature: request.feature,
            media: media_key(&request.media.setup),
            port: request.port,
            thumbprint: request.thumbprint,
            master_host: request.master_host.as_ref().map(ToString::to_string),
            made_certificate,
        };
        progress.report("setup started");
        self.call(NodeEffect::StartInstall(install)).await?;
        let (feature, version) = (request.feature, request.version);
        let exit = self.site.until(|sim| {
            let node = sim.site.nodes.get(&self.node)?;
            if node.installs.iter().any(|install| install.feature == feature) {
                return None;
            }
            let done = node.feature(feature, version).is_some();
            let restart = if node.pending_reboot { 3010 } else { 0 };
            Some(if done { restart } else { -1 })
        });
        let code = exit.await;
        progress.report("setup ended");
        let summary = if code < 0 { "Failed: the run was broken off" } else { "Passed" };
        Ok(SetupExit { code, summary: summary.to_owned() })
    }
}

impl SimHost {
    /// Setup's own certificate: its common names are machine name and address (CERT).
    async fn make_certificate(&self) -> HostResult<(Bytes, Secret)> {
        let failed = |_| HostError::new(HostErrorKind::Other, "setup could not make its certificate");
        let (names, now) = self.look(|site, node| {
            Ok((vec![self.node.to_string(), node.address.clone()], node.clock_ms(site.now_ms) / 1000))
        })?;
        let request = LeafRequest { names, not_before: now - DAY_S, not_after: now + LIFE_S };
        let pair = tokio::task::spawn_blocking(move || generate_leaf(&request))
            .await
            .map_err(|_| HostError::new(HostErrorKind::Other, "setup was broken off"))?
            .map_err(failed)?;
        let der = der_of_pem(&pair.certificate_pem)
            .ok_or_else(|| HostError::new(HostErrorKind::Other, "setup made no certificate"))?;
        Ok((Bytes::new(der), Secret::new(pair.key_pem.as_str())))
    }
}
