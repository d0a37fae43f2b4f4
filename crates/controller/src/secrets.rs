//! Secrets: read when a pass needs them, kept in memory until a watch says that they changed; the controller's own ones for
//! certificates that it made.

use crate::lease::ErrorChain;
use async_trait::async_trait;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, ObjectMeta, PostParams};
use kube::{Client, ResourceExt as _};
use scaleout_api::annotations;
use scaleout_certificates::{KeyAndCertificate, LeafRequest, generate_leaf};
use scaleout_execution::ports::SecretPort;
use scaleout_model::fact::{Cause, CauseKind};
use scaleout_model::fence::{Fence, Owner};
use scaleout_model::names::DnsName;
use scaleout_model::outcome::{Class, Failure, Outcome};
use scaleout_model::secret::{SecretBytes, SecretHandle};
use scaleout_planning::validate::{PublicPair, SecretFacts, Secrets};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

/// Life of a certificate that we make: ten years; rotation is by a new Secret.
const LIFE_SECONDS: i64 = 10 * 365 * 24 * 3600;

/// Secrets of the served namespaces and of our own.
///
/// Those of served namespaces are kept until their watch says that they changed; a write reads its secret anew and compares
/// the version, so that a late watch can't make an old password be written.
#[derive(Clone)]
pub struct SecretStore {
    client: Client,
    own_namespace: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    /// Raised by every change that a watch brings: a GET that began before it is not kept.
    changes: u64,
    secrets: HashMap<(String, String), Option<Secret>>,
}

impl SecretStore {
    /// Over this client; generated Secrets live in `own_namespace`.
    pub fn new(client: Client, own_namespace: String) -> Self {
        Self { client, own_namespace, kept: Arc::default() }
    }

    /// A Secret, read from the API server.
    pub async fn get_fresh(&self, namespace: &str, name: &str) -> Result<Option<Secret>, kube::Error> {
        Api::<Secret>::namespaced(self.client.clone(), namespace).get_opt(name).await
    }

    /// A Secret of a served namespace, as it is kept.
    pub async fn get(&self, namespace: &str, name: &str) -> Result<Option<Secret>, kube::Error> {
        let key = (namespace.to_owned(), name.to_owned());
        let (known, began) = match self.kept.lock() {
            Ok(kept) => (kept.secrets.get(&key).cloned(), kept.changes),
            Err(_) => (None, 0),
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let secret = self.get_fresh(namespace, name).await?;
        if let Ok(mut kept) = self.kept.lock()
            && kept.changes == began
        {
            kept.secrets.insert(key, secret.clone());
        }
        Ok(secret)
    }

    /// A watch says that a Secret changed, came or went.
    pub fn changed(&self, namespace: &str, name: &str) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.changes += 1;
            kept.secrets.remove(&(namespace.to_owned(), name.to_owned()));
        }
    }

    /// The public facts of the named Secrets.
    pub async fn facts(&self, namespace: &str, names: &[String]) -> Result<Secrets, kube::Error> {
        let mut found = BTreeMap::new();
        for name in names {
            if let Some(secret) = self.get(namespace, name).await? {
                found.insert(name.clone(), facts_of(&secret));
            }
        }
        Ok(Secrets(found))
    }

    /// The public facts of the Secret that we made for an owner, under its name in our own namespace.
    pub async fn generated(&self, owner: &Owner) -> Result<Option<(String, SecretFacts)>, kube::Error> {
        let name = generated_name(owner);
        let secret = self.get_fresh(&self.own_namespace, &name).await?;
        Ok(secret.map(|secret| (name, facts_of(&secret))))
    }

    /// Deletes the Secret that we made for an owner, if there is one.
    pub async fn delete_generated(&self, owner: &Owner) -> Result<(), kube::Error> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.own_namespace);
        match api.delete(&generated_name(owner), &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            result => result.map(drop),
        }
    }

    fn namespace_of<'a>(&'a self, namespace: &'a str, handle: &SecretHandle) -> &'a str {
        if handle.name.starts_with(GENERATED_PREFIX) { &self.own_namespace } else { namespace }
    }
}

const GENERATED_PREFIX: &str = "scaleout-certificate-";

/// Name of the Secret that holds the certificate made for an owner: by kind, namespace and name, like claims, so that an
/// object that is created again after a deletion with `Retain` finds what its nodes have. No namespace has a dot in it.
pub fn generated_name(owner: &Owner) -> String {
    let kind = owner.kind.as_str().to_ascii_lowercase();
    format!("{GENERATED_PREFIX}{kind}.{}.{}", owner.namespace, owner.name)
}

/// What may be known of a Secret.
fn facts_of(secret: &Secret) -> SecretFacts {
    let data = secret.data.clone().unwrap_or_default();
    let text = |key: &str| data.get(key).and_then(|bytes| String::from_utf8(bytes.0.clone()).ok());
    SecretFacts {
        uid: secret.uid().unwrap_or_default(),
        resource_version: secret.resource_version().unwrap_or_default(),
        username: text("username"),
        pair: pair_of(&data).map(|pair| {
            let pair = pair.map_err(|error| ErrorChain(&error).to_string())?;
            let certificate = pair.public().map_err(|error| ErrorChain(&error).to_string())?;
            Ok(PublicPair { certificate, pem: pair.certificate_pem })
        }),
        keys: data.into_keys().collect(),
    }
}

/// Certificate and key, from `tls.crt` and `tls.key`, else from `keystore.p12`.
fn pair_of(
    data: &BTreeMap<String, ByteString>,
) -> Option<Result<KeyAndCertificate, scaleout_certificates::PairError>> {
    let text = |key: &str| data.get(key).map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned());
    if let (Some(certificate), Some(key)) = (text("tls.crt"), text("tls.key")) {
        return Some(KeyAndCertificate::from_pem(&certificate, &key));
    }
    let store = data.get("keystore.p12")?;
    Some(KeyAndCertificate::from_pkcs12(&store.0, &text("password").unwrap_or_default()))
}

fn unreachable(error: &kube::Error) -> Cause {
    Cause::new(CauseKind::Unreachable, format!("the API server did not answer: {}", ErrorChain(error)))
}

#[async_trait]
impl SecretPort for SecretStore {
    async fn read(&self, namespace: &str, handle: &SecretHandle) -> Result<SecretBytes, Cause> {
        let secret = self.get_fresh(self.namespace_of(namespace, handle), &handle.name).await;
        let secret = secret.map_err(|error| unreachable(&error))?;
        let gone = || Cause::new(CauseKind::NotReady, format!("Secret {} has changed", handle.name));
        let secret = secret.filter(|secret| {
            secret.uid().as_ref() == Some(&handle.uid)
                && secret.resource_version().as_ref() == Some(&handle.resource_version)
        });
        let data = secret.and_then(|secret| secret.data).ok_or_else(gone)?;
        if handle.key == "keystore.p12" {
            let pair = pair_of(&data).and_then(Result::ok).ok_or_else(gone)?;
            return Ok(SecretBytes::new(pair.key_pem.as_bytes()));
        }
        data.get(&handle.key).map(|bytes| SecretBytes::new(bytes.0.as_slice())).ok_or_else(gone)
    }

    async fn generate_certificate(&self, fence: &Fence, names: &[DnsName]) -> Outcome {
        let now = crate::clock::now_unix_ms() / 1000;
        let request = LeafRequest {
            names: names.iter().map(ToString::to_string).collect(),
            not_before: now - 3600,
            not_after: now + LIFE_SECONDS,
        };
        let pair = match tokio::task::spawn_blocking(move || generate_leaf(&request)).await {
            Ok(Ok(pair)) => pair,
            Ok(Err(error)) => {
                return Outcome::Failed(Failure::new(Class::Terminal, None, ErrorChain(&error).to_string()));
            }
            Err(_) => return Outcome::Failed(Failure::new(Class::Transient, None, "interrupted")),
        };
        let secret = generated_secret(&fence.owner, &pair);
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.own_namespace);
        match api.create(&PostParams::default(), &secret).await {
            Ok(_) => Outcome::Done(None),
            Err(kube::Error::Api(status)) if status.code == 409 => Outcome::NoChange(None),
            Err(error) => {
                Outcome::Failed(Failure::new(Class::Transient, None, ErrorChain(&error).to_string()))
            }
        }
    }
}

fn generated_secret(owner: &Owner, pair: &KeyAndCertificate) -> Secret {
    let labels = [
        (annotations::OWNER_KIND, owner.kind.as_str()),
        (annotations::OWNER_NAMESPACE, owner.namespace.as_str()),
        (annotations::OWNER_NAME, owner.name.as_str()),
        (annotations::OWNER_UID, owner.uid.as_str()),
    ];
    let data = [("tls.crt", pair.certificate_pem.as_str()), ("tls.key", pair.key_pem.as_str())];
    Secret {
        metadata: ObjectMeta {
            name: Some(generated_name(owner)),
            labels: Some(labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        type_: Some("kubernetes.io/tls".to_owned()),
        data: Some(data.map(|(key, value)| (key.to_owned(), ByteString(value.as_bytes().to_vec()))).into()),
        ..Secret::default()
    }
}
