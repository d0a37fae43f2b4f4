//! Properties of the generated schemas that the API conventions ask for.

use serde_json::Value;
use std::collections::BTreeSet;

use super::schemas;

/// Calls `visit` with path and schema of every property and list item, the root included.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{path}.{name}"), visit);
    }
    if let Some(items) = schema.get("items") {
        walk(items, &format!("{path}[]"), visit);
    }
}

/// Every schema of every kind, but for the root's own `metadata`, which Kubernetes describes.
fn every(mut visit: impl FnMut(&str, &Value)) {
    for (kind, schema) in schemas() {
        walk(&schema, &kind, &mut |path, schema| {
            if path != format!("{kind}.metadata") {
                visit(path, schema);
            }
        });
    }
}

fn rules(schema: &Value) -> Vec<(String, String)> {
    schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|rule| (rule["rule"].as_str().unwrap().to_owned(), rule["message"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn every_list_is_bounded_and_says_how_it_merges() {
    let mut lists = 0;
    every(|path, schema| {
        if schema["type"] == "array" {
            lists += 1;
            assert!(schema["maxItems"].is_u64(), "{path} has no maxItems");
            let list_type = schema["x-kubernetes-list-type"].as_str().unwrap_or_default();
            assert!(["map", "set", "atomic"].contains(&list_type), "{path} is {list_type:?}");
            for key in schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten() {
                let required = schema["items"]["required"].as_array().unwrap();
                assert!(required.contains(key), "{path}: key {key} is not required");
            }
        }
    });
    assert!(lists > 20, "{lists} lists");
}

#[test]
fn every_text_is_bounded() {
    every(|path, schema| {
        if schema["type"] == "string" {
            let bounded = schema["maxLength"].is_u64() || schema["enum"].is_array();
            assert!(bounded || schema["format"] == "date-time", "{path} has no maxLength");
        }
    });
}

#[test]
fn numbers_are_whole_and_bounded_below() {
    every(|path, schema| {
        assert_ne!(schema["type"], "number", "{path}");
        if schema["type"] == "integer" {
            let format = schema["format"].as_str().unwrap_or_default();
            let condition = path.ends_with(".conditions[].observedGeneration");
            assert!(format == "int32" || path.ends_with("observedGeneration"), "{path} is {format}");
            assert!(condition || schema["minimum"].is_number(), "{path} has no minimum");
        }
        let in_spec = path.split('.').nth(1) == Some("spec");
        if in_spec && schema["type"] == "integer" {
            assert!(schema["maximum"].is_number(), "{path} has no maximum");
        }
        if schema["type"] == "boolean" {
            assert!(path.ends_with(".spec.suspend"), "{path} is a bool");
        }
    });
}

#[test]
fn every_property_is_described() {
    every(|path, schema| {
        let item = path.ends_with("[]");
        assert!(item || schema["description"].as_str().is_some_and(|text| text.len() > 10), "{path}");
        assert!(
            !schema["description"].as_str().unwrap_or_default().contains('\n'),
            "{path} keeps line breaks"
        );
        assert!(schema["type"].is_string(), "{path} has no type");
    });
}

#[test]
fn nothing_is_null_and_nothing_is_unknown() {
    every(|path, schema| {
        assert!(schema.get("nullable").is_none(), "{path} is nullable");
        assert!(schema.get("anyOf").is_none() && schema.get("oneOf").is_none(), "{path}");
        assert!(schema.get("x-kubernetes-preserve-unknown-fields").is_none(), "{path}");
        assert!(schema.get("additionalProperties").is_none(), "{path}");
    });
}

#[test]
fn references_stay_in_the_namespace() {
    every(|path, _| assert!(!path.ends_with(".namespace"), "{path}"));
}

#[test]
fn identity_is_immutable() {
    let mut immutable = BTreeSet::new();
    every(|path, schema| {
        if rules(schema).iter().any(|(rule, _)| rule == "self == oldSelf") {
            immutable.insert(path.to_owned());
        }
    });
    let expected = [
        "ScaleOutMaster.spec.availabilityGroupRef.name",
        "ScaleOutMaster.spec.clusteredRole.name",
        "ScaleOutMaster.spec.failoverCluster.name",
        "ScaleOutWorker.spec.masterRef.name",
        "ScaleOutWorker.spec.node.name",
        "SsisdbAvailabilityGroup.spec.availabilityGroup.name",
        "SsisdbAvailabilityGroup.spec.failoverCluster.name",
        "SsisdbAvailabilityGroup.spec.replicas[].instance",
    ];
    assert_eq!(immutable, expected.map(String::from).into());
}

#[test]
fn unions_take_exactly_one() {
    let mut unions = BTreeSet::new();
    every(|path, schema| {
        if rules(schema).iter().any(|(_, message)| message.contains("needs exactly one of")) {
            unions.insert(path.to_owned());
        }
    });
    let expected = [
        "ScaleOutMaster.spec.certificate",
        "ScaleOutMaster.spec.executionLogging",
        "ScaleOutMaster.spec.serviceAccount",
        "ScaleOutWorker.spec.certificate",
        "ScaleOutWorker.spec.serviceAccount",
        "SsisdbAvailabilityGroup.spec.listener",
    ];
    assert_eq!(unions, expected.map(String::from).into());
}

#[test]
fn only_policy_and_wiring_have_defaults() {
    let mut defaults = BTreeSet::new();
    every(|path, schema| {
        let in_spec = path.split('.').nth(1) == Some("spec");
        if let Some(default) = schema.get("default") {
            assert!(in_spec, "{path} of status has a default");
            let field = path.split_once(".spec.").map_or(path, |(_, field)| field);
            defaults.insert(format!("{field} = {default}"));
        }
    });
    let expected = [
        r#"catalog = {"create":"Never"}"#,
        r#"catalog.create = "Never""#,
        r#"deletionPolicy = "Retain""#,
        r#"desiredState = "Enabled""#,
        r#"disruption = "Never""#,
        r#"endpoint = {"port":5022}"#,
        r#"endpoint = {"port":8391}"#,
        "endpoint.port = 5022",
        "endpoint.port = 8391",
        r#"installation = {"policy":"Never"}"#,
        r#"installation.policy = "Never""#,
        "listener.port = 1433",
        r#"mode = "Enforce""#,
        "replicas[].sql.port = 1433",
        r#"sqlTls.encryption = "Mandatory""#,
        "suspend = false",
    ];
    assert_eq!(defaults, expected.map(String::from).into());
}

#[test]
fn absent_tunables_say_what_happens() {
    every(|path, schema| {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let tunables = ["availabilityGroup", "settings", "replicas[]"];
        if tunables.iter().any(|tunable| path.ends_with(&format!(".spec.{tunable}"))) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let text = property["description"].as_str().unwrap();
                let optional = !required.contains(&Value::from(name.as_str()));
                assert!(!optional || text.contains("Absent:"), "{path}.{name}: {text}");
            }
        }
    });
}

#[test]
fn names_columns_and_selectors_are_those_of_the_conventions() {
    let found: Vec<String> = crate::schema::crds()
        .unwrap()
        .into_iter()
        .map(|(file, crd)| {
            let names = crd.spec.names;
            assert_eq!(names.categories, Some(vec!["ssis".to_owned()]));
            let version = crd.spec.versions.into_iter().next().unwrap();
            let columns = version.additional_printer_columns.unwrap();
            let column = |wide: bool| {
                let of = columns.iter().filter(|column| (column.priority == Some(1)) == wide);
                of.map(|column| column.name.clone()).collect::<Vec<_>>().join(" ")
            };
            let selectors = version.selectable_fields.unwrap();
            let selectors: Vec<_> = selectors.iter().map(|field| field.json_path.as_str()).collect();
            let short = names.short_names.unwrap().join(" ");
            format!("{file} {short}: {} | {} | {}", column(false), column(true), selectors.join(" "))
        })
        .collect();
    assert_eq!(
        found,
        [
            "scaleout.ssis.dev_scaleoutmasters.yaml som: Ready Reason Owner Mode Age | Endpoint Plan | \
             .spec.mode .spec.availabilityGroupRef.name",
            "scaleout.ssis.dev_scaleoutworkers.yaml sow: Ready Reason Master Mode Age | Agent Plan | \
             .spec.mode .spec.masterRef.name .spec.node.name",
            "scaleout.ssis.dev_ssisdbavailabilitygroups.yaml sag: Ready Reason Primary Mode Age | Listener Plan | \
             .spec.mode",
        ]
    );
}
