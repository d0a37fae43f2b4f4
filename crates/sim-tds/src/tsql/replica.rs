//! Parser of `'instance' WITH (replica options)`.

use super::cursor::{Cursor, Parsed};
use super::ddl::{ReplicaOptions, ReplicaSpec, RoutingList, RoutingUrl};
use crate::value::SqlError;

/// After `REPLICA ON`.
pub(super) fn replica(cursor: &mut Cursor<'_>) -> Parsed<ReplicaSpec> {
    let instance = cursor.string()?;
    cursor.expect("WITH")?;
    let mut options = ReplicaOptions::default();
    cursor.in_parentheses(|cursor| replica_option(cursor, &mut options))?;
    Ok(ReplicaSpec { instance, options })
}

/// A new replica needs URL, availability mode (41198) and failover mode (41197).
pub(super) fn required_options(options: &ReplicaOptions, line: u32) -> Parsed<()> {
    let missing = |number: i32, option: &str| {
        let text = format!("The {option} option has not been specified for the replica.");
        Err(SqlError::new(number, text).at_line(line))
    };
    if options.endpoint_url.is_none() {
        missing(35228, "ENDPOINT_URL")
    } else if options.availability_mode.is_none() {
        missing(41198, "AVAILABILITY_MODE")
    } else if options.failover_mode.is_none() {
        missing(41197, "FAILOVER_MODE")
    } else {
        Ok(())
    }
}

fn replica_option(cursor: &mut Cursor<'_>, options: &mut ReplicaOptions) -> Parsed<()> {
    if cursor.eat("ENDPOINT_URL") {
        let value = cursor.equals_string()?;
        cursor.set_once(&mut options.endpoint_url, value)
    } else if cursor.eat("AVAILABILITY_MODE") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.availability_mode, value)
    } else if cursor.eat("FAILOVER_MODE") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.failover_mode, value)
    } else if cursor.eat("SEEDING_MODE") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.seeding_mode, value)
    } else if cursor.eat("BACKUP_PRIORITY") {
        let value = cursor.equals_integer(0..=100)?;
        cursor.set_once(&mut options.backup_priority, value)
    } else if cursor.eat("SESSION_TIMEOUT") {
        let value = cursor.equals_integer(0..=u32::MAX)?;
        cursor.set_once(&mut options.session_timeout, value)
    } else if cursor.eat("SECONDARY_ROLE") {
        cursor.in_parentheses(|cursor| secondary_option(cursor, options)).map(drop)
    } else {
        cursor.expect("PRIMARY_ROLE")?;
        cursor.in_parentheses(|cursor| primary_option(cursor, options)).map(drop)
    }
}

fn secondary_option(cursor: &mut Cursor<'_>, options: &mut ReplicaOptions) -> Parsed<()> {
    if cursor.eat("ALLOW_CONNECTIONS") {
        let value = cursor.equals_choice()?;
        return cursor.set_once(&mut options.secondary_allow_connections, value);
    }
    cursor.expect("READ_ONLY_ROUTING_URL")?;
    let value = routing_url(cursor)?;
    cursor.set_once(&mut options.read_only_routing_url, value)
}

fn primary_option(cursor: &mut Cursor<'_>, options: &mut ReplicaOptions) -> Parsed<()> {
    if cursor.eat("ALLOW_CONNECTIONS") {
        let value = cursor.equals_choice()?;
        return cursor.set_once(&mut options.primary_allow_connections, value);
    }
    if cursor.eat("READ_WRITE_ROUTING_URL") {
        let value = routing_url(cursor)?;
        return cursor.set_once(&mut options.read_write_routing_url, value);
    }
    cursor.expect("READ_ONLY_ROUTING_LIST")?;
    let value = routing_list(cursor)?;
    cursor.set_once(&mut options.read_only_routing_list, value)
}

fn routing_url(cursor: &mut Cursor<'_>) -> Parsed<RoutingUrl> {
    cursor.expect_symbol('=')?;
    if cursor.eat("NONE") { Ok(RoutingUrl::None) } else { cursor.string().map(RoutingUrl::Url) }
}

/// `= NONE` or `= ('a', ('b','c'))`.
fn routing_list(cursor: &mut Cursor<'_>) -> Parsed<RoutingList> {
    cursor.expect_symbol('=')?;
    if cursor.eat("NONE") {
        return Ok(Vec::new());
    }
    cursor.in_parentheses(|cursor| {
        if cursor.is_symbol('(') { cursor.in_parentheses(Cursor::string) } else { Ok(vec![cursor.string()?]) }
    })
}
