//! Parsers of CREATE, ALTER and DROP AVAILABILITY GROUP.

use super::cursor::{Cursor, Parsed};
use super::ddl::{
    CreateAvailabilityGroup, Ddl, GroupAction, GroupOptions, ListenerAddresses, ListenerChange, ListenerIp,
    ListenerSpec,
};
use super::lexer::TokenKind;
use super::replica::{replica, required_options};
use crate::value::SqlError;

/// After `CREATE AVAILABILITY GROUP`.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let mut options = GroupOptions::default();
    if cursor.eat("WITH") {
        cursor.in_parentheses(|cursor| group_option(cursor, &mut options, true))?;
    }
    cursor.expect("FOR")?;
    let mut databases = Vec::new();
    if cursor.eat("DATABASE") {
        databases = cursor.list(Cursor::name)?;
    }
    cursor.expect("REPLICA ON")?;
    let replicas = cursor.list(replica)?;
    replicas.iter().try_for_each(|replica| required_options(&replica.options, cursor.line()))?;
    let listener = if cursor.eat("LISTENER") { Some(listener(cursor)?) } else { None };
    let group = CreateAvailabilityGroup { name, options, databases, replicas, listener };
    Ok(Ddl::CreateAvailabilityGroup(group))
}

/// After `ALTER AVAILABILITY GROUP`.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let action = if cursor.eat("SET") {
        let mut options = GroupOptions::default();
        cursor.in_parentheses(|cursor| group_option(cursor, &mut options, false))?;
        GroupAction::Set(options)
    } else if cursor.eat("JOIN") {
        join(cursor)?
    } else if cursor.eat("GRANT CREATE ANY DATABASE") {
        GroupAction::GrantCreateAnyDatabase
    } else if cursor.eat("DENY CREATE ANY DATABASE") {
        GroupAction::DenyCreateAnyDatabase
    } else if cursor.eat("FAILOVER") {
        GroupAction::Failover
    } else if cursor.eat("FORCE_FAILOVER_ALLOW_DATA_LOSS") {
        GroupAction::ForceFailoverAllowDataLoss
    } else if cursor.eat("OFFLINE") {
        GroupAction::Offline
    } else {
        member_action(cursor)?
    };
    Ok(Ddl::AlterAvailabilityGroup { name, action })
}

/// After `DROP AVAILABILITY GROUP`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    Ok(Ddl::DropAvailabilityGroup { name: cursor.name()? })
}

fn join(cursor: &mut Cursor<'_>) -> Parsed<GroupAction> {
    let mut cluster_type = None;
    if cursor.is_word("WITH") {
        cursor.at += 1;
        cursor.expect_symbol('(')?;
        cursor.expect("CLUSTER_TYPE")?;
        cluster_type = Some(cursor.equals_choice()?);
        cursor.expect_symbol(')')?;
    }
    Ok(GroupAction::Join { cluster_type })
}

/// ADD, MODIFY, REMOVE and RESTART of databases, replicas and the listener.
fn member_action(cursor: &mut Cursor<'_>) -> Parsed<GroupAction> {
    if cursor.eat("ADD DATABASE") {
        return Ok(GroupAction::AddDatabase(cursor.list(Cursor::name)?));
    }
    if cursor.eat("REMOVE DATABASE") {
        return Ok(GroupAction::RemoveDatabase(cursor.list(Cursor::name)?));
    }
    if cursor.eat("ADD REPLICA ON") {
        let replicas = cursor.list(replica)?;
        replicas.iter().try_for_each(|replica| required_options(&replica.options, cursor.line()))?;
        return Ok(GroupAction::AddReplica(replicas));
    }
    if cursor.eat("MODIFY REPLICA ON") {
        return Ok(GroupAction::ModifyReplica(replica(cursor)?));
    }
    if cursor.eat("REMOVE REPLICA ON") {
        return Ok(GroupAction::RemoveReplica(cursor.list(Cursor::string)?));
    }
    if cursor.eat("ADD LISTENER") {
        return Ok(GroupAction::AddListener(listener(cursor)?));
    }
    if cursor.eat("MODIFY LISTENER") {
        return modify_listener(cursor);
    }
    if cursor.eat("RESTART LISTENER") {
        return Ok(GroupAction::RestartListener { dns_name: cursor.string()? });
    }
    cursor.expect("REMOVE LISTENER")?;
    Ok(GroupAction::RemoveListener { dns_name: cursor.string()? })
}

fn group_option(cursor: &mut Cursor<'_>, options: &mut GroupOptions, create: bool) -> Parsed<()> {
    if cursor.eat("AUTOMATED_BACKUP_PREFERENCE") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.automated_backup_preference, value)
    } else if cursor.eat("FAILURE_CONDITION_LEVEL") {
        let value = cursor.equals_integer(1..=5)?;
        cursor.set_once(&mut options.failure_condition_level, value)
    } else if cursor.eat("HEALTH_CHECK_TIMEOUT") {
        let value = cursor.equals_integer(15_000..=u32::MAX)?;
        cursor.set_once(&mut options.health_check_timeout, value)
    } else if cursor.eat("DB_FAILOVER") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.db_failover, value)
    } else if cursor.eat("DTC_SUPPORT") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.dtc_support, value)
    } else if cursor.eat("REQUIRED_SYNCHRONIZED_SECONDARIES_TO_COMMIT") {
        let value = cursor.equals_integer(0..=8)?;
        cursor.set_once(&mut options.required_synchronized_secondaries_to_commit, value)
    } else if cursor.eat("CLUSTER_CONNECTION_OPTIONS") {
        let value = cursor.equals_string()?;
        cursor.set_once(&mut options.cluster_connection_options, value)
    } else if create {
        create_option(cursor, options)
    } else if cursor.is_words("ROLE") {
        Err(SqlError::not_implemented("distributed availability groups").at_line(cursor.line()))
    } else {
        cursor.refuse()
    }
}

/// Options that only CREATE knows.
fn create_option(cursor: &mut Cursor<'_>, options: &mut GroupOptions) -> Parsed<()> {
    if cursor.eat("BASIC") {
        cursor.set_once(&mut options.basic, ())
    } else if cursor.is_word("DISTRIBUTED") {
        Err(SqlError::not_implemented("distributed availability groups").at_line(cursor.line()))
    } else if cursor.eat("CONTAINED") {
        if cursor.is_word("REUSE_SYSTEM_DATABASES") || cursor.is_word("AUTOSEEDING_SYSTEM_DATABASES") {
            return Err(
                SqlError::not_implemented("system databases of a contained group").at_line(cursor.line())
            );
        }
        cursor.set_once(&mut options.contained, ())
    } else if cursor.eat("CLUSTER_TYPE") {
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut options.cluster_type, value)
    } else if cursor.eat("WRITE_LEASE_VALIDITY") {
        let value = cursor.equals_integer(0..=u32::MAX)?;
        cursor.set_once(&mut options.write_lease_validity, value)
    } else {
        cursor.refuse()
    }
}

/// After `LISTENER`.
fn listener(cursor: &mut Cursor<'_>) -> Parsed<ListenerSpec> {
    let dns_name = cursor.string()?;
    cursor.expect_symbol('(')?;
    cursor.expect("WITH")?;
    let mut port = None;
    let addresses = if cursor.eat("DHCP") {
        let mut network = None;
        if cursor.eat("ON") {
            cursor.expect_symbol('(')?;
            let address = ipv4(cursor)?;
            cursor.expect_symbol(',')?;
            network = Some((address, ipv4(cursor)?));
            cursor.expect_symbol(')')?;
        }
        ListenerAddresses::Dhcp(network)
    } else {
        cursor.expect("IP")?;
        let ips = cursor.in_parentheses(listener_ip)?;
        if cursor.eat_symbol(',') {
            cursor.expect("PORT")?;
            port = Some(cursor.equals_integer(1..=u16::MAX)?);
        }
        ListenerAddresses::Static(ips)
    };
    cursor.expect_symbol(')')?;
    Ok(ListenerSpec { dns_name, addresses, port })
}

/// `('v4', 'mask')` or `('v6')`; 19483 for text that is no address.
fn listener_ip(cursor: &mut Cursor<'_>) -> Parsed<ListenerIp> {
    cursor.expect_symbol('(')?;
    let text = cursor.string()?;
    let ip = if cursor.eat_symbol(',') {
        let address = checked::<std::net::Ipv4Addr>(text, cursor.line())?;
        ListenerIp::V4 { address, mask: ipv4(cursor)? }
    } else {
        ListenerIp::V6 { address: checked::<std::net::Ipv6Addr>(text, cursor.line())? }
    };
    cursor.expect_symbol(')')?;
    Ok(ip)
}

fn ipv4(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let line = cursor.line();
    cursor.string().and_then(|text| checked::<std::net::Ipv4Addr>(text, line))
}

fn checked<T: std::str::FromStr>(text: String, line: u32) -> Parsed<String> {
    match text.parse::<T>() {
        Ok(_) => Ok(text),
        Err(_) => {
            Err(SqlError::new(19483, format!("The specified IP address '{text}' is not valid."))
                .at_line(line))
        }
    }
}

fn modify_listener(cursor: &mut Cursor<'_>) -> Parsed<GroupAction> {
    let dns_name = cursor.string()?;
    cursor.expect_symbol('(')?;
    let change = if cursor.eat("ADD IP") {
        // Documented as `ADD IP ( <address> )`, the address itself in parentheses or not.
        if cursor.kind_at(1) == Some(&TokenKind::Symbol('(')) {
            cursor.expect_symbol('(')?;
            let ip = listener_ip(cursor)?;
            cursor.expect_symbol(')')?;
            ListenerChange::AddIp(ip)
        } else {
            ListenerChange::AddIp(listener_ip(cursor)?)
        }
    } else if cursor.eat("REMOVE IP") {
        cursor.expect_symbol('(')?;
        let address = cursor.string()?;
        cursor.expect_symbol(')')?;
        ListenerChange::RemoveIp(address)
    } else {
        cursor.expect("PORT")?;
        ListenerChange::Port(cursor.equals_integer(1..=u16::MAX)?)
    };
    cursor.expect_symbol(')')?;
    Ok(GroupAction::ModifyListener { dns_name, change })
}
