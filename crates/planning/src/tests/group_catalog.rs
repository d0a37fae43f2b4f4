//! The group's chain about SSISDB and what it needs on each instance.

use super::{GROUP, Row, check};
use crate::tests::fixture::{catalog, database, instance, unknown};
use scaleout_model::defaults::CLEANUP_LOGIN;
use scaleout_model::desired::{DesiredGroup, SecretSlot};
use scaleout_model::fact::Fact;
use scaleout_model::names::LoginName;
use scaleout_model::observed::Observed;
use scaleout_model::sql::{Evidence, EvidencePurpose};

/// Before the group: SSISDB on QRY1 alone.
pub(super) fn ungroup(observed: &mut Observed) {
    for index in 0..2 {
        instance(observed, index).group = Fact::Absent;
    }
    database(observed, 0).in_group = false;
    instance(observed, 1).catalog_database = Fact::Absent;
}

fn disprove(observed: &mut Observed, purpose: EvidencePurpose, target: &str) {
    observed.evidence.retain(|evidence| !(evidence.purpose == purpose && evidence.target == target));
}

/// The newest log backup on each replica.
fn backed_up(observed: &mut Observed, ages: [Fact<i64>; 2]) {
    for (index, age) in ages.into_iter().enumerate() {
        instance(observed, index).support.log_backup_age_seconds = age;
    }
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredGroup>] = &[
    (
        "no SSISDB anywhere",
        |_, o| {
            ungroup(o);
            instance(o, 0).catalog_database = Fact::Absent;
        },
        &["CatalogExists site: CreateCatalog"],
        r#"replica: "QRY1""#,
    ),
    (
        "no SSISDB anywhere and spec does not let us create it",
        |d, o| {
            ungroup(o);
            d.create_catalog = false;
            instance(o, 0).catalog_database = Fact::Absent;
        },
        &["CatalogExists site: Blocked CatalogMissing"],
        "",
    ),
    (
        "no SSISDB anywhere and no password",
        |d, o| {
            ungroup(o);
            d.master_key = SecretSlot::Missing("Secret catalog-key does not exist".into());
            instance(o, 0).catalog_database = Fact::Absent;
        },
        &[
            "CatalogExists site: Blocked SecretRequired",
            "MasterKeyCredential QRY1: Blocked SecretRequired",
            r"MasterKeyCredential QRY2\ETL: Blocked SecretRequired",
        ],
        "",
    ),
    (
        "the primary lost SSISDB, the secondary has one",
        |_, o| instance(o, 0).catalog_database = Fact::Absent,
        &["CatalogExists site: Blocked StraySsisdbOnSecondary"],
        "",
    ),
    (
        "two instances have an SSISDB of their own",
        |_, o| {
            let stray = database(o, 1).clone();
            ungroup(o);
            instance(o, 1).catalog_database = Fact::Known(stray);
        },
        &[
            "CatalogExists site: Blocked StraySsisdbOnSecondary",
            "CatalogObserver site: Blocked StraySsisdbOnSecondary",
            "MasterKeyProved site: Blocked StraySsisdbOnSecondary",
            "RecoveryFull site: Blocked StraySsisdbOnSecondary",
            "LogChain site: Blocked StraySsisdbOnSecondary",
            "CatalogOwner site: Blocked StraySsisdbOnSecondary",
            "CleanupUser site: Blocked StraySsisdbOnSecondary",
            "GroupExists site: Blocked StraySsisdbOnSecondary",
        ],
        "",
    ),
    (
        "the second instance has SSISDB: it becomes the first primary",
        |_, o| {
            ungroup(o);
            instance(o, 1).catalog_database = instance(o, 0).catalog_database.clone();
            instance(o, 0).catalog_database = Fact::Absent;
        },
        &["GroupExists site: CreateGroup"],
        r#"replica: "QRY2\\ETL""#,
    ),
    (
        "SSISDB is recovering",
        |_, o| database(o, 0).state = "RECOVERING".into(),
        &["CatalogExists site: Waiting CatalogUnavailable"],
        "",
    ),
    (
        "the observer has no user in SSISDB",
        |_, o| instance(o, 0).rights.catalog = false,
        &["CatalogObserver site: EnsureCatalogObserver"],
        "watcher",
    ),
    (
        "the master key's password is not proved",
        |_, o| disprove(o, EvidencePurpose::MasterKeyOpens, "site"),
        &["MasterKeyProved site: ProveMasterKey"],
        "catalog-key",
    ),
    (
        "the Secret of the master key is another version",
        |d, _| {
            let SecretSlot::Present(handle) = &mut d.master_key else { panic!("present") };
            handle.resource_version = "2".into();
        },
        &["MasterKeyProved site: ProveMasterKey"],
        "resource_version: \"2\"",
    ),
    (
        "SSISDB is in SIMPLE recovery",
        |_, o| {
            ungroup(o);
            database(o, 0).recovery_model = "SIMPLE".into();
        },
        &["RecoveryFull site: SetRecoveryFull", "GroupExists site: CreateGroup"],
        "",
    ),
    (
        "SSISDB can't join a group",
        |_, o| {
            ungroup(o);
            database(o, 0).bars.push("SINGLE_USER".into());
        },
        &["RecoveryFull site: Blocked CatalogUnsuitable", "GroupExists site: CreateGroup"],
        "",
    ),
    (
        "SSISDB was never backed up",
        |_, o| {
            ungroup(o);
            database(o, 0).log_chain = Fact::Known(false);
        },
        &["LogChain site: BackupCatalog"],
        "Initial",
    ),
    (
        "SSISDB was never backed up and spec names no directory",
        |d, o| {
            ungroup(o);
            d.backup_directory = None;
            database(o, 0).log_chain = Fact::Known(false);
        },
        &["LogChain site: Blocked LogChainMissing"],
        "",
    ),
    (
        "the primary's copy belongs to somebody else",
        |_, o| database(o, 0).owner_sid = "EE".into(),
        &["CatalogOwner QRY1: OwnCatalog"],
        "",
    ),
    (
        "the secondary's copy belongs to somebody else",
        |_, o| database(o, 1).owner_sid = "EE".into(),
        &[r"CatalogOwner QRY2\ETL: Warned CatalogOwnerDrift"],
        "",
    ),
    (
        "all copies belong to a login that is gone on one instance",
        |_, o| {
            (database(o, 0).owner_sid, database(o, 1).owner_sid) = ("EE".into(), "EE".into());
            database(o, 1).owner = Fact::Absent;
        },
        &["CatalogOwner QRY1: OwnCatalog", r"CatalogOwner QRY2\ETL: Warned CatalogOwnerDrift"],
        "",
    ),
    (
        "the start-up procedure is missing",
        |_, o| instance(o, 1).support.startup_procedure = Fact::Absent,
        &[r"StartupProcedure QRY2\ETL: EnsureStartupProcedure"],
        "",
    ),
    (
        "the assembly is not trusted",
        |_, o| instance(o, 1).support.trusted_assemblies = Fact::Known(vec!["00".into()]),
        &[r"AssemblyTrusted QRY2\ETL: TrustAssembly"],
        "ABCDEF",
    ),
    (
        "the clean-up login is missing on the secondary",
        |_, o| {
            let Fact::Known(logins) = &mut instance(o, 1).logins else { panic!("known") };
            logins.retain(|login| login.name != LoginName::new(CLEANUP_LOGIN));
        },
        &[r"CleanupLogin QRY2\ETL: CreateCleanupLogin"],
        "D4",
    ),
    (
        "the clean-up user has no role",
        |_, o| {
            let Fact::Known(users) = &mut catalog(o).users else { panic!("known") };
            users[2].roles.clear();
        },
        &["CleanupUser site: EnsureCleanupUser"],
        "",
    ),
    (
        "the failover monitor job was disabled",
        |_, o| {
            let Fact::Known(job) = &mut instance(o, 1).support.failover_job else { panic!("known") };
            job.enabled = false;
        },
        &[r"AgentJobs QRY2\ETL: EnsureFailoverJob"],
        "",
    ),
    (
        "the maintenance job is missing",
        |_, o| instance(o, 0).support.maintenance_job = Fact::Absent,
        &["AgentJobs QRY1: EnsureMaintenanceJob"],
        "",
    ),
    (
        "a replica has no credential for the master key",
        |_, o| instance(o, 1).support.master_key_credentials = Fact::Known(Vec::new()),
        &[r"MasterKeyCredential QRY2\ETL: AddMasterKeyCredential"],
        "",
    ),
    (
        "a credential was made by somebody else",
        |_, o| instance(o, 1).support.master_key_credentials = Fact::Known(vec!["7:2031-01-01".into()]),
        &[r"MasterKeyCredential QRY2\ETL: AddMasterKeyCredential"],
        "",
    ),
    (
        "the credential of an adopted replica is as old as its SSISDB",
        |_, o| disprove(o, EvidencePurpose::MasterKeyCredential, r"QRY2\ETL"),
        &[r"MasterKeyCredential QRY2\ETL: TakeMasterKeyCredential"],
        "",
    ),
    (
        "the credential of an adopted replica is left of an older SSISDB",
        |_, o| {
            disprove(o, EvidencePurpose::MasterKeyCredential, r"QRY2\ETL");
            database(o, 1).created = "2030-01-02".into();
        },
        &[r"MasterKeyCredential QRY2\ETL: AddMasterKeyCredential"],
        "",
    ),
    (
        "spec names no Secret of the master key",
        |d, o| {
            d.master_key = SecretSlot::Undeclared("not set".into());
            o.evidence.clear();
        },
        &[],
        "",
    ),
    (
        "spec names no Secret, and a credential is left of an older SSISDB",
        |d, o| {
            d.master_key = SecretSlot::Undeclared("not set".into());
            database(o, 1).created = "2030-01-02".into();
        },
        &[r"MasterKeyCredential QRY2\ETL: Blocked SecretRequired"],
        "",
    ),
    (
        "the Secret of the master key has changed since the credential was taken",
        |_, o| {
            let taken = |e: &&mut Evidence| e.purpose == EvidencePurpose::MasterKeyCredential;
            o.evidence.iter_mut().filter(taken).for_each(|e| e.secret = "an older version".into());
        },
        &[
            "MasterKeyCredential QRY1: AddMasterKeyCredential",
            r"MasterKeyCredential QRY2\ETL: AddMasterKeyCredential",
        ],
        "",
    ),
    (
        "the log was backed up on neither replica for a day",
        |_, o| backed_up(o, [Fact::Known(90_000), Fact::Known(86_401)]),
        &["LogBackups site: Warned LogBackupOverdue"],
        "",
    ),
    (
        "the log was backed up on one of the replicas",
        |_, o| backed_up(o, [Fact::Absent, Fact::Known(86_400)]),
        &[],
        "",
    ),
    (
        "the log was never backed up since the full backup",
        |_, o| backed_up(o, [Fact::Absent, Fact::Absent]),
        &["LogBackups site: Warned LogBackupOverdue"],
        "",
    ),
    (
        "the full backup is not a day old",
        |_, o| {
            backed_up(o, [Fact::Absent, Fact::Absent]);
            instance(o, 1).support.full_backup_age_seconds = Fact::Known(100);
        },
        &[],
        "",
    ),
    (
        "one of the replicas does not tell of its backups",
        |_, o| backed_up(o, [Fact::Known(90_000), unknown()]),
        &[],
        "",
    ),
    (
        "the failover monitor's role lost its rights",
        |_, o| catalog(o).monitor_granted = Fact::Known(false),
        &["CleanupUser site: EnsureCleanupUser"],
        "",
    ),
    (
        "a replica is not registered for support",
        |_, o| drop(catalog(o).replicas.pop()),
        &[
            r"ReplicasRegistered QRY2\ETL: RegisterReplica",
            "AutomaticFailover QRY1: Warned FailoverBeforeSupport",
            r"AutomaticFailover QRY2\ETL: Warned FailoverBeforeSupport",
        ],
        "state: 2",
    ),
];

#[test]
fn each_drift_of_the_catalog_gets_its_op() {
    check(&GROUP, ROWS);
}
