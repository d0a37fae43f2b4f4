//! Coordinates come only from an object that was observed as it is and was found valid.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::documents;
use crate::convergence::Convergence;
use crate::coordinates::{CoordinatesUnavailable, GroupCoordinates, MasterCoordinates};
use crate::{ScaleOutMaster, SsisdbAvailabilityGroup};

fn sample(kind: &str) -> Value {
    documents("deploy/samples")
        .into_iter()
        .flat_map(|(_, _, values)| values)
        .find(|value| value["kind"] == kind)
        .unwrap()
}

fn observed(generation: Option<i64>, stalled_reason: Option<&str>) -> Convergence {
    let condition = |reason: &str| Condition {
        type_: "Stalled".into(),
        status: "True".into(),
        reason: reason.into(),
        message: "listener and client access point have one name".into(),
        observed_generation: generation,
        last_transition_time: Time(Timestamp::UNIX_EPOCH),
    };
    Convergence {
        observed_generation: generation,
        conditions: stalled_reason.map(condition).into_iter().collect(),
        ..Convergence::default()
    }
}

fn group(generation: i64, status: Option<Convergence>) -> SsisdbAvailabilityGroup {
    let mut group: SsisdbAvailabilityGroup =
        serde_json::from_value(sample("SsisdbAvailabilityGroup")).unwrap();
    group.metadata.generation = Some(generation);
    group.status = status.map(|convergence| crate::SsisdbAvailabilityGroupStatus {
        convergence,
        ..crate::SsisdbAvailabilityGroupStatus::default()
    });
    group
}

#[test]
fn an_observed_group_gives_its_replicas_and_secrets() {
    let coordinates = GroupCoordinates::try_from(&group(3, Some(observed(Some(3), None)))).unwrap();
    let replicas: Vec<_> =
        coordinates.replicas.iter().map(|replica| (replica.name.as_str(), replica.sql_port)).collect();
    assert_eq!(replicas, [("SQL01", 1433), ("SQL02", 1433)]);
    assert_eq!(coordinates.replicas[1].hosts[0].agent, "https://sql02.corp.example:8443");
    assert_eq!(coordinates.operator_secret.as_deref(), Some("sql-operator"));
    assert_eq!(coordinates.sql_ca_secret, "sql-ca");
    assert_eq!(coordinates.failover_cluster.as_deref(), Some("SQLCLU01"));
}

#[test]
fn an_older_observation_gives_none() {
    for status in [None, Some(observed(None, None)), Some(observed(Some(2), None))] {
        assert_eq!(
            GroupCoordinates::try_from(&group(3, status)),
            Err(CoordinatesUnavailable::NotObserved { name: "ssisdb".into(), current: 3 })
        );
    }
}

#[test]
fn only_an_invalid_spec_is_invalid() {
    let invalid = GroupCoordinates::try_from(&group(3, Some(observed(Some(3), Some("InvalidSpec")))));
    assert!(matches!(invalid, Err(CoordinatesUnavailable::Invalid { .. })), "{invalid:?}");
    let blocked = GroupCoordinates::try_from(&group(3, Some(observed(Some(3), Some("CatalogMissing")))));
    assert!(blocked.is_ok(), "{blocked:?}");
}

#[test]
fn coordinates_stay_while_the_object_is_deleted() {
    let mut deleted = group(4, Some(observed(Some(4), None)));
    deleted.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    assert!(GroupCoordinates::try_from(&deleted).is_ok());
}

#[test]
fn an_observed_master_gives_its_nodes_and_endpoint() {
    let mut master: ScaleOutMaster = serde_json::from_value(sample("ScaleOutMaster")).unwrap();
    master.metadata.generation = Some(1);
    master.status = Some(crate::ScaleOutMasterStatus {
        convergence: observed(Some(1), None),
        ..crate::ScaleOutMasterStatus::default()
    });
    let coordinates = MasterCoordinates::try_from(&master).unwrap();
    assert_eq!(coordinates.availability_group_ref, "ssisdb");
    assert_eq!(coordinates.nodes[0].agent, "https://sql01.corp.example:8443");
    assert_eq!(
        (coordinates.client_access_point.name.as_str(), coordinates.endpoint_port),
        ("ssis-master", 8391)
    );
}
