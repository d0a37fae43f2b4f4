//! Site files, settings files, times.

use super::fixture::demo;
use crate::settings::{time_span_ms, worker_settings, write_settings};
use crate::site_file;
use crate::time::datetimeoffset;
use std::collections::BTreeMap;

#[test]
fn the_demo_site_is_empty_and_sound() {
    let site = demo().site;
    assert_eq!(site.instance_names(), ["SQL01".into(), "SQL02".into()]);
    for name in site.instance_names() {
        assert!(site.instance_runs(&name));
        let (node, instance) = site.instance(&name).unwrap();
        assert!(node.sql_agent_runs(&"MSSQLSERVER".into()) && !instance.hadr_in_use);
        assert_eq!(instance.databases.len(), 4);
    }
    let sids: Vec<_> = site
        .instance_names()
        .iter()
        .map(|n| site.instance(n).unwrap().1.logins[&"scaleout_operator".into()].sid.clone())
        .collect();
    assert_eq!(sids[0], sids[1]);
    assert_eq!(site.resolve("SQL01"), ["10.0.0.11"]);
    assert!(site.groups.is_empty() && site.cluster.unwrap().groups.is_empty());
}

#[test]
fn contradictions_are_refused() {
    let twice = "domain: {dnsSuffix: a, netBios: A}\nnodes: [{name: N, address: 10.0.0.1}, {name: n, address: 10.0.0.2}]";
    assert!(site_file::read(twice, 0).is_err());
    let stranger =
        "domain: {dnsSuffix: a, netBios: A}\ncluster: {name: C, nodes: [M], networks: {}}\nnodes: []";
    assert!(site_file::read(stranger, 0).is_err());
    assert!(site_file::read("domain: {dnsSuffix: a, netBios: A}\nnodes: []\nhealth: good", 0).is_err());
}

#[test]
fn settings_are_read_in_both_forms() {
    let pairs =
        [("AgentId", "ABC"), ("MasterEndpoint", "https://a&b:1"), ("AgentHeartbeatInterval", "00:00:05")];
    let values: BTreeMap<String, String> = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    for xml in [false, true] {
        let text = write_settings(&values, &["MasterEndpoint"], xml, "WorkerSettings");
        let read = worker_settings(text.as_bytes()).unwrap();
        assert_eq!(
            (read.agent_id.as_str(), read.endpoint.as_str(), read.heartbeat_ms),
            ("abc", "https://a&b:1", 5_000)
        );
        assert_eq!(read.lease_ms, 60_000, "default");
    }
    assert_eq!(time_span_ms("7.00:00:00"), Some(604_800_000));
    assert_eq!(time_span_ms("00:00:01.5"), Some(1_500));
    assert_eq!(time_span_ms("soon"), None);
}

#[test]
fn times_are_printed_as_sql_server_does() {
    assert_eq!(datetimeoffset(1_714_551_072_123), "2024-05-01 08:11:12.1230000 +00:00");
    assert_eq!(datetimeoffset(-1), "1969-12-31 23:59:59.9990000 +00:00");
}
