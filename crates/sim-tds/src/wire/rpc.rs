//! RPC requests: procedures by number or name with typed parameters (MS-TDS 2.2.6.6).

use super::bytes::Reader;
use super::decode;
use super::error::WireError;
use super::request::skip_headers;
use super::type_info;
use crate::value::{Length, SqlType, SqlValue};

/// As many parameters as SQL Server takes (message 8003).
const MAX_PARAMETERS: usize = 2100;
const BY_NUMBER: u16 = 0xFFFF;
const NEXT_CALL: u8 = 0xFF;
const NEXT_CALL_WITHOUT_EXECUTION: u8 = 0xFE;
const BY_REFERENCE: u8 = 0x01;
const DEFAULT: u8 = 0x02;

/// The procedures of the server that clients call by number, and that this server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    ExecuteSql,
    Prepare,
    Execute,
    PrepareAndExecute,
    PrepareAndExecuteCall,
    Unprepare,
    /// Another one of them, by number: cursors.
    OtherNumber(u16),
    Named(String),
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) target: Target,
    pub(super) arguments: Vec<Argument>,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) ty: SqlType,
    pub(super) value: SqlValue,
    pub(super) output: bool,
    pub(super) default: bool,
}

/// The calls of a message, at least one.
pub(super) fn parse(data: &[u8]) -> Result<Vec<Call>, WireError> {
    let mut input = Reader::new(data);
    skip_headers(&mut input)?;
    let mut calls = vec![parse_call(&mut input)?];
    while !input.is_empty() {
        if input.u8()? != NEXT_CALL {
            return Err(WireError::Malformed("calls without execution are not supported"));
        }
        // Some clients end the last call with a separator as well.
        if !input.is_empty() {
            calls.push(parse_call(&mut input)?);
        }
    }
    Ok(calls)
}

fn parse_call(input: &mut Reader<'_>) -> Result<Call, WireError> {
    let target = match input.u16()? {
        BY_NUMBER => Target::by_number(input.u16()?),
        units => Target::by_name(input.utf16(usize::from(units))?),
    };
    let _flags = input.u16()?;
    let mut arguments = Vec::new();
    while let Some(next) = input.peek()
        && next != NEXT_CALL
        && next != NEXT_CALL_WITHOUT_EXECUTION
    {
        if arguments.len() == MAX_PARAMETERS {
            return Err(WireError::Malformed("more than 2100 parameters"));
        }
        arguments.push(parse_argument(input)?);
    }
    Ok(Call { target, arguments })
}

fn parse_argument(input: &mut Reader<'_>) -> Result<Argument, WireError> {
    let name = input.b_varchar()?;
    let status = input.u8()?;
    let (ty, value) = match type_info::decode(input)? {
        Some((ty, framing)) => (ty, decode::decode(ty, framing, input)?),
        None => (SqlType::NVarChar(Length::Limited(1)), SqlValue::Null),
    };
    Ok(Argument { name, ty, value, output: status & BY_REFERENCE != 0, default: status & DEFAULT != 0 })
}

impl Target {
    fn by_number(number: u16) -> Self {
        match number {
            10 => Self::ExecuteSql,
            11 => Self::Prepare,
            12 => Self::Execute,
            13 => Self::PrepareAndExecute,
            14 => Self::PrepareAndExecuteCall,
            15 => Self::Unprepare,
            other => Self::OtherNumber(other),
        }
    }

    fn by_name(name: String) -> Self {
        let bare = name.rsplit('.').next().unwrap_or(&name).trim_matches(['[', ']']).to_ascii_lowercase();
        match bare.as_str() {
            "sp_executesql" => Self::ExecuteSql,
            "sp_prepare" => Self::Prepare,
            "sp_execute" => Self::Execute,
            "sp_prepexec" => Self::PrepareAndExecute,
            "sp_prepexecrpc" => Self::PrepareAndExecuteCall,
            "sp_unprepare" => Self::Unprepare,
            _ => Self::Named(name),
        }
    }
}
