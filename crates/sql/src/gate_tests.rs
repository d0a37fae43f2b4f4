//! The gate opens for a new password, for another login and host, and after its time.

use super::*;
use scaleout_execution::ports::SqlEncryption;
use scaleout_model::secret::SecretBytes;
use std::time::Duration;

fn target(host: &str, port: u16) -> SqlTarget {
    SqlTarget {
        replica: "SQL01".into(),
        host: host.into(),
        port,
        encryption: SqlEncryption::Mandatory,
        ca_pem: None,
        observer: None,
        operator: None,
    }
}

fn credential(login: &str, password: &str) -> SqlCredential {
    SqlCredential { login: login.into(), password: SecretBytes::new(password) }
}

#[test]
fn a_refused_password_is_not_tried_again_until_it_changes_or_time_has_passed() {
    let gate = Gate::default();
    let start = Instant::now();
    let (here, refused) = (target("sql01.corp.example", 1433), credential("operator", "old"));
    assert!(gate.is_open(&here, &refused, start));
    gate.close(&here, &refused, start);

    let soon = start + Duration::from_secs(899);
    let late = start + Duration::from_secs(901);
    let other_host = target("sql02.corp.example", 1433);
    let other_port = target("sql01.corp.example", 1434);
    let upper_case = target("SQL01.corp.example", 1433);
    for (name, target, credential, at, open) in [
        ("same", &here, &refused, soon, false),
        ("host in capitals", &upper_case, &refused, soon, false),
        ("login in capitals", &here, &credential("OPERATOR", "old"), soon, false),
        ("new password", &here, &credential("operator", "new"), soon, true),
        ("other login", &here, &credential("observer", "old"), soon, true),
        ("other host", &other_host, &refused, soon, true),
        ("other port", &other_port, &refused, soon, true),
        ("after its time", &here, &refused, late, true),
    ] {
        assert_eq!(gate.is_open(target, credential, at), open, "{name}");
    }
}

/// What an agent says, row by row, and what becomes of a password that was refused before the first row.
#[test]
fn a_restart_or_another_mode_opens_the_gate() {
    use LoginMode::{Mixed, WindowsOnly};
    let (here, refused) = (target("sql01.corp.example", 1433), credential("operator", "old"));
    for (name, rows) in [
        (
            "restarted",
            &[
                (Mixed, Some(1), Refusals::Stand, false),
                (Mixed, Some(1), Refusals::Stand, false),
                (Mixed, None, Refusals::Lapse, true),
                (Mixed, Some(2), Refusals::Lapse, true),
                (Mixed, Some(2), Refusals::Stand, true),
            ][..],
        ),
        (
            "off, switched on, restarted",
            &[
                (WindowsOnly, Some(1), Refusals::WindowsOnly, false),
                (Mixed, Some(1), Refusals::AwaitRestart, false),
                (Mixed, Some(1), Refusals::AwaitRestart, false),
                (Mixed, Some(2), Refusals::Lapse, true),
            ],
        ),
        (
            "switched off and on without a restart",
            &[
                (Mixed, Some(1), Refusals::Stand, false),
                (WindowsOnly, Some(1), Refusals::WindowsOnly, false),
                (Mixed, Some(1), Refusals::Lapse, true),
            ],
        ),
    ] {
        let (gate, now) = (Gate::default(), Instant::now());
        let elsewhere = target("sql02.corp.example", 1433);
        gate.close(&here, &refused, now);
        gate.close(&elsewhere, &refused, now);
        for (row, (mode, started_unix_ms, refusals, open)) in rows.iter().copied().enumerate() {
            let state = LoginState { mode, started_unix_ms };
            assert_eq!(gate.note(&here, state), refusals, "{name}, row {row}");
            assert_eq!(gate.is_open(&here, &refused, now), open, "{name}, row {row}");
        }
        assert!(!gate.is_open(&elsewhere, &refused, now), "{name}: another instance");
    }
}

#[test]
fn the_gate_shows_no_password() {
    let gate = Gate::default();
    gate.close(&target("sql01", 1433), &credential("operator", "S3cret-text"), Instant::now());
    assert!(!format!("{gate:?}").contains("S3cret"));
}
