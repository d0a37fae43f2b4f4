//! The one table from Win32 codes to classes of failure (system error codes; failover cluster codes 5001–5963,
//! service control manager 1051–1072, logon 1311–1909, RPC 1722 and 1753, installer 1618).

use crate::host::{HostError, HostErrorKind};
use scaleout_model::outcome::{Class, Failure};
use scaleout_model::reason::Reason;

/// `ERROR_OBJECT_ALREADY_EXISTS` of the cluster.
pub const CLUSTER_OBJECT_EXISTS: i64 = 5010;

const CREDENTIAL: &[i64] = &[
    1057, 1069, // service account invalid, service logon failed
    1326, 1327, 1328, 1329, 1330, 1331, 1332, 1385, 1793, 1907,
    1909, // logon refused, account expired or locked, no mapping
];
const TRANSIENT: &[i64] = &[
    32, // sharing violation
    1051, 1053, 1056, 1061, 1062,
    1072, // service: dependents run, time-out, runs, busy, not active, marked for deletion
    1311, 1618, 1722, 1753, // no logon server, another installation runs, RPC
    183, 997, 5003, 5010, 5011, 5040, // made meanwhile, pending: look again
    5006, 5012, 5023, 5036, 5041, 5050, 5051, 5072, 5074, 5083, 5084, 5908, 5909, 5910, 5944,
    5959, // busy, node not there
    5022, // cluster service shuts down
];
const PREREQUISITE: &[i64] = &[
    1058, 1060, 1068, // service disabled, missing, dependency failed
    5002, 5007, 5013, 5042, 5045, 5078, // not found
    5001, 5004, 5014, 5019, // must be offline, or online, first
    5005, 5015, 5016, 5037, 5071, 5079, 5082, // placement
    5932, // clustering not installed
];
const TERMINAL: &[i64] =
    &[5038, 5057, 5089, 5894, 5895, 5897, 5911, 5913, 5917, 5924, 5926, 5929, 5940, 5941, 5942, 5943];
const HUMAN: &[i64] = &[
    5, 112, // access denied, disk full
    5905, 5936, // computer account
    5070, 5892, 5907, 5925, 5939, 5953, 5954, 5955, 5960,
    5962, // quorum, paused, drained, vetoed, locked: freeze
];

/// Class of a failed host call: by its code, else by its kind.
pub fn class_of(error: &HostError) -> Class {
    let by_code = error.code.map(win32).and_then(|code| {
        [
            (CREDENTIAL, Class::Credential),
            (TRANSIENT, Class::Transient),
            (PREREQUISITE, Class::Prerequisite),
            (TERMINAL, Class::Terminal),
            (HUMAN, Class::Human),
        ]
        .into_iter()
        .find_map(|(codes, class)| codes.contains(&code).then_some(class))
    });
    by_code.unwrap_or(match error.kind {
        HostErrorKind::NotFound => Class::Prerequisite,
        HostErrorKind::AccessDenied | HostErrorKind::Unsupported => Class::Human,
        HostErrorKind::Credential => Class::Credential,
        HostErrorKind::NotReady | HostErrorKind::Other => Class::Transient,
        HostErrorKind::Invalid => Class::Terminal,
        HostErrorKind::Unanswered => Class::Unanswered,
    })
}

/// The failure that an op reports for a failed host call.
pub fn failure_of(error: &HostError) -> Failure {
    let class = class_of(error);
    Failure::new(class, error.code, error.message.clone())
        .with_reason(reason_of(class, error.code.map(win32)))
}

/// The reason that a condition shows, where class or code tell it: all credentials of host calls are service accounts'.
fn reason_of(class: Class, code: Option<i64>) -> Option<Reason> {
    match (class, code) {
        (Class::Credential, _) => Some(Reason::LogonRefused),
        (_, Some(5894)) => Some(Reason::NoClusterNetwork),
        (_, Some(5905 | 5936)) => Some(Reason::ComputerObjectDenied),
        _ => None,
    }
}

/// The Win32 code inside an HRESULT of facility 7 (`0x8007xxxx`), else the code itself.
pub fn win32(code: i64) -> i64 {
    if (code >> 16) & 0xffff == 0x8007 { code & 0xffff } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_in_two_classes() {
        let mut all: Vec<i64> =
            [CREDENTIAL, TRANSIENT, PREREQUISITE, TERMINAL, HUMAN].into_iter().flatten().copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_condition_gets_the_reason_that_a_code_tells() {
        for (code, reason) in [
            (1069, Some(Reason::LogonRefused)),
            (1326, Some(Reason::LogonRefused)),
            (0x8007_1706, Some(Reason::NoClusterNetwork)),
            (5936, Some(Reason::ComputerObjectDenied)),
            (5, None),
        ] {
            let error = HostError::with_code(HostErrorKind::Other, code, "call");
            assert_eq!(failure_of(&error).reason, reason, "{code}");
        }
        assert_eq!(
            failure_of(&HostError::new(HostErrorKind::Credential, "call")).reason,
            Some(Reason::LogonRefused)
        );
    }

    #[test]
    fn a_code_goes_before_the_kind() {
        let class = |code| class_of(&HostError::with_code(HostErrorKind::Other, code, "call"));
        assert_eq!(class(1326), Class::Credential);
        assert_eq!(class(0x8007_0005), Class::Human);
        assert_eq!(class(i64::from(0x8007_0005_u32.cast_signed())), Class::Human);
        assert_eq!(class(5908), Class::Transient);
        assert_eq!(class(5057), Class::Terminal);
        assert_eq!(class(4_000_000), Class::Transient);
        assert_eq!(class_of(&HostError::new(HostErrorKind::Invalid, "call")), Class::Terminal);
    }
}
