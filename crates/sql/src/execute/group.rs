//! The availability group, its replicas and its listener.

use super::Place;
use super::phase::{Phase, Procedure, Trust};
use crate::batch::{Batch, Database};
use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::record::Rows;
use crate::statements::{group, listener};
use scaleout_model::outcome::{Class, Failure};
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::{EvidencePurpose, ReplicaOption, SeedingMode, SqlOp};

fn group_marker(rows: &Rows) -> Result<String, Fault> {
    Ok(rows.first("look")?.text("group_id")?.to_owned())
}

/// Look and statement of an op of this family.
fn build_texts(op: &SqlOp<SecretBytes>) -> Option<(String, String)> {
    Some(match op {
        SqlOp::CreateGroup { group, options, replica } => {
            (group::look_at_group(group.as_str()), group::create_group(group.as_str(), options, replica))
        }
        SqlOp::AddReplica { group, replica } => (
            group::look_at_replica(group.as_str(), replica.name.as_str()),
            group::add_replica(group.as_str(), replica),
        ),
        SqlOp::JoinReplica { group } => {
            (group::look_at_join(group.as_str()), group::join_group(group.as_str()))
        }
        SqlOp::GrantSeeding { group } => {
            (group::look_at_seeding(group.as_str()), group::grant_seeding(group.as_str()))
        }
        SqlOp::AddCatalogToGroup { group } => {
            (group::look_at_database(group.as_str()), group::add_database(group.as_str()))
        }
        SqlOp::ModifyReplica { group, replica, option } => (
            group::look_at_replica_option(group.as_str(), replica.as_str(), option),
            group::modify_replica(group.as_str(), replica.as_str(), option),
        ),
        SqlOp::SetGroupOption { group, option } => (
            group::look_at_group_option(group.as_str(), option),
            group::set_group_option(group.as_str(), option),
        ),
        SqlOp::CreateListener { group, listener: wanted } => (
            listener::look_at_listener(group.as_str(), wanted.dns_name.as_str()),
            listener::add_listener(group.as_str(), wanted),
        ),
        SqlOp::SetListenerPort { group, dns_name, port } => (
            listener::look_at_listener_port(group.as_str(), dns_name.as_str(), *port),
            listener::set_listener_port(group.as_str(), dns_name.as_str(), *port),
        ),
        SqlOp::AddListenerAddress { group, dns_name, ip, mask } => (
            listener::look_at_listener_address(group.as_str(), dns_name.as_str(), ip),
            listener::add_listener_address(group.as_str(), dns_name.as_str(), ip, mask),
        ),
        _ => return None,
    })
}

/// Setting SEEDING_MODE = AUTOMATIC again starts a failed seeding anew (19495), so it is sent also where it holds. The
/// grant for seeding cannot be read.
fn trust(op: &SqlOp<SecretBytes>) -> Trust {
    match op {
        SqlOp::ModifyReplica { option: ReplicaOption::SeedingMode(SeedingMode::Automatic), .. } => {
            Trust::Repeat
        }
        SqlOp::GrantSeeding { .. } => Trust::Blind,
        _ => Trust::ReadBack,
    }
}

/// The op's only phase.
pub(super) fn build(op: &SqlOp<SecretBytes>, place: &Place<'_>) -> Result<Procedure, Failure> {
    let foreign = || Failure::new(Class::Terminal, None, "not an op of the availability group");
    let (look, act) = build_texts(op).ok_or_else(foreign)?;
    let look = Batch::read(Database::Master, look);
    let act = Batch::new(Database::Master, Deadline::Group, act);
    let procedure = Procedure::one(Phase::new(op.place(), look, vec![act]).with_trust(trust(op)));
    Ok(match op {
        SqlOp::GrantSeeding { .. } => {
            procedure.with_proof(EvidencePurpose::SeedingGranted, place.replica.as_str(), group_marker)
        }
        _ => procedure,
    })
}
