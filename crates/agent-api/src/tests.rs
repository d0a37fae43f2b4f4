//! The contract: schema, refusals of what is not in it, secrets.

use super::*;
use scaleout_model::fence::{Epoch, Fence, Kind, Owner};
use scaleout_model::node::{NodeFacts, NodeOp, ServiceRef};
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// All that crosses the wire, for the schema alone.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Contract {
    facts: NodeFacts,
    op_request: OpRequest,
    op_response: OpResponse,
    epoch_request: EpochRequest,
    epoch_answer: EpochAnswer,
    epoch_state: EpochState,
    event: AgentEvent,
    error: ErrorBody,
}

fn request() -> OpRequest {
    OpRequest {
        fence: Fence {
            epoch: Epoch { lineage: "l-1".into(), number: 7, holder: "pod-a/1".into() },
            owner: Owner {
                kind: Kind::ScaleOutWorker,
                namespace: "etl".into(),
                name: "w1".into(),
                uid: "u-1".into(),
                generation: 2,
            },
        },
        op: NodeOp::SetServiceAccount {
            service: ServiceRef::Worker(SqlVersion::V2019),
            account: r"CORP\svc".into(),
            password: Some(SecretBytes::new("canary-7f3a".as_bytes())),
        },
    }
}

#[test]
fn the_schema_is_the_one_checked_in() {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Contract>();
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/v1.json");
    if std::env::var_os("SCALEOUT_WRITE_SCHEMA").is_some() && std::env::var_os("CI").is_none() {
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == text, "the contract changed: SCALEOUT_WRITE_SCHEMA=1 cargo test -p scaleout-agent-api");
}

#[test]
fn a_request_survives_the_wire() {
    let text = serde_json::to_string(&request()).unwrap();
    assert_eq!(serde_json::from_str::<OpRequest>(&text).unwrap(), request());
}

#[test]
fn every_level_of_a_request_refuses_unknown_fields() {
    let good = serde_json::to_value(request()).unwrap();
    for pointer in ["", "/fence", "/fence/epoch", "/fence/owner", "/op"] {
        let mut bad = good.clone();
        bad.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert("path".into(), json!("C:\\x"));
        assert!(
            serde_json::from_value::<OpRequest>(bad).is_err(),
            "an unknown field at {pointer:?} was taken"
        );
    }
    let mut unknown_op = good;
    *unknown_op.pointer_mut("/op/op").unwrap() = Value::from("runCommand");
    assert!(serde_json::from_value::<OpRequest>(unknown_op).is_err());
}

#[test]
fn a_request_shows_no_secret() {
    assert!(!format!("{:?}", request()).contains("canary"));
}
