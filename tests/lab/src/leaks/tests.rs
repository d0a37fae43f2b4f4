//! The canary sings: a secret that is planted in a place, in a form, is found there; and nothing is found where none is.

use super::{Place, forms_of, grep};
use crate::api::{Collection, Key};
use crate::lab::run;
use crate::objects::{GROUP, NAMESPACE, OWN_NAMESPACE, PLURALS};
use crate::{Lab, Setting};
use anyhow::Result;
use clap::CommandFactory as _;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use scaleout_controller::metrics::OpLabels;
use scaleout_execution::ports::SqlCredential;
use scaleout_model::names::{AccountName, LoginName};
use scaleout_model::node::{NodeOp, ServiceRef};
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use scaleout_sim_site::{EffectRecord, Origin};
use serde_json::json;
use std::sync::Arc;

const PLACES: [Place; 8] = [
    Place::Object,
    Place::Secret,
    Place::Request,
    Place::Agent,
    Place::Effect,
    Place::Dump,
    Place::Metrics,
    Place::Log,
];

async fn plant(lab: &Lab, place: Place, text: &str) -> Result<()> {
    match place {
        Place::Object => {
            let collection = Collection::new(GROUP, NAMESPACE, PLURALS[2]);
            let key = Key { collection, name: "etl01".to_owned() };
            lab.api.merge(&key, &json!({"status": {"message": text}}), true).unwrap();
        }
        Place::Secret => {
            let note = json!({"kind": "Secret", "metadata": {"name": "ours", "annotations": {"note": text}}});
            lab.api.put(&Collection::new("", OWN_NAMESPACE, "secrets"), note).unwrap();
        }
        Place::Request => {
            let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Secret"));
            let secrets: Api<DynamicObject> = Api::namespaced_with(lab.api.client(), NAMESPACE, &kind);
            assert!(secrets.get(text).await.is_err());
        }
        Place::Agent => {
            let folder = lab.folder.join("SQL01").join("0");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("audit.jsonl"), text)?;
        }
        Place::Effect => lab.site.update(|sim| {
            let (kind, target, detail) = ("Set".to_owned(), "SQL01".to_owned(), text.to_owned());
            let origin = Origin::Control;
            sim.effects.push(Arc::new(EffectRecord { number: 1, at_ms: 0, origin, kind, target, detail }));
        }),
        Place::Dump => lab.set("/nodes/SQL01/directories/-", json!(text))?,
        Place::Metrics => {
            let labels = OpLabels { op: Box::leak(text.to_owned().into_boxed_str()), outcome: "done" };
            lab.metrics.ops.get_or_create(&labels).inc();
        }
        Place::Log => tracing::debug!(target: "elsewhere", "{text}"),
    }
    Ok(())
}

/// What the canary says of a text in a place.
fn sung(place: Place, text: &str) -> Option<String> {
    let grepped = run(async {
        let lab = Lab::new(&Setting::marked()?)?;
        lab.apply_all()?;
        plant(&lab, place, text).await?;
        grep(&lab)
    });
    grepped.err().map(|error| format!("{error:#}"))
}

#[test]
fn a_secret_is_found_in_every_place() {
    let secret = Setting::marked().unwrap().known.log_login;
    let coded =
        forms_of(secret.as_bytes()).into_iter().find(|(form, _)| *form == "base64 of UTF-16").unwrap().1;
    let coded = String::from_utf8(coded).unwrap();
    for place in PLACES {
        assert_eq!(sung(place, "nothing"), None, "{place:?}");
        let said = sung(place, &format!("xx{coded}")).unwrap_or_default();
        assert!(
            said.contains(&format!("{place:?}: ")) && said.contains("base64 of UTF-16"),
            "{place:?}: {said}"
        );
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let known = Setting::marked().unwrap().known;
    let forms = forms_of(known.master_key.as_bytes());
    assert!(forms.len() > 30, "{forms:?}");
    for (name, form) in forms {
        let Ok(text) = String::from_utf8(form) else { continue };
        let said = sung(Place::Log, &text).unwrap_or_else(|| panic!("not found as {name}"));
        assert!(said.contains(" as "), "{said}");
    }
}

#[test]
fn keys_are_found_by_their_lines_and_other_threads_are_heard() {
    let line = "c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n");
    let said = run(async {
        let lab = Lab::new(&Setting::demo()?)?;
        let key =
            crate::secrets::secret("tls", "kubernetes.io/tls", &[("tls.key", &pem), ("tls.crt", "public")]);
        lab.put_secret(key)?;
        grep(&lab)?;
        tokio::task::spawn_blocking(move || tracing::trace!(target: "scaleout_x", "{line}")).await?;
        grep(&lab)
    });
    let said = said.err().unwrap().to_string();
    assert!(said.contains("Log: tls.key of Secret tls as a line of PEM"), "{said}");
}

#[test]
fn core_types_hide_secrets_in_debug() {
    let secret = Setting::marked().unwrap().known.log_login;
    let bytes = || SecretBytes::new(secret.clone());
    let login = SqlCredential { login: LoginName::new("operator"), password: bytes() };
    let op = NodeOp::SetServiceAccount {
        service: ServiceRef::Worker(SqlVersion::V2019),
        account: AccountName::new(r"CORP\svc"),
        password: Some(bytes()),
    };
    let shown = format!("{:?}{login:?}{op:?}", bytes());
    for (form, needle) in forms_of(secret.as_bytes()) {
        let found = shown.as_bytes().windows(needle.len()).any(|window| window == needle);
        assert!(!found, "{form} in {shown}");
    }
}

/// Arguments are seen by everybody on the machine.
#[test]
fn no_secret_is_an_argument() {
    fn arguments(command: &clap::Command, into: &mut Vec<String>) {
        into.extend(command.get_arguments().map(|argument| argument.get_id().to_string()));
        command.get_subcommands().for_each(|inner| arguments(inner, into));
    }
    let mut all = Vec::new();
    arguments(&scaleout_controller::config::Cli::command(), &mut all);
    arguments(&scaleout_agent::arguments::Arguments::command(), &mut all);
    let known = [
        "namespaces",
        "own_namespace",
        "identity",
        "hosts",
        "admin_address",
        "lease_seconds",
        "concurrency",
        "log_format",
        "log",
        "config",
        "config",
        "help",
        "version",
    ];
    all.retain(|name| !known.contains(&name.as_str()));
    assert_eq!(all, Vec::<String>::new(), "is this a secret? If not, name it here");
}
