//! What an error number of SQL Server means and how to react: the table as data.
//!
//! Sources: sys.messages of SQL Server 2016, "CREATE / ALTER AVAILABILITY GROUP", "Database Engine events and errors"
//! (26000 to 27999 for the catalog's procedures), SSISDB schema 2019. Numbers that mean "it is so already" are transient
//! here: the state is read back after every error, so they only remain when it is *not* so.

use scaleout_model::outcome::Class;
use scaleout_model::reason::Reason;

/// Class and, where it is known, the reason that tells what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// The class.
    pub(crate) class: Class,
    /// The reason.
    pub(crate) reason: Option<Reason>,
}

/// Our own error: `RAISERROR` of a batch that refuses to act. Its state is a [`Guard`].
pub(crate) const GUARD_ERROR: u32 = 50_000;

/// Why a batch of ours refused, as the state of error 50000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Guard {
    /// SSISDB, or the group, is not primary here.
    NotPrimary = 1,
    /// The Scale Out Master feature is not installed on this host.
    NoMasterFeature = 2,
}

/// Logins that were refused: tried again only with another password (18456 login failed, always state 1 for the client;
/// 18452 untrusted domain; 18470 disabled; 18486 locked; 18487, 18488 expired).
pub(crate) fn is_refused_login(number: u32) -> bool {
    matches!(number, 18_452 | 18_456 | 18_470 | 18_486 | 18_487 | 18_488)
}

type Row = (&'static [u32], Class, Option<Reason>);

/// The table. A number that is not in it is transient: read, then try again with backoff.
const TABLE: &[Row] = &[
    // Availability group manager and cluster.
    (&[35221], Class::Prerequisite, None),
    (&[35222, 35224, 41105, 41112], Class::Prerequisite, Some(Reason::FailoverClusterMissing)),
    (&[41071, 41191], Class::Prerequisite, Some(Reason::VersionDiffers)),
    (&[35225, 35226], Class::Terminal, None),
    (&[41060, 41086, 41087, 41088, 41103, 41125, 41134, 41143, 41144, 41161], Class::Human, None),
    // Create, join, drop.
    (&[41042, 41106, 41114, 41115, 41116, 41153], Class::Leftover, Some(Reason::GroupLeftover)),
    (&[41026, 41057, 41171, 41196], Class::Terminal, Some(Reason::GroupOnOtherCluster)),
    (&[41159], Class::Human, Some(Reason::JoinRollbackFailed)),
    (&[41044, 41062, 41069, 41070, 41072], Class::Human, Some(Reason::GroupLeftover)),
    (&[41100, 41101, 41119, 41126, 41180], Class::Prerequisite, None),
    (&[19401, 19402, 19403, 19404, 19405, 35209, 35223, 41039, 41056, 41197, 41198], Class::Terminal, None),
    (&[35211, 35212, 35213, 35214, 35215, 35228, 35229, 35230, 35231, 35232, 35233], Class::Terminal, None),
    (&[35234, 35235, 35236, 35237], Class::Terminal, None),
    (&[41199], Class::Terminal, Some(Reason::EditionTooLow)),
    // Role.
    (&[35251, 41102, 41121, 41139, 41140, 41141], Class::NotPrimary, None),
    (&[976, 978], Class::NotPrimary, None),
    (&[35240, 35252], Class::NotSecondary, None),
    (&[19413, 19416, 19417], Class::Human, None),
    // Databases and data movement.
    (&[1418, 35250], Class::Prerequisite, Some(Reason::ReplicaNotConnected)),
    (&[35238, 41148, 19506], Class::Prerequisite, None),
    (&[1464, 1465, 1466, 1467, 1469], Class::Prerequisite, Some(Reason::CatalogUnsuitable)),
    (&[1475, 1478], Class::Prerequisite, Some(Reason::LogChainMissing)),
    (&[1468, 35244, 35249, 35259, 35261, 41117, 41118], Class::Terminal, Some(Reason::CatalogUnsuitable)),
    (&[35253, 35254, 35268, 35269, 35273, 35274, 35275, 35276, 35279], Class::Human, None),
    (&[945], Class::Human, Some(Reason::CatalogUnavailable)),
    (&[911], Class::Prerequisite, Some(Reason::CatalogMissing)),
    // Listener.
    (&[19469], Class::Transient, None),
    (&[19471], Class::Transient, Some(Reason::ComputerObjectDenied)),
    (&[19477, 19486, 19518], Class::Terminal, Some(Reason::ListenerConflict)),
    (&[19488], Class::Leftover, Some(Reason::ListenerConflict)),
    (
        &[19451, 19452, 19455, 19456, 19457, 19458, 19459, 19460, 19461],
        Class::Terminal,
        Some(Reason::ListenerConflict),
    ),
    (&[19482, 19483, 19484, 19485, 19535], Class::Terminal, Some(Reason::ListenerConflict)),
    // Keys, logins, files.
    (&[15581], Class::Prerequisite, Some(Reason::DatabaseMasterKeyClosed)),
    (&[15313, 15466], Class::Credential, Some(Reason::CatalogPasswordUnknown)),
    (&[15580], Class::Human, Some(Reason::CatalogPasswordUnknown)),
    (&[15401], Class::Prerequisite, None),
    (&[15116, 15117, 15118], Class::Terminal, None),
    (&[229, 262, 297, 300, 15151, 15247], Class::Terminal, Some(Reason::OperatorLoginMissing)),
    (&[3201, 3202, 3203], Class::Prerequisite, None),
    (&[1834, 3156, 5170], Class::Human, Some(Reason::CatalogUnavailable)),
    // The catalog's procedures.
    (&[27261], Class::Prerequisite, Some(Reason::MasterFeatureMissingOnPrimary)),
    (&[27259], Class::Terminal, Some(Reason::WorkerEditionLimit)),
    (&[27123, 27178, 27193, 27219, 27260], Class::Terminal, Some(Reason::OperatorLoginMissing)),
    (&[27220, 27228, 27229], Class::Prerequisite, None),
    (&[27243], Class::Prerequisite, Some(Reason::WorkerNotRegistered)),
    (&[27100, 27101, 27138], Class::Terminal, None),
];

/// What an error of this number and state means.
pub(crate) fn meaning_of(number: u32, state: u8) -> Meaning {
    if number == GUARD_ERROR {
        return guard_meaning(state);
    }
    let row = TABLE.iter().find(|(numbers, ..)| numbers.contains(&number));
    row.map_or(Meaning { class: Class::Transient, reason: None }, |(_, class, reason)| Meaning {
        class: *class,
        reason: *reason,
    })
}

fn guard_meaning(state: u8) -> Meaning {
    let of = |class, reason| Meaning { class, reason };
    match state {
        1 => of(Class::NotPrimary, None),
        2 => of(Class::Prerequisite, Some(Reason::MasterFeatureMissingOnPrimary)),
        _ => of(Class::Transient, Some(Reason::StaleView)),
    }
}

/// The reason that an op's error number stands for, where the number alone tells it.
pub fn reason_of(code: i64) -> Option<Reason> {
    u32::try_from(code)
        .ok()
        .filter(|number| *number != GUARD_ERROR)
        .and_then(|number| meaning_of(number, 0).reason)
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
