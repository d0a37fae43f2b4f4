//! A changed secret never meets an old connection.

use super::*;
use scaleout_model::secret::SecretBytes;

fn target(ca: &str) -> SqlTarget {
    SqlTarget {
        replica: "SQL01".into(),
        host: "sql01.corp.example".into(),
        port: 1433,
        encryption: SqlEncryption::Mandatory,
        ca_pem: Some(ca.as_bytes().to_vec()),
        observer: None,
        operator: None,
    }
}

fn credential(password: &str) -> SqlCredential {
    SqlCredential { login: "observer".into(), password: SecretBytes::new(password) }
}

#[test]
fn the_slot_is_the_same_until_a_secret_changes() {
    let observers = Observers::default();
    let first = observers.slot(&target("ca"), &credential("one"));
    assert!(Arc::ptr_eq(&first, &observers.slot(&target("ca"), &credential("one"))));
    let second = observers.slot(&target("ca"), &credential("two"));
    assert!(!Arc::ptr_eq(&first, &second));
    let third = observers.slot(&target("other ca"), &credential("two"));
    assert!(!Arc::ptr_eq(&second, &third));
    assert!(
        !Arc::ptr_eq(&first, &observers.slot(&target("ca"), &credential("one"))),
        "the old one was dropped"
    );
    assert_eq!(observers.slots.lock().unwrap().len(), 1);
}
