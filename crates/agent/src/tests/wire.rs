//! The real wire on loopback: TLS, identities, events, joined and abandoned requests. The client is the real one.

use super::site::*;
use crate::host::HostChange;
use crate::identity::TlsGate;
use crate::{TlsSource, router, serve};
use futures::StreamExt as _;
use scaleout_agent_api::{ErrorBody, ErrorCode, MAX_BODY_BYTES, OPS_PATH};
use scaleout_agent_client::{AgentClient, ClientCredentials, HostTable};
use scaleout_certificates::{Authority, KeyAndCertificate, LeafRequest};
use scaleout_execution::ports::{EpochAnswer, NodePort as _, NodeTarget};
use scaleout_model::fact::CauseKind;
use scaleout_model::node::{Feature, NodeOp};
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const HOST: &str = "sql01.corp.example";
/// For what should take milliseconds; never waited out when the test passes.
const SOON: Duration = Duration::from_secs(20);

fn issue(authority: &Authority, names: &[&str]) -> KeyAndCertificate {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    authority.issue(&LeafRequest { names, not_before: now - 600, not_after: now + 6000 }).unwrap()
}

struct Wire {
    site: Site,
    authority: Authority,
    target: NodeTarget,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Wire {
    async fn open() -> Self {
        let site = Site::new();
        let authority = Authority::new("test ca").unwrap();
        write_identity(&site, &authority, HOST);
        std::fs::write(config(site.folder.path()).tls.ca, authority.pem()).unwrap();
        let gate = TlsGate::open(TlsSource::Files(config(site.folder.path()).tls), CONTROLLER).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = CancellationToken::new();
        let routes = router(site.agent.clone(), stop.clone());
        let server = tokio::spawn(serve(listener, gate, routes, stop.clone()));
        let target = NodeTarget { node: "SQL01".into(), host: HOST.into(), port };
        Self { site, authority, target, stop, server }
    }

    fn client(&self, authority: &Authority, names: &[&str]) -> AgentClient {
        let issued = issue(authority, names);
        client_with(&self.authority, &issued)
    }

    fn controller(&self) -> AgentClient {
        self.client(&self.authority, &[CONTROLLER])
    }

    fn url(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.target.port)
    }
}

/// A raw client, for requests that ours would never send.
fn raw() -> reqwest::ClientBuilder {
    let table = HostTable::new([(HOST.into(), IpAddr::V4(Ipv4Addr::LOCALHOST))].into());
    reqwest::Client::builder().dns_resolver(table).no_proxy()
}

fn client_with(authority: &Authority, issued: &KeyAndCertificate) -> AgentClient {
    let table = HostTable::new([(HOST.into(), IpAddr::V4(Ipv4Addr::LOCALHOST))].into());
    let client = AgentClient::new(table);
    let credentials = ClientCredentials {
        certificate: issued.certificate_pem.clone().into_bytes(),
        key: SecretBytes::new(issued.key_pem.as_bytes()),
        ca: authority.pem().as_bytes().to_vec(),
    };
    client.set_credentials(Some(credentials)).unwrap();
    client
}

fn write_identity(site: &Site, authority: &Authority, name: &str) {
    let issued = issue(authority, &[name]);
    let tls = config(site.folder.path()).tls;
    std::fs::write(tls.certificate, &issued.certificate_pem).unwrap();
    std::fs::write(tls.key, issued.key_pem.as_bytes()).unwrap();
}

fn tls(authority: &Authority, issued: Option<&KeyAndCertificate>, old: bool) -> rustls::ClientConfig {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let versions: &[&rustls::SupportedProtocolVersion] =
        if old { &[&rustls::version::TLS12] } else { &[&rustls::version::TLS13] };
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    match issued {
        None => builder.with_no_client_auth(),
        Some(issued) => {
            let chain = CertificateDer::pem_slice_iter(issued.certificate_pem.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain.map(Result::unwrap).collect(), key).unwrap()
        }
    }
}

#[tokio::test]
async fn the_controller_reads_facts_raises_its_epoch_and_acts() {
    let wire = Wire::open().await;
    let client = wire.controller();
    let facts = client.facts(&wire.target).await.unwrap();
    assert_eq!(facts.computer_name, "SQL01".into());
    assert_eq!(client.execute(&wire.target, &fence(), firewall(1)).await, Outcome::Done(None));
    let answer = client.raise_epoch(&wire.target, &epoch(4, "pod-a")).await.unwrap();
    assert_eq!(answer, EpochAnswer::Behind(epoch(5, "pod-a")));
    let facts = client.facts(&wire.target).await.unwrap();
    assert_eq!(facts.agent.epoch, Some(epoch(5, "pod-a")));
    assert_eq!(facts.agent.claims.len(), 1);
}

#[tokio::test]
async fn every_other_identity_is_refused_at_the_handshake() {
    let wire = Wire::open().await;
    let strange = Authority::new("strange ca").unwrap();
    let cases = [
        ("another CA", wire.client(&strange, &[CONTROLLER])),
        ("another name", wire.client(&wire.authority, &["other.corp.example"])),
        ("two names", wire.client(&wire.authority, &[CONTROLLER, "other.corp.example"])),
        ("an address beside the name", wire.client(&wire.authority, &[CONTROLLER, "127.0.0.1"])),
    ];
    for (case, client) in cases {
        let cause = client.facts(&wire.target).await.unwrap_err();
        assert_eq!(cause.kind, CauseKind::CredentialRefused, "{case}: {}", cause.message);
        let outcome = client.execute(&wire.target, &fence(), firewall(1)).await;
        assert!(
            matches!(&outcome, Outcome::Failed(f) if f.class == Class::Credential),
            "{case}: {outcome:?}"
        );
    }
    assert_eq!(wire.site.host.writes(), [""; 0]);
}

#[tokio::test]
async fn no_certificate_and_old_tls_are_refused() {
    let wire = Wire::open().await;
    let issued = issue(&wire.authority, &[CONTROLLER]);
    for (case, config) in [
        ("no certificate", tls(&wire.authority, None, false)),
        ("TLS 1.2", tls(&wire.authority, Some(&issued), true)),
    ] {
        let client = raw().tls_backend_preconfigured(config).build().unwrap();
        assert!(client.get(wire.url("/healthz")).send().await.is_err(), "{case}");
    }
    let good = tls(&wire.authority, Some(&issued), false);
    let client = raw().tls_backend_preconfigured(good).build().unwrap();
    assert!(client.get(wire.url("/healthz")).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn an_agent_of_another_name_or_ca_is_not_believed() {
    let wire = Wire::open().await;
    let issued = issue(&wire.authority, &[CONTROLLER]);
    let strange = Authority::new("strange ca").unwrap();
    let cause = client_with(&strange, &issued).facts(&wire.target).await.unwrap_err();
    assert_eq!(cause.kind, CauseKind::IdentityRefused, "{}", cause.message);
    // Renewed files count for new connections without a restart; here they are of another name.
    for name in ["other.corp.example", "*.corp.example"] {
        write_identity(&wire.site, &wire.authority, name);
        let cause = wire.controller().facts(&wire.target).await.unwrap_err();
        assert_eq!(cause.kind, CauseKind::IdentityRefused, "{name}: {}", cause.message);
    }
    // Damaged ones do not: the last good ones count.
    std::fs::write(config(wire.site.folder.path()).tls.key, "damaged").unwrap();
    let cause = wire.controller().facts(&wire.target).await.unwrap_err();
    assert_eq!(cause.kind, CauseKind::IdentityRefused, "{}", cause.message);
    write_identity(&wire.site, &wire.authority, HOST);
    wire.controller().facts(&wire.target).await.unwrap();
}

#[tokio::test]
async fn nobody_there_and_no_credentials_have_causes_of_their_own() {
    let wire = Wire::open().await;
    let client = wire.controller();
    wire.site.host.break_read("identity");
    let cause = client.facts(&wire.target).await.unwrap_err();
    assert_eq!((cause.kind, cause.message.contains("identity is denied")), (CauseKind::NotReady, true));
    wire.stop.cancel();
    wire.server.await.unwrap();
    let cause = client.facts(&wire.target).await.unwrap_err();
    assert_eq!(cause.kind, CauseKind::Unreachable, "{}", cause.message);
    client.set_credentials(None).unwrap();
    assert_eq!(client.facts(&wire.target).await.unwrap_err().kind, CauseKind::CredentialRefused);
}

#[tokio::test]
async fn bad_requests_get_a_code_and_no_echo() {
    let wire = Wire::open().await;
    let issued = issue(&wire.authority, &[CONTROLLER]);
    let client = raw().tls_backend_preconfigured(tls(&wire.authority, Some(&issued), false)).build().unwrap();
    let long = "x".repeat(MAX_BODY_BYTES + 1);
    let cases = [
        (OPS_PATH, r#"{"fence": "canary-31"}"#, 400, ErrorCode::Malformed),
        (OPS_PATH, long.as_str(), 413, ErrorCode::TooLarge),
        ("/v1/shell", "{}", 404, ErrorCode::NotFound),
        ("/v1/facts", "{}", 405, ErrorCode::MethodNotAllowed),
    ];
    for (path, body, status, code) in cases {
        let answer = client.post(wire.url(path)).body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let body: ErrorBody = answer.json().await.unwrap();
        assert_eq!(body.code, code, "{path}");
        assert!(!body.message.contains("canary"), "{}", body.message);
    }
    let metrics = client.get(wire.url("/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    assert!(client.get(wire.url("/readyz")).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn changes_are_pushed_after_a_resync_and_again_after_a_reconnect() {
    let wire = Wire::open().await;
    let mut events = wire.controller().events(&wire.target);
    let mut next = async || tokio::time::timeout(SOON, events.next()).await.unwrap().unwrap().what;
    assert_eq!(next().await, "resync");
    wire.site.host.changes.send(HostChange::Service(MASTER_SERVICE.to_owned())).unwrap();
    assert_eq!(next().await, format!("service {MASTER_SERVICE}"));
    wire.site
        .agent
        .execute(CONTROLLER, scaleout_agent_api::OpRequest { fence: fence(), op: firewall(1) })
        .await;
    assert_eq!(next().await, "op EnsureFirewallRule ended");

    // The agent goes and comes back on its port.
    wire.stop.cancel();
    wire.server.await.unwrap();
    let gate = TlsGate::open(TlsSource::Files(config(wire.site.folder.path()).tls), CONTROLLER).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", wire.target.port)).await.unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(serve(listener, gate, router(wire.site.agent.clone(), stop.clone()), stop));
    assert_eq!(next().await, "resync");
}

fn install() -> NodeOp<SecretBytes> {
    NodeOp::InstallFeature {
        feature: Feature::ScaleOutMaster,
        version: SqlVersion::V2019,
        media: "sql2019".into(),
        port: 8391,
        thumbprint: None,
        master_host: None,
    }
}

#[tokio::test]
async fn a_running_setup_is_joined_and_outlives_its_connection() {
    let wire = Wire::open().await;
    wire.site.host.machine().features.clear();
    wire.site.host.setup_gate.send_replace(false);
    let mut agent_events = wire.site.agent.events();
    let first = wire.controller();
    let target = wire.target.clone();
    let request = tokio::spawn(async move { first.execute(&target, &fence(), install()).await });
    let started = async {
        while !matches!(agent_events.recv().await.unwrap(),
            scaleout_agent_api::AgentEvent::OpProgress { progress, .. } if progress == "copying files")
        {
        }
    };
    tokio::time::timeout(SOON, started).await.unwrap();
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());

    let client = wire.controller();
    let running = client.facts(&wire.target).await.unwrap().agent.running;
    assert_eq!((running[0].op.as_str(), running[0].progress.as_str()), ("InstallFeature", "copying files"));
    // The next leader asks for the same: it joins, and from then on the op runs in its name.
    let mut next = fence();
    next.epoch = epoch(6, "pod-b");
    let (gate, target) = (wire.site.host.clone(), wire.target.clone());
    let joined = tokio::spawn(async move { client.execute(&target, &next, install()).await });
    let ledger = wire.site.agent.clone();
    let raised = async {
        while ledger.epochs().highest() != Some(epoch(6, "pod-b")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, raised).await.unwrap();
    gate.setup_gate.send_replace(true);
    assert_eq!(joined.await.unwrap(), Outcome::Done(None));
    assert_eq!(wire.site.host.writes(), ["run_setup", "set_start_type", "clear_recovery_actions"]);
    assert_eq!(wire.site.agent.ledger().describe(), []);
}

#[tokio::test]
async fn a_stop_waits_for_the_request_under_way_and_ends_the_streams() {
    let wire = Wire::open().await;
    wire.site.host.machine().features.clear();
    wire.site.host.setup_gate.send_replace(false);
    let mut agent_events = wire.site.agent.events();
    let mut stream = wire.controller().events(&wire.target);
    tokio::time::timeout(SOON, stream.next()).await.unwrap().unwrap();
    let (client, target) = (wire.controller(), wire.target.clone());
    let request = tokio::spawn(async move { client.execute(&target, &fence(), install()).await });
    tokio::time::timeout(SOON, agent_events.recv()).await.unwrap().unwrap();
    wire.stop.cancel();
    wire.site.host.setup_gate.send_replace(true);
    assert_eq!(request.await.unwrap(), Outcome::Done(None));
    tokio::time::timeout(SOON, wire.server).await.unwrap().unwrap();
}
