//! Decides the certificate of a master or worker: only leaves, valid now, with the name that is needed.

use super::Secrets;
use scaleout_api::Certificate;
use scaleout_model::certificate::PublicCertificate;
use scaleout_model::desired::{DesiredCertificate, SecretSlot};
use scaleout_model::names::DnsName;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::WaitingOn;

/// Where `selfSigned` makes its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateSource<'a> {
    /// By the controller, in this Secret of its own namespace, under this name in [`Secrets`] (master).
    Controller(&'a str),
    /// On the node (worker).
    Node,
}

/// What a certificate is judged by.
pub struct CertificateRules<'a> {
    /// The name that it must hold.
    pub name: &'a DnsName,
    /// Names for one that is made.
    pub generated: Vec<DnsName>,
    /// Whether all agents report ClientAuthTrustMode 2, so that a leaf that is not self-signed may be in Root.
    pub issued_allowed: bool,
    /// Unix seconds.
    pub now: i64,
}

/// The certificate, or why it can't be used.
pub fn decide_certificate(
    spec: &Certificate,
    source: CertificateSource<'_>,
    secrets: &Secrets,
    rules: &CertificateRules<'_>,
) -> DesiredCertificate {
    if let Some(existing) = &spec.existing {
        return match existing.thumbprint.parse() {
            Ok(thumbprint) => DesiredCertificate::Existing(thumbprint),
            Err(_) => unusable(Reason::InvalidSpec, "certificate.existing.thumbprint is no thumbprint"),
        };
    }
    if let Some(reference) = &spec.secret_ref {
        return from_secret(&reference.name, secrets, rules);
    }
    match source {
        CertificateSource::Node => DesiredCertificate::OnNode { names: rules.generated.clone() },
        CertificateSource::Controller(secret) if secrets.0.contains_key(secret) => {
            from_secret(secret, secrets, rules)
        }
        CertificateSource::Controller(_) => DesiredCertificate::ToGenerate { names: rules.generated.clone() },
    }
}

fn from_secret(name: &str, secrets: &Secrets, rules: &CertificateRules<'_>) -> DesiredCertificate {
    let Some(facts) = secrets.0.get(name) else {
        return unusable(Reason::SecretRequired, format!("Secret {name} does not exist"));
    };
    let pair = match &facts.pair {
        Some(Ok(pair)) => pair,
        Some(Err(message)) => {
            return unusable(Reason::CertificateUnreadable, format!("Secret {name}: {message}"));
        }
        None => {
            return unusable(
                Reason::CertificateUnreadable,
                format!("Secret {name} has no tls.crt and tls.key"),
            );
        }
    };
    if let Err(why) = judge(&pair.certificate, name, rules) {
        return DesiredCertificate::Unusable(why);
    }
    match secrets.slot(name, key_of(&facts.keys)) {
        SecretSlot::Present(key) => DesiredCertificate::KeyPair {
            thumbprint: pair.certificate.thumbprint(),
            pem: pair.pem.clone(),
            key,
        },
        SecretSlot::Missing(message) | SecretSlot::Undeclared(message) => {
            unusable(Reason::SecretRequired, message)
        }
    }
}

fn key_of(keys: &std::collections::BTreeSet<String>) -> &'static str {
    if keys.contains("tls.key") { "tls.key" } else { "keystore.p12" }
}

fn judge(
    certificate: &PublicCertificate,
    secret: &str,
    rules: &CertificateRules<'_>,
) -> Result<(), WaitingOn> {
    let refuse = |reason, message: String| Err(WaitingOn { reason, message });
    if certificate.is_authority() {
        return refuse(
            Reason::CertificateIsAuthority,
            format!("the certificate in Secret {secret} may sign others"),
        );
    }
    if !certificate.is_self_signed() && !rules.issued_allowed {
        let message = format!("the certificate in Secret {secret} is not self-signed");
        return refuse(Reason::CertificateNotSelfSigned, message);
    }
    if rules.now < certificate.not_before() || rules.now > certificate.not_after() {
        let message = format!("the certificate in Secret {secret} has expired or is not valid yet");
        return refuse(Reason::CertificateExpired, message);
    }
    if !certificate.covers_name(rules.name.as_str()) {
        let message = format!("the certificate in Secret {secret} does not hold the name {}", rules.name);
        return refuse(Reason::CertificateNameMissing, message);
    }
    Ok(())
}

fn unusable(reason: Reason, message: impl Into<String>) -> DesiredCertificate {
    DesiredCertificate::Unusable(WaitingOn { reason, message: message.into() })
}
