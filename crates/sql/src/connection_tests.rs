//! The session's name, the race of addresses, and what is refused before a byte is sent.

use super::*;
use async_trait::async_trait;
use scaleout_model::secret::SecretBytes;
use std::io;
use tokio::net::TcpListener;

fn epoch(holder: &str) -> Epoch {
    Epoch {
        lineage: "7d0f3c9e-2a61-4f0b-9a55-0c1de2b7f6aa".to_owned(),
        number: 42,
        holder: holder.to_owned(),
    }
}

#[test]
fn the_program_name_carries_the_epoch_and_fits() {
    let short = build_program_name(&epoch("pod-a-4f1c"));
    assert_eq!(short, "scaleout-operator/7d0f3c9e-2a61-4f0b-9a55-0c1de2b7f6aa/42/pod-a-4f1c");

    let long = build_program_name(&epoch(&format!("{}-random9", "p".repeat(200))));
    assert_eq!(long.chars().count(), 128);
    assert!(long.ends_with("-random9"));
    assert!(long.starts_with("scaleout-operator/7d0f3c9e-2a61-4f0b-9a55-0c1de2b7f6aa/42/p"));
}

struct Fixed(Vec<SocketAddr>);

#[async_trait]
impl Resolver for Fixed {
    async fn resolve(&self, _: &DnsName, _: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.clone())
    }
}

fn target(ca: Option<&[u8]>) -> SqlTarget {
    SqlTarget {
        replica: "SQL01".into(),
        host: "sql01.corp.example".into(),
        port: 1433,
        encryption: SqlEncryption::Mandatory,
        ca_pem: ca.map(<[u8]>::to_vec),
        observer: None,
        operator: None,
    }
}

#[tokio::test]
async fn an_address_that_refuses_does_not_hide_one_that_answers() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = gone.local_addr().unwrap();
    drop(gone);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = listener.local_addr().unwrap();
    let stream = connect(&Fixed(vec![refused, good]), &"sql01".into(), 1433).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), good);

    let fault = connect(&Fixed(vec![refused]), &"sql01".into(), 1433).await.unwrap_err();
    assert!(matches!(fault, ConnectionError::Lost(_)), "{fault}");
    let fault = connect(&Fixed(vec![]), &"sql01".into(), 1433).await.unwrap_err();
    assert_eq!(fault, ConnectionError::Lost("sql01 has no address".to_owned()));
}

#[test]
fn without_a_ca_bundle_no_configuration_is_made() {
    let credential = SqlCredential { login: "operator".into(), password: SecretBytes::new("p") };
    let host = DnsName::new("sql01.corp.example");
    let fault = build_config(&target(None), &host, 1433, &credential, OBSERVER).unwrap_err();
    assert!(matches!(fault, ConnectionError::Credential(_)));
    assert!(build_config(&target(Some(b"pem")), &host, 1433, &credential, OBSERVER).is_ok());
    let binary = SqlCredential { login: "operator".into(), password: SecretBytes::new([0xff, 0xfe]) };
    assert!(build_config(&target(Some(b"pem")), &host, 1433, &binary, OBSERVER).is_err());
}
