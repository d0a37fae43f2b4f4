//! The port on the real wire: TLS, login, the epoch's name, cancelled and lost answers.

#![expect(clippy::unwrap_used, reason = "a test says by its panic what failed")]

mod peer;

use peer::{HOST, Loopback, PASSWORD, Peer, issue, start};
use scaleout_execution::ports::{
    GuardRefusal, SqlCredential, SqlEncryption, SqlPort as _, SqlTarget, WriteGuard,
};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::fence::{Epoch, Fence, Kind, Owner};
use scaleout_model::outcome::{Class, Outcome, Refusal};
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::SqlOp;
use scaleout_sql::SqlServers;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

struct Guard {
    refuse: bool,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl WriteGuard for Guard {
    async fn confirm(&self) -> Result<(), GuardRefusal> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.refuse { Err(GuardRefusal::Refused(Refusal::StaleEpoch)) } else { Ok(()) }
    }
}

/// One instance, its port and how to reach it.
struct Site {
    peer: Peer,
    servers: SqlServers,
    target: SqlTarget,
}

async fn site() -> Site {
    let peer = Peer::default();
    let (tls, ca) = issue();
    let port = start(&peer, tls).await.port();
    let credential =
        |login: &str| SqlCredential { login: login.into(), password: SecretBytes::new(PASSWORD) };
    let target = SqlTarget {
        replica: "SQL01".into(),
        host: HOST.into(),
        port,
        encryption: SqlEncryption::Mandatory,
        ca_pem: Some(ca.into_bytes()),
        observer: Some(credential("observer")),
        operator: Some(credential("operator")),
    };
    Site { peer, servers: SqlServers::new(Arc::new(Loopback)), target }
}

impl Site {
    async fn enable_clr(&self) -> Outcome {
        let guard = Guard { refuse: false, asked: AtomicUsize::new(0) };
        self.servers.execute(&self.target, &fence(), &guard, SqlOp::EnableClr).await
    }

    async fn has_catalog(&self) -> Fact<()> {
        self.servers.observe_catalog(&self.target).await.map(|_| ())
    }

    fn logins(&self) -> usize {
        self.peer.state.lock().unwrap().logins.len()
    }
}

fn fence() -> Fence {
    let epoch = Epoch { lineage: "7d0f3c9e".to_owned(), number: 7, holder: "pod-a-11".to_owned() };
    let owner = Owner {
        kind: Kind::SsisdbAvailabilityGroup,
        namespace: "ssis".to_owned(),
        name: "site".to_owned(),
        uid: "u".to_owned(),
        generation: 1,
    };
    Fence { epoch, owner }
}

fn kind<T>(fact: &Fact<T>) -> Option<CauseKind> {
    fact.cause().map(|cause| cause.kind)
}

#[tokio::test]
async fn an_op_logs_in_under_its_epoch_and_reads_its_effect_back() {
    let mut site = site().await;
    assert_eq!(site.enable_clr().await, Outcome::Done(None));
    assert_eq!(site.enable_clr().await, Outcome::NoChange(None));
    let logins = site.peer.state.lock().unwrap().logins.clone();
    let expected = ("operator".to_owned(), "scaleout-operator/7d0f3c9e/7/pod-a-11".to_owned());
    assert_eq!(logins, [expected.clone(), expected]);
    site.target.encryption = SqlEncryption::Strict;
    assert_eq!(site.enable_clr().await, Outcome::NoChange(None), "TDS 8");
}

#[tokio::test]
async fn a_refused_epoch_changes_nothing() {
    let site = site().await;
    let guard = Guard { refuse: true, asked: AtomicUsize::new(0) };
    let outcome = site.servers.execute(&site.target, &fence(), &guard, SqlOp::EnableClr).await;
    assert_eq!(outcome, Outcome::Refused(Refusal::StaleEpoch));
    assert_eq!(guard.asked.load(Ordering::SeqCst), 1);
    assert!(
        site.logins() == 1 && !site.peer.state.lock().unwrap().clr,
        "asked after the login, before the write"
    );
}

#[tokio::test]
async fn the_certificate_must_hold_the_real_name_under_the_given_authority() {
    for change in [
        (|target: &mut SqlTarget| target.host = "sql02.corp.example".into()) as fn(&mut SqlTarget),
        |target| target.ca_pem = Some(issue().1.into_bytes()),
    ] {
        let mut site = site().await;
        change(&mut site.target);
        let fact = site.has_catalog().await;
        assert_eq!(kind(&fact), Some(CauseKind::IdentityRefused), "{fact:?}");
        assert!(!format!("{fact:?}").contains("trust_cert"), "no advice to switch verification off");
        let outcome = site.enable_clr().await;
        assert!(matches!(&outcome, Outcome::Failed(f) if f.class == Class::Credential), "{outcome:?}");
        assert_eq!(site.logins(), 0);
    }
    let mut site = site().await;
    site.target.ca_pem = None;
    assert_eq!(kind(&site.has_catalog().await), Some(CauseKind::CredentialRefused));
}

#[tokio::test]
async fn a_refused_password_is_sent_once() {
    let mut site = site().await;
    let good = site.target.observer.clone();
    let wrong = SqlCredential { login: "observer".into(), password: SecretBytes::new("wrong") };
    site.target.observer = Some(wrong);
    for _ in 0..3 {
        assert_eq!(kind(&site.has_catalog().await), Some(CauseKind::CredentialRefused));
    }
    assert_eq!(site.peer.state.lock().unwrap().refused, 1);
    site.target.observer = good;
    assert_eq!(site.has_catalog().await, Fact::Absent, "a changed password is tried at once");
}

#[tokio::test]
async fn the_observer_keeps_its_connection_and_replaces_a_dead_one() {
    let site = site().await;
    assert_eq!(site.has_catalog().await, Fact::Absent);
    assert_eq!(site.has_catalog().await, Fact::Absent);
    assert_eq!(site.logins(), 1);
    site.peer.state.lock().unwrap().kills[0].cancel();
    assert_eq!(site.has_catalog().await, Fact::Absent, "the dead connection is nobody's business");
    assert_eq!(site.logins(), 2);
}

#[tokio::test]
async fn a_dropped_call_leaves_no_half_read_connection_behind() {
    let site = site().await;
    site.peer.state.lock().unwrap().swallow = true;
    tokio::select! {
        outcome = site.enable_clr() => panic!("{outcome:?}"),
        () = site.peer.swallowed.notified() => {}
    }
    let next = tokio::time::timeout(Duration::from_secs(10), site.enable_clr()).await;
    assert_eq!(next.expect("hangs"), Outcome::NoChange(None), "it had been applied");
    assert_eq!(site.logins(), 2);
}

#[tokio::test]
async fn an_error_is_classified_unless_the_effect_is_there() {
    let site = site().await;
    site.peer.state.lock().unwrap().fail = Some(15_247);
    let outcome = site.enable_clr().await;
    let is_it =
        matches!(&outcome, Outcome::Failed(f) if f.class == Class::Terminal && f.code == Some(15_247));
    assert!(is_it, "{outcome:?}");
    assert_eq!(site.logins(), 2, "the state was read on a new connection");
}

#[tokio::test]
async fn a_redirection_is_followed() {
    let first = site().await;
    let (tls, _) = issue();
    let elsewhere = start(&first.peer, tls).await.port();
    first.peer.state.lock().unwrap().route = Some(elsewhere);
    let fact = first.has_catalog().await;
    assert_eq!(kind(&fact), Some(CauseKind::IdentityRefused), "and verified there too: {fact:?}");
    first.peer.state.lock().unwrap().route = Some(first.target.port);
    assert_eq!(first.has_catalog().await, Fact::Absent);
}

#[tokio::test]
async fn an_instance_that_is_down_is_unreachable() {
    let mut site = site().await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    site.target.port = gone.local_addr().unwrap().port();
    drop(gone);
    assert_eq!(kind(&site.has_catalog().await), Some(CauseKind::Unreachable));
    let outcome = site.enable_clr().await;
    assert!(matches!(&outcome, Outcome::Failed(f) if f.class == Class::Unanswered), "{outcome:?}");
}
