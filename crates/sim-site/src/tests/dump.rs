//! The dump, and fields set by hand.

use super::fixture::{LOG_PASSWORD, converged};
use crate::Site;
use crate::dump::{dump, keyed_digest};
use crate::effect::{Effect, Origin};

#[test]
fn the_digest_is_hmac_sha_256() {
    // RFC 4231, test case 2.
    assert_eq!(keyed_digest(b"Jefe", b"what do ya want for nothing?"), "hmac:5bdcc146bf60754e");
}

#[test]
fn no_secret_is_in_the_dump_nor_in_debug_nor_in_effects() {
    let site = converged();
    let text = dump(&site.site, b"key").unwrap().to_string();
    let effects = format!("{:?}", site.effects);
    let debug = format!("{:?}", site.site);
    for secret in [LOG_PASSWORD, "svc-ssis-master of the demo site", "PRIVATE KEY", "dmk\""] {
        for (place, text) in [("dump", &text), ("debug", &debug), ("effects", &effects)] {
            assert!(!text.contains(secret), "{secret} in the {place}");
        }
    }
    assert!(text.contains(&keyed_digest(b"key", LOG_PASSWORD.as_bytes())));
    let log = &dump(&site.site, b"key").unwrap()["nodes"]["SQL01"]["instances"]["MSSQLSERVER"]["databases"]["SSISDB"]
        ["content"]["catalog"]["logConnectionString"];
    assert_eq!(log["data source"], "ssisdb-lsnr.corp.example,1433");
    assert_eq!(log["password"], keyed_digest(b"key", LOG_PASSWORD.as_bytes()));
}

#[test]
fn the_state_survives_json() {
    let site = converged().site;
    let text = serde_json::to_string(&site).unwrap();
    assert_eq!(serde_json::from_str::<Site>(&text).unwrap(), site);
}

#[test]
fn fields_are_set_by_pointer_and_computed_ones_are_computed_again() {
    let mut site = converged();
    let mut set = |pointer: &str, value: serde_json::Value| {
        site.apply(&Effect::Set(pointer.to_owned(), value), &Origin::Control)
    };
    set("/nodes/SQL01/clientAuthTrustMode", 2.into()).unwrap();
    set("/groups/AG/replicas/SQL02/connected", false.into()).unwrap();
    set("/nodes/ETL01/firewall/rules/new", serde_json::json!({"group": "g", "port": 1, "enabled": true}))
        .unwrap();
    assert_eq!(set("/nodes/SQL09/up", true.into()).unwrap_err().code, 1168);
    assert_eq!(set("/nodes/SQL01/up", "maybe".into()).unwrap_err().code, 13);
    site.apply(&Effect::Unset("/nodes/ETL01/firewall/rules/new".to_owned()), &Origin::Control).unwrap();
    assert!(site.site.nodes[&"ETL01".into()].firewall.rules.is_empty());
    assert_eq!(site.site.nodes[&"SQL01".into()].client_auth_trust_mode, Some(2));
    assert!(site.site.groups[&"AG".into()].replicas[&"SQL02".into()].connected, "health can't be set");
}
