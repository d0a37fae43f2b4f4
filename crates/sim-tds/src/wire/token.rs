//! The tokens of answers (MS-TDS 2.2.7), each appended whole.

use super::backend::{Change, ServerInfo, TransactionChange};
use super::bytes::Put;
use super::encode::{self, Unfit};
use super::message::is_error;
use super::type_info::{self, COLLATION, Framing};
use crate::value::{Column, SqlError, SqlType, SqlValue};

const RETURN_STATUS: u8 = 0x79;
const COLUMN_METADATA: u8 = 0x81;
const ERROR: u8 = 0xAA;
const INFO: u8 = 0xAB;
const RETURN_VALUE: u8 = 0xAC;
const LOGIN_ACK: u8 = 0xAD;
const ROW: u8 = 0xD1;
const ENV_CHANGE: u8 = 0xE3;
const DONE: u8 = 0xFD;
const DONE_PROCEDURE: u8 = 0xFE;
const DONE_IN_PROCEDURE: u8 = 0xFF;

/// A message is cut here so that its token's length word cannot overflow (`RAISERROR` cuts at 2,047).
const MAX_MESSAGE: u16 = 8000;
/// The language of each session.
const LANGUAGE: &str = "us_english";

/// Which of the three DONE tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DoneKind {
    Statement,
    InProcedure,
    Procedure,
}

/// A DONE token, kept back until it is known whether more follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) kind: DoneKind,
    pub(super) rows: Option<u64>,
    /// What counted them.
    pub(super) change: Option<Change>,
    pub(super) error: bool,
    pub(super) attention: bool,
}

impl Done {
    pub(super) fn new(kind: DoneKind) -> Self {
        Self { kind, rows: None, change: None, error: false, attention: false }
    }

    pub(super) fn write(self, more: bool, out: &mut Vec<u8>) {
        let bit = |set: bool, bit: u16| if set { bit } else { 0 };
        out.put_u8(match self.kind {
            DoneKind::Statement => DONE,
            DoneKind::InProcedure => DONE_IN_PROCEDURE,
            DoneKind::Procedure => DONE_PROCEDURE,
        });
        out.put_u16(
            bit(more, 0x01)
                | bit(self.error, 0x02)
                | bit(self.rows.is_some(), 0x10)
                | bit(self.attention, 0x20),
        );
        out.put_u16(bit(self.rows.is_some(), command(self.change)));
        out.put_u64(self.rows.unwrap_or(0));
    }
}

/// The statement in a DONE (mssql-jdbc, `StreamDone`). Microsoft's ODBC driver tells a count for changes alone.
fn command(change: Option<Change>) -> u16 {
    match change {
        None => 0xC1,
        Some(Change::Inserted) => 0xC3,
        Some(Change::Deleted) => 0xC4,
        Some(Change::Updated) => 0xC5,
    }
}

/// ERROR or INFO, by the class.
pub(super) fn message(message: &SqlError, server: &str, out: &mut Vec<u8>) {
    out.put_u8(if is_error(message) { ERROR } else { INFO });
    counted(out, |body| {
        body.put_i32(message.number);
        body.put_u8(message.state);
        // Class 10 is sent as 0 ("Database Engine error severities", learn.microsoft.com).
        body.put_u8(if message.class == 10 { 0 } else { message.class });
        body.put_us_varchar(&message.message, MAX_MESSAGE);
        body.put_b_varchar(server);
        body.put_b_varchar(&message.procedure);
        body.put_u32(message.line);
    });
}

/// COLMETADATA; how each column's values are measured.
pub(super) fn columns(columns: &[Column], out: &mut Vec<u8>) -> Result<Vec<Framing>, Unfit> {
    out.put_u8(COLUMN_METADATA);
    out.put_u16(u16::try_from(columns.len()).ok().filter(|count| *count <= 4096).ok_or(Unfit)?);
    let framings = columns
        .iter()
        .map(|column| {
            // User type.
            out.put_u32(0);
            // Whether it can be updated is unknown; bit 0: may hold NULL.
            out.put_u16(0x08 | u16::from(column.nullable));
            let framing = type_info::encode(column.ty, column.nullable, out);
            out.put_b_varchar(&column.name);
            framing
        })
        .collect();
    Ok(framings)
}

/// ROW. On `Err` nothing of it is written.
pub(super) fn row(
    columns: &[Column],
    framings: &[Framing],
    values: &[SqlValue],
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    if columns.len() != values.len() {
        return Err(Unfit);
    }
    let start = out.len();
    out.put_u8(ROW);
    for ((column, framing), value) in columns.iter().zip(framings).zip(values) {
        encode::encode(column.ty, *framing, value, out).inspect_err(|_| out.truncate(start))?;
    }
    Ok(())
}

/// RETURNSTATUS.
pub(super) fn return_status(status: i32, out: &mut Vec<u8>) {
    out.put_u8(RETURN_STATUS);
    out.put_i32(status);
}

/// RETURNVALUE of an OUTPUT parameter. On `Err` nothing of it is written.
pub(super) fn return_value(
    ordinal: u16,
    name: &str,
    ty: SqlType,
    value: &SqlValue,
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    let start = out.len();
    out.put_u8(RETURN_VALUE);
    out.put_u16(ordinal);
    out.put_b_varchar(name);
    // An OUTPUT parameter, not a function's value.
    out.put_u8(1);
    out.put_u32(0);
    out.put_u16(1);
    let framing = type_info::encode(ty, true, out);
    encode::encode(ty, framing, value, out).inspect_err(|_| out.truncate(start))
}

/// LOGINACK: the version as the client wrote it.
pub(super) fn login_ack(version: u32, server: &ServerInfo, out: &mut Vec<u8>) {
    let (major, minor, build) = server.version;
    out.put_u8(LOGIN_ACK);
    counted(out, |body| {
        // T-SQL.
        body.put_u8(1);
        body.put_bytes(&version.to_be_bytes());
        body.put_b_varchar("Microsoft SQL Server");
        body.put_bytes(&[major, minor]);
        body.put_u16_be(build);
    });
}

/// ENVCHANGE of the database, and message 5701 with it.
pub(super) fn database(new: &str, old: &str, server: &str, out: &mut Vec<u8>) {
    environment_text(1, new, old, out);
    message(&super::message::database_changed(new), server, out);
}

/// ENVCHANGE of the language, and message 5703 with it.
pub(super) fn language(server: &str, out: &mut Vec<u8>) {
    environment_text(2, LANGUAGE, "", out);
    message(&super::message::language_changed(), server, out);
}

/// ENVCHANGE of the packet size.
pub(super) fn packet_size(new: usize, old: usize, out: &mut Vec<u8>) {
    environment_text(4, &new.to_string(), &old.to_string(), out);
}

/// ENVCHANGE of the collation.
pub(super) fn collation(out: &mut Vec<u8>) {
    environment_bytes(7, &COLLATION, &[], out);
}

/// ENVCHANGE of the transaction; the descriptor comes back in the headers of later requests.
pub(super) fn transaction(change: TransactionChange, descriptor: u64, out: &mut Vec<u8>) {
    let bytes = descriptor.to_le_bytes();
    match change {
        TransactionChange::Begun => environment_bytes(8, &bytes, &[], out),
        TransactionChange::Committed => environment_bytes(9, &[], &bytes, out),
        TransactionChange::RolledBack => environment_bytes(10, &[], &bytes, out),
    }
}

/// ENVCHANGE: the session was reset for its next user.
pub(super) fn reset(out: &mut Vec<u8>) {
    environment_bytes(18, &[], &[], out);
}

/// ENVCHANGE: dial that server instead.
pub(super) fn routing(host: &str, port: u16, out: &mut Vec<u8>) {
    out.put_u8(ENV_CHANGE);
    counted(out, |body| {
        body.put_u8(20);
        counted(body, |value| {
            // TCP.
            value.put_u8(0);
            value.put_u16(port);
            value.put_us_varchar(host, 1024);
        });
        body.put_u16(0);
    });
}

fn environment_text(kind: u8, new: &str, old: &str, out: &mut Vec<u8>) {
    out.put_u8(ENV_CHANGE);
    counted(out, |body| {
        body.put_u8(kind);
        body.put_b_varchar(new);
        body.put_b_varchar(old);
    });
}

fn environment_bytes(kind: u8, new: &[u8], old: &[u8], out: &mut Vec<u8>) {
    out.put_u8(ENV_CHANGE);
    counted(out, |body| {
        body.put_u8(kind);
        for bytes in [new, old] {
            body.put_u8(u8::try_from(bytes.len()).unwrap_or(0));
            body.put_bytes(bytes);
        }
    });
}

/// A body behind a length word. Callers keep every body far below 64 KiB.
fn counted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    write(&mut body);
    out.put_u16(u16::try_from(body.len()).unwrap_or(u16::MAX));
    out.put_bytes(&body);
}
