//! Rules that freeze a site: nothing is written, whatever is wrong.

use crate::act::Act::{CutOff, Drift, FailOver, Set, SlowFailOver};
use crate::case::Case;
use crate::case::When::{AtRest, AtStart};

const RULE: crate::act::Act = Drift("/nodes/SQL02/firewall/rules/SSIS Scale Out master/enabled", "false");
const START: crate::act::Act = Drift("/nodes/ETL01/services/SSISScaleOutWorker150/startType", r#""manual""#);

/// All cases.
pub(crate) const CASES: &[Case] = &[
    Case::new(
        "quorum is forced",
        AtRest,
        &[Set("/cluster/forcedQuorum", "true"), RULE, START],
        &[
            ("group", "Ready", "False", "QuorumNotNormal"),
            ("master", "Ready", "False", "QuorumNotNormal"),
            ("etl01", "Ready", "False", "QuorumNotNormal"),
        ],
    ),
    Case::new(
        "two replicas say that they are the primary",
        AtRest,
        &[CutOff("SQL01"), FailOver("SQL02"), RULE, START],
        &[("group", "Ready", "Unknown", "NoPrimary"), ("master", "Ready", "False", "NoPrimary")],
    ),
    Case::new(
        "a failover does not end",
        AtRest,
        &[SlowFailOver("SQL02", 10_000_000), RULE, START],
        &[("group", "Ready", "Unknown", "NoPrimary"), ("master", "Ready", "False", "NoPrimary")],
    ),
    Case::new(
        "the replicas' versions differ",
        AtStart,
        &[Set("/nodes/SQL02/instances/MSSQLSERVER/productVersion", r#""16.0.4135.4""#), RULE, START],
        &[("group", "Ready", "False", "VersionDiffers"), ("master", "Ready", "False", "VersionDiffers")],
    ),
];
