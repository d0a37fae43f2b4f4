//! Whose work is half done: one kind's, the others being as they were or converged, or everybody's.

use anyhow::{Context as _, Result};
use scaleout_certificates::{KeyAndCertificate, LeafRequest, generate_leaf};
use scaleout_lab::objects::kind_of;
use scaleout_lab::{Lab, Setting};
use scaleout_sim_site::SimSite;
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::time::Duration;

const LIMIT: Duration = Duration::from_mins(15);
const CERTIFICATE: &str = "master-certificate";
const LIFE_S: i64 = 365 * 86_400;

/// The work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// The group's; nothing else is declared.
    Group,
    /// The master's on a converged group; no worker is declared.
    Master,
    /// One worker's, the others being converged.
    Worker,
    /// Everybody's.
    All,
}

/// Half of all sites are everybody's work.
pub(crate) const SCOPES: [Scope; 6] =
    [Scope::All, Scope::Group, Scope::All, Scope::Master, Scope::All, Scope::Worker];

impl Scope {
    /// Objects and Secrets.
    pub(crate) fn setting(self) -> Result<Setting> {
        let mut setting = Setting::demo()?;
        let spec = json!({"certificate": {"selfSigned": null, "secretRef": {"name": CERTIFICATE}}});
        for object in setting.objects.iter_mut().filter(|object| kind_of(object) == "ScaleOutMaster") {
            scaleout_lab::objects::merge(object, &json!({ "spec": spec }));
        }
        let declared = match self {
            Self::Group => 1,
            Self::Master => 2,
            Self::Worker => 3,
            Self::All => setting.objects.len(),
        };
        setting.objects.truncate(declared);
        setting.more_secrets.push(certificate()?);
        Ok(setting)
    }

    /// The site before this work.
    pub(crate) async fn before(self) -> Result<SimSite> {
        let earlier = match self {
            Self::Group | Self::All => 0,
            Self::Master => 1,
            Self::Worker => 2,
        };
        let mut setting = self.setting()?;
        setting.objects.truncate(earlier);
        let mut lab = Lab::new(&setting)?;
        if earlier > 0 {
            lab.apply_all()?;
            lab.lead();
            lab.until_ready(LIMIT).await?;
            lab.settle(LIMIT).await?;
            lab.stop().await;
        }
        Ok(lab.site.read(SimSite::clone))
    }
}

/// The master's certificate in a Secret, made once.
fn certificate() -> Result<Value> {
    static PAIR: OnceLock<Option<KeyAndCertificate>> = OnceLock::new();
    let pair = PAIR.get_or_init(|| {
        let now = scaleout_sim::site_handle::unix_ms() / 1000;
        let names = vec!["ssis-master.corp.example".to_owned(), "ssis-master".to_owned()];
        generate_leaf(&LeafRequest { names, not_before: now - 86_400, not_after: now + LIFE_S }).ok()
    });
    let pair = pair.as_ref().context("no certificate was made")?;
    let data = [("tls.crt", pair.certificate_pem.as_str()), ("tls.key", pair.key_pem.as_str())];
    Ok(scaleout_lab::secrets::secret(CERTIFICATE, "kubernetes.io/tls", &data))
}
