//! The master's endpoint answers what its causes say.

use crate::clients::{Running, eventually};
use reqwest::StatusCode;
use rustls::crypto::aws_lc_rs::default_provider;
use scaleout_certificates::{
    KeyAndCertificate, LeafRequest, PinnedVerifier, generate_leaf, generate_legacy_leaf,
};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::node::{ServiceState, StartType, Store};
use scaleout_model::version::SqlVersion;
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::state::{Bytes, Secret, Service, ServiceProgram, der_of_pem};
use scaleout_sim_site::{Effect, Origin};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const PORT: u16 = 8391;

fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn leaf(name: &str) -> KeyAndCertificate {
    let names = vec![name.to_owned()];
    generate_leaf(&LeafRequest { names, not_before: now_s() - 600, not_after: now_s() + 6000 }).unwrap()
}

fn thumbprint(pair: &KeyAndCertificate) -> Thumbprint {
    pair.public().unwrap().thumbprint()
}

fn add(pair: &KeyAndCertificate, with_key: bool) -> NodeEffect {
    NodeEffect::AddCertificate {
        store: Store::Root,
        der: Bytes::new(der_of_pem(&pair.certificate_pem).unwrap()),
        key: with_key.then(|| Secret::new(pair.key_pem.as_str())),
    }
}

/// A master that runs on SQL01 with this certificate bound to its port.
fn install_master(running: &Running, pair: &KeyAndCertificate) {
    let site = running.simulator.site();
    site.update(|sim| {
        let node = sim.site.nodes.get_mut(&"SQL01".into()).unwrap();
        let program = ServiceProgram::ScaleOutMaster(SqlVersion::V2019);
        let mut service = Service::stopped(program, r"CORP\svc-ssis-master".into(), StartType::Manual);
        service.state = ServiceState::Running;
        service.loaded_settings = Some(Bytes::new(format!(r#"{{ "PortNumber": {PORT} }}"#)));
        node.services.insert("SSISScaleOutMaster150".to_owned(), service);
        node.firewall.open_ports.insert(PORT);
    });
    call(running, add(pair, true));
    let account = r"CORP\svc-ssis-master".into();
    call(running, NodeEffect::GrantKeyRead { store: Store::Root, thumbprint: thumbprint(pair), account });
    call(running, NodeEffect::AddBinding { port: PORT, thumbprint: thumbprint(pair), store: Store::Root });
}

fn call(running: &Running, effect: NodeEffect) {
    running.simulator.site().apply(&Effect::Node("SQL01".into(), effect), &Origin::Control).unwrap();
}

/// Status of a request by a client that pins `server`.
async fn get(
    host: IpAddr,
    server: &KeyAndCertificate,
    client: Option<&KeyAndCertificate>,
    path: &str,
) -> Result<StatusCode, reqwest::Error> {
    let provider = Arc::new(default_provider());
    let verifier = PinnedVerifier::new(thumbprint(server), None, provider.clone());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some(pair) => builder
            .with_client_auth_cert(pair.certificate_chain().unwrap(), pair.private_key().unwrap())
            .unwrap(),
    };
    let client = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy().build().unwrap();
    client.get(format!("https://{host}:{PORT}{path}")).send().await.map(|answer| answer.status())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_let_in_by_the_owners_root_store() {
    let running = Running::start().await;
    let host = running.hosts()[&"sql01".into()];
    let (server, worker) = (leaf("ssis-master.corp.example"), leaf("etl01.corp.example"));
    install_master(&running, &server);
    let path = "/ClusterManagement/";
    let status = eventually(|| async { get(host, &server, None, path).await.ok() }).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(get(host, &server, Some(&worker), path).await.unwrap(), StatusCode::FORBIDDEN);
    call(&running, add(&worker, false));
    assert_eq!(get(host, &server, Some(&worker), path).await.unwrap(), StatusCode::OK);
    assert_eq!(get(host, &server, Some(&worker), "/other").await.unwrap(), StatusCode::NOT_FOUND);
    running.simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_needs_binding_and_key() {
    let running = Running::start().await;
    let host = running.hosts()[&"sql01".into()];
    // As the documented tools make it: common names only, SHA-1.
    let names = ["ssis-master.corp.example".to_owned()];
    let server = generate_legacy_leaf(&names, now_s() - 600, now_s() + 6000).unwrap();
    install_master(&running, &server);
    let path = "/ClusterManagement/";
    eventually(|| async { get(host, &server, None, path).await.ok() }).await;
    call(&running, NodeEffect::DeleteBinding { port: PORT });
    get(host, &server, None, path).await.unwrap_err();
    let binding =
        |pair| NodeEffect::AddBinding { port: PORT, thumbprint: thumbprint(pair), store: Store::Root };
    call(&running, binding(&server));
    get(host, &server, None, path).await.unwrap();
    let other = leaf("ssis-master.corp.example");
    call(&running, add(&other, true));
    call(&running, NodeEffect::DeleteBinding { port: PORT });
    call(&running, binding(&other));
    // Its key is not readable for the service.
    get(host, &other, None, path).await.unwrap_err();
    let account = r"CORP\svc-ssis-master".into();
    call(&running, NodeEffect::GrantKeyRead { store: Store::Root, thumbprint: thumbprint(&other), account });
    get(host, &other, None, path).await.unwrap();
    get(host, &server, None, path).await.unwrap_err();
    running.simulator.stop().await;
}
