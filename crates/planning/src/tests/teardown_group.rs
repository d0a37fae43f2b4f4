//! The group's teardown: claims, nothing else; what is never dropped.

use super::{GROUP_TEARDOWN, Row, check};
use crate::steps::group::teardown::Teardown;
use crate::tests::fixture::{NODES, NOW, converged, node, unknown};
use scaleout_model::fence::Kind;

/// The rows.
pub(super) const ROWS: &[Row<Teardown>] = &[
    (
        "a master names it",
        |d, _| d.deletion.users = vec!["ScaleOutMaster ssis".into()],
        &["GroupUnused site: Waiting InUse"],
        "",
    ),
    (
        "nobody names it",
        |_, _| {},
        &["GroupClaimsReleased QRY1: ReleaseClaim", "GroupClaimsReleased QRY2: ReleaseClaim"],
        "Replica",
    ),
    (
        "another object has the claim",
        |_, o| {
            for host in NODES {
                for claim in &mut node(o, host).agent.claims {
                    claim.name = "other".into();
                }
            }
        },
        &[],
        "",
    ),
    (
        "a host is silent: the claim on the other is released",
        |_, o| drop(o.nodes.insert("QRY2".into(), unknown())),
        &[
            "GroupHostsAnswer QRY2: Waiting AgentUnreachable",
            "GroupClaimsReleased QRY1: ReleaseClaim",
            "GroupClaimsReleased QRY2: Waiting AgentUnreachable",
        ],
        "",
    ),
    (
        "a host is silent for long",
        |d, o| {
            o.nodes.insert("QRY2".into(), unknown());
            d.deletion.silent_since_unix_ms = Some(NOW - 600_000);
        },
        &[
            "GroupHostsAnswer QRY2: Blocked HostUnreachable",
            "GroupClaimsReleased QRY1: ReleaseClaim",
            "GroupClaimsReleased QRY2: Waiting AgentUnreachable",
        ],
        "",
    ),
    (
        "a host is given up and the other is released",
        |d, o| {
            node(o, "QRY1").agent.claims.clear();
            o.nodes.insert("QRY2".into(), unknown());
            d.deletion.given_up.insert("QRY2".into());
        },
        &["GroupHostsAnswer QRY2: Warned HostGivenUp"],
        "",
    ),
];

#[test]
fn each_stage_of_the_groups_teardown_gets_its_op() {
    check(&GROUP_TEARDOWN, ROWS);
}

/// Neither the group, nor the database, nor anything in them: no row names an op that is destructive or SQL.
#[test]
fn nothing_of_the_group_is_ever_dropped() {
    for (row, change, _, _) in ROWS {
        let (mut desired, mut observed) = ((GROUP_TEARDOWN.desired)(), converged());
        change(&mut desired, &mut observed);
        assert_eq!(desired.group.policy.owner.kind, Kind::SsisdbAvailabilityGroup);
        for (_, op) in GROUP_TEARDOWN.plan(&desired, &observed).ops() {
            assert_eq!(op.name(), "ReleaseClaim", "{row}");
        }
    }
}
