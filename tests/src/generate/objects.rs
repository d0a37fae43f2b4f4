//! The objects that ask for a site, and the certificates that their Secrets hold.

use super::draft::{Account, Draft, SqlMachine, Worker};
use super::{CertificateSecret, Variant};
use serde_json::{Value, json};

pub(super) fn build(draft: &Draft) -> Vec<Value> {
    let objects = [
        object("SsisdbAvailabilityGroup", &draft.group_object, group(draft)),
        object("ScaleOutMaster", &draft.master_object, master(draft)),
    ];
    let workers = draft.workers.iter();
    let workers = workers.map(|own| object("ScaleOutWorker", &own.object, worker(draft, own)));
    objects.into_iter().chain(workers).collect()
}

/// Certificates for the Secrets: none where they are generated.
pub(super) fn build_certificates(draft: &Draft) -> Vec<CertificateSecret> {
    if draft.variant == Variant::Default2022 {
        return Vec::new();
    }
    let pair = |object: &str, name: &str| CertificateSecret {
        secret: certificate_secret(draft, object),
        names: vec![draft.fqdn(name), name.to_lowercase()],
    };
    let workers = draft.workers.iter().map(|worker| pair(&worker.object, &worker.node));
    [pair(&draft.master_object, &draft.access_point)].into_iter().chain(workers).collect()
}

fn object(kind: &str, name: &str, mut spec: Value) -> Value {
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("mode".to_owned(), json!("Enforce"));
        spec.insert("disruption".to_owned(), json!("Allow"));
        // What is not asked for has no value in the API.
        spec.retain(|_, value| !value.is_null());
    }
    json!({
        "apiVersion": "scaleout.ssis.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    })
}

fn group(draft: &Draft) -> Value {
    let named = draft.variant == Variant::Named2017;
    json!({
        "failoverCluster": {"name": written(draft, &draft.cluster)},
        "availabilityGroup": group_options(draft),
        "catalog": {
            "create": "IfAbsent",
            "masterKeySecretRef": secret(draft, "master-key"),
            "initialBackup": {"directory": draft.backup_directory},
        },
        "endpoint": if named {
            json!({"port": draft.ports.endpoint, "name": draft.endpoint})
        } else {
            json!({"port": draft.ports.endpoint})
        },
        "replicas": draft.sql.iter().map(|sql| replica(draft, sql)).collect::<Vec<_>>(),
        "listener": {
            "dnsName": draft.listener,
            "port": draft.ports.listener,
            "staticAddresses": [{"ip": draft.network.floating(1), "subnetMask": draft.network.mask}],
        },
        "sqlAuthentication": {
            "operatorSecretRef": secret(draft, "operator"),
            "observerSecretRef": secret(draft, "observer"),
        },
        "sqlTls": {"caSecretRef": secret(draft, "sql-ca")},
        "firewall": firewall(draft),
        "quiet": named.then(|| json!({"timeoutSeconds": 60})),
    })
}

fn group_options(draft: &Draft) -> Value {
    match draft.variant {
        Variant::Named2017 => json!({
            "name": draft.group,
            "failureConditionLevel": 4,
            "healthCheckTimeoutMilliseconds": 45_000,
            "automatedBackupPreference": "Primary",
            "databaseHealthTrigger": "Enabled",
            "requiredSynchronizedSecondariesToCommit": 1,
        }),
        Variant::Default2022 => json!({"name": draft.group, "dtcSupport": "PerDatabase"}),
    }
}

fn replica(draft: &Draft, sql: &SqlMachine) -> Value {
    let name = &sql.machine.name;
    let (commit, failover) = match (draft.variant, sql.asynchronous) {
        (Variant::Named2017, true) => ("AsynchronousCommit", "Manual"),
        (Variant::Named2017, false) => ("SynchronousCommit", "Manual"),
        (Variant::Default2022, _) => ("SynchronousCommit", "Automatic"),
    };
    json!({
        "name": sql.replica,
        "instance": written(draft, &sql.server_name()),
        "hosts": [node(draft, name, "node")],
        "sql": {"host": draft.fqdn(name), "port": sql.port},
        "availabilityMode": commit,
        "failoverMode": failover,
        "sessionTimeoutSeconds": 15,
        "readableSecondary": if sql.asynchronous { "All" } else { "No" },
    })
}

fn master(draft: &Draft) -> Value {
    let named = draft.variant == Variant::Named2017;
    // The master's order is not the group's.
    let nodes = draft.sql.iter().rev().map(|sql| node(draft, &sql.machine.name, "name"));
    json!({
        "availabilityGroupRef": {"name": draft.group_object},
        "failoverCluster": {"name": written(draft, &draft.cluster)},
        "sqlServerVersion": named.then_some("2017"),
        "nodes": nodes.collect::<Vec<_>>(),
        "clusteredRole": {
            "name": draft.role,
            "clientAccessPoint": {
                "name": draft.access_point,
                "dnsSuffix": draft.dns_suffix,
                "addresses": [{"ip": draft.network.floating(2)}],
            },
        },
        "endpoint": {"port": draft.ports.master},
        "serviceAccount": service_account(draft, &draft.master_account, "master-account"),
        "certificate": certificate(draft, &draft.master_object),
        "installation": {"policy": "IfAbsent", "media": draft.media},
        "executionLogging": {"loginSecretRef": secret(draft, "log-login")},
        "firewall": firewall(draft),
        "quiet": named.then(|| json!({"timeoutSeconds": 60})),
        "settings": (!named).then(|| json!({"masterHeartbeatIntervalMilliseconds": draft.heartbeat_ms})),
    })
}

fn worker(draft: &Draft, worker: &Worker) -> Value {
    let named = draft.variant == Variant::Named2017;
    json!({
        "masterRef": {"name": draft.master_object},
        "node": node(draft, &worker.node, "name"),
        "desiredState": if worker.enabled { "Enabled" } else { "Disabled" },
        "serviceAccount": service_account(draft, &draft.worker_account, "worker-account"),
        "certificate": certificate(draft, &worker.object),
        "installation": {"policy": "IfAbsent", "media": draft.media},
        "settings": (!named).then(|| json!({
            "agentHeartbeatIntervalSeconds": draft.heartbeat_ms / 1000,
            "maxTaskCount": 7,
        })),
    })
}

/// Variant 2022 writes names in another case than the site: names compare without case.
fn written(draft: &Draft, name: &str) -> String {
    match draft.variant {
        Variant::Named2017 => name.to_owned(),
        Variant::Default2022 => name.to_lowercase(),
    }
}

fn node(draft: &Draft, name: &str, key: &str) -> Value {
    let endpoint = format!("https://{}:{}", draft.fqdn(name), draft.ports.agent);
    json!({key: written(draft, name), "agent": {"endpoint": endpoint}})
}

fn secret(draft: &Draft, what: &str) -> Value {
    json!({"name": format!("{}-{what}", draft.secrets)})
}

fn certificate_secret(draft: &Draft, object: &str) -> String {
    format!("{}-{object}-tls", draft.secrets)
}

fn certificate(draft: &Draft, object: &str) -> Value {
    match draft.variant {
        Variant::Named2017 => json!({"secretRef": {"name": certificate_secret(draft, object)}}),
        Variant::Default2022 => json!({"selfSigned": {}}),
    }
}

fn service_account(draft: &Draft, account: &Account, what: &str) -> Value {
    let name = draft.full_account(account);
    match account.password {
        Some(_) => json!({"name": name, "passwordSecretRef": secret(draft, what)}),
        None => json!({"name": name, "groupManaged": {}}),
    }
}

fn firewall(draft: &Draft) -> Option<Value> {
    (draft.variant == Variant::Default2022).then(|| json!({"policy": "Manage"}))
}
