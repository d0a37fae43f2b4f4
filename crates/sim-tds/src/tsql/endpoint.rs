//! Parsers of CREATE, ALTER and DROP ENDPOINT for database mirroring.

use super::cursor::{Cursor, Parsed};
use super::ddl::{Ddl, Endpoint, EndpointAuthentication, WindowsProtocol};
use crate::value::SqlError;

/// After `CREATE ENDPOINT`.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let mut endpoint = Endpoint { name: cursor.name()?, ..Endpoint::default() };
    if cursor.eat("AUTHORIZATION") {
        endpoint.owner = Some(cursor.name()?);
    }
    state(cursor, &mut endpoint)?;
    cursor.expect("AS")?;
    protocol(cursor, &mut endpoint)?;
    if endpoint.port.is_none() {
        return cursor.refuse();
    }
    cursor.expect("FOR")?;
    payload(cursor, &mut endpoint)?;
    if endpoint.role.is_none() {
        return cursor.refuse();
    }
    Ok(Ddl::CreateEndpoint(endpoint))
}

/// After `ALTER ENDPOINT`.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let mut endpoint = Endpoint { name: cursor.name()?, ..Endpoint::default() };
    let start = cursor.at;
    state(cursor, &mut endpoint)?;
    if cursor.eat("AS") {
        protocol(cursor, &mut endpoint)?;
    }
    if cursor.eat("FOR") {
        payload(cursor, &mut endpoint)?;
    }
    if cursor.at == start { cursor.refuse() } else { Ok(Ddl::AlterEndpoint(endpoint)) }
}

/// After `DROP ENDPOINT`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    Ok(Ddl::DropEndpoint { name: cursor.name()? })
}

fn state(cursor: &mut Cursor<'_>, endpoint: &mut Endpoint) -> Parsed<()> {
    if cursor.eat("STATE") {
        endpoint.state = Some(cursor.equals_choice()?);
    }
    Ok(())
}

fn protocol(cursor: &mut Cursor<'_>, endpoint: &mut Endpoint) -> Parsed<()> {
    cursor.expect("TCP")?;
    cursor
        .in_parentheses(|cursor| {
            if cursor.eat("LISTENER_PORT") {
                let value = cursor.equals_integer(1024..=32767)?;
                return cursor.set_once(&mut endpoint.port, value);
            }
            cursor.expect("LISTENER_IP")?;
            cursor.expect_symbol('=')?;
            let value = if cursor.eat("ALL") { None } else { Some(address(cursor)?) };
            cursor.set_once(&mut endpoint.ip, value)
        })
        .map(core::mem::drop)
}

/// `(a.b.c.d)`, `('a.b.c.d')` or `('v6')`.
fn address(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.expect_symbol('(')?;
    let start = cursor.at;
    while !cursor.at_end() && !cursor.is_symbol(')') {
        cursor.at += 1;
    }
    let tokens = cursor.tokens.get(start..cursor.at).unwrap_or_default();
    let text: String = tokens.iter().filter_map(|token| cursor.text.get(token.span.clone())).collect();
    let text = text.trim_start_matches('N').trim_matches('\'').to_owned();
    if text.parse::<std::net::IpAddr>().is_err() {
        return cursor.refuse();
    }
    cursor.expect_symbol(')')?;
    Ok(text)
}

fn payload(cursor: &mut Cursor<'_>, endpoint: &mut Endpoint) -> Parsed<()> {
    if ["TSQL", "SERVICE_BROKER", "SOAP"].iter().any(|kind| cursor.is_word(kind)) {
        return Err(
            SqlError::not_implemented("endpoints other than DATABASE_MIRRORING").at_line(cursor.line())
        );
    }
    if !cursor.eat("DATABASE_MIRRORING") {
        cursor.expect("DATA_MIRRORING")?;
    }
    cursor.in_parentheses(|cursor| payload_option(cursor, endpoint)).map(core::mem::drop)
}

fn payload_option(cursor: &mut Cursor<'_>, endpoint: &mut Endpoint) -> Parsed<()> {
    if cursor.eat("AUTHENTICATION") {
        cursor.expect_symbol('=')?;
        let value = authentication(cursor)?;
        cursor.set_once(&mut endpoint.authentication, value)
    } else if cursor.eat("ENCRYPTION") {
        let encryption = cursor.equals_choice()?;
        let algorithm = if cursor.eat("ALGORITHM") { Some(cursor.choice()?) } else { None };
        cursor.set_once(&mut endpoint.encryption, (encryption, algorithm))
    } else {
        cursor.expect("ROLE")?;
        let value = cursor.equals_choice()?;
        cursor.set_once(&mut endpoint.role, value)
    }
}

fn authentication(cursor: &mut Cursor<'_>) -> Parsed<EndpointAuthentication> {
    if cursor.eat("CERTIFICATE") {
        let certificate = cursor.name()?;
        return Ok(if cursor.eat("WINDOWS") {
            EndpointAuthentication::CertificateThenWindows(certificate, windows_protocol(cursor))
        } else {
            EndpointAuthentication::Certificate(certificate)
        });
    }
    cursor.expect("WINDOWS")?;
    let protocol = windows_protocol(cursor);
    Ok(if cursor.eat("CERTIFICATE") {
        EndpointAuthentication::WindowsThenCertificate(protocol, cursor.name()?)
    } else {
        EndpointAuthentication::Windows(protocol)
    })
}

/// `NEGOTIATE` when not written.
fn windows_protocol(cursor: &mut Cursor<'_>) -> WindowsProtocol {
    cursor.choice().unwrap_or(WindowsProtocol::Negotiate)
}
