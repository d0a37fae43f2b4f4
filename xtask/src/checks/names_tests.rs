//! What a sample names is found in code, what it merely says is not.

use super::*;
use crate::checks::source::parse;

const SAMPLE: &str = r"
apiVersion: scaleout.corp.example/v1
kind: ScaleOutMaster
metadata: {name: nightly, labels: {tier: gold}}
spec:
  mode: Enforce
  endpoint: {port: 8391}
  drain: {timeoutSeconds: 1800}
  serviceAccount: {name: CORP\svc-etl}
  nodes: [{name: SQL01, agent: {endpoint: 'https://sql01.corp.example:8443'}}]
  staticAddresses: [{ip: 10.0.0.40, subnetMask: 255.255.255.0}]
---
apiVersion: v1
kind: Service
metadata: {name: scaleout-controller}
spec: {ports: [{port: 9443}]}
";

fn problems(code: &str) -> Vec<String> {
    let mut names = Names::default();
    collect(SAMPLE, &mut names).unwrap();
    parse(code).unwrap().tokens.iter().filter_map(|(_, token)| found(token, &names)).collect()
}

#[test]
fn names_addresses_and_ports_of_a_site_are_found() {
    for (code, name) in [
        (r#"const A: &str = "nightly";"#, "nightly"),
        (r#"const A: &str = "at Sql01\\PROD";"#, "sql01"),
        (r#"const A: &str = "sql01.corp.example";"#, "sql01.corp.example"),
        (r#"const A: &str = r"CORP\svc-etl";"#, "svc-etl"),
        (r#"const A: &str = "10.0.0.40";"#, "10.0.0.40"),
        (r#"const A: &str = "tcp 8391";"#, "8391"),
        ("const A: u16 = 8_443;", "8443"),
    ] {
        assert_eq!(problems(code), [name], "{code}");
    }
}

#[test]
fn other_words_and_numbers_are_not() {
    for code in [
        r#"const A: &str = "Enforce gold ScaleOutMaster";"#,
        r#"const A: &str = "sql010 svc-etl-2 scaleout-controller 255.255.255.0";"#,
        "const A: u64 = 1800; const B: u16 = 9443;",
        "// SQL01\n/// SQL01\nfn sql01() {}",
        "#[cfg(test)] mod tests { const A: &str = \"SQL01\"; }",
    ] {
        assert!(problems(code).is_empty(), "{code}");
    }
}
