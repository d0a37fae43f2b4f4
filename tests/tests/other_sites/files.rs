//! A generated site as the files that a rig starts with. They stay after a failure.

use anyhow::{Context, Result};
use scaleout_certificates::{LeafRequest, generate_leaf};
use scaleout_tests::generate::{CertificateSecret, Variant, generate};
use serde_json::{Value, json};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};
use xtask::rig::{NAMESPACE, Secret, Spec};
use xtask::run_folder::RunFolder;
use xtask::terminal::note;

const DAY_S: i64 = 86_400;

/// Site, objects and certificates.
pub(crate) struct Files {
    /// For `Rig::start`.
    pub(crate) spec: Spec,
    thumbprints: Vec<String>,
    folder: RunFolder,
}

impl Files {
    /// Writes them to a folder of this run.
    pub(crate) fn write(seed: u64, variant: Variant) -> Result<Self> {
        let generated = generate(seed, variant);
        let folder = RunFolder::on_disk("site")?;
        let write = |name: &str, value: &Value| {
            let path = folder.path().join(name);
            fs::write(&path, serde_yaml_ng::to_string(value)?)?;
            anyhow::Ok(path)
        };
        let site = write("site.yaml", &generated.site)?;
        let objects = json!({"apiVersion": "v1", "kind": "List", "items": generated.objects});
        write("objects.yaml", &objects)?;
        write("kustomization.yaml", &json!({"namespace": NAMESPACE, "resources": ["objects.yaml"]}))?;
        let samples = folder.path().to_owned();
        let issued: Vec<_> = generated.certificates.iter().map(issue).collect::<Result<_>>()?;
        let (secrets, thumbprints) = issued.into_iter().unzip();
        Ok(Self { spec: Spec { site, samples, context: None, secrets }, thumbprints, folder })
    }

    /// Whether a certificate with this thumbprint lies in one of the Secrets.
    pub(crate) fn has_certificate(&self, thumbprint: &str) -> bool {
        self.thumbprints.iter().any(|own| own.eq_ignore_ascii_case(thumbprint))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.keep();
            note(&format!("the site's files: {}", self.folder.path().display()));
        }
    }
}

/// The Secret and its certificate's thumbprint.
fn issue(certificate: &CertificateSecret) -> Result<(Secret, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let now = i64::try_from(now.as_secs())?;
    let names = certificate.names.clone();
    let pair = generate_leaf(&LeafRequest { names, not_before: now - DAY_S, not_after: now + 365 * DAY_S })?;
    let thumbprint = pair.public()?.thumbprint().to_string();
    let secret = Secret::new(NAMESPACE, &certificate.secret, "kubernetes.io/tls");
    let secret = secret.with("tls.crt", pair.certificate_pem).with("tls.key", pair.key_pem.to_string());
    Ok((secret, thumbprint))
}
