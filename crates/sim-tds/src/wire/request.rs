//! Requests in: headers, batches and transaction manager requests (MS-TDS 2.2.6.7 and 2.2.6.9).

use super::bytes::{Reader, decode_utf16, to_usize};
use super::error::WireError;

/// Skips ALL_HEADERS, which open each request since TDS 7.2.
pub(super) fn skip_headers(input: &mut Reader<'_>) -> Result<(), WireError> {
    let total = to_usize(input.u32()?);
    input.take(total.checked_sub(4).ok_or(WireError::Malformed("headers shorter than their length"))?)?;
    Ok(())
}

/// The text of a batch.
pub(super) fn parse_batch(data: &[u8]) -> Result<String, WireError> {
    let mut input = Reader::new(data);
    skip_headers(&mut input)?;
    Ok(decode_utf16(input.rest()))
}

/// The statements that a transaction manager request stands for.
pub(super) fn parse_transaction(data: &[u8]) -> Result<String, WireError> {
    let mut input = Reader::new(data);
    skip_headers(&mut input)?;
    match input.u16()? {
        5 => parse_begin(&mut input),
        7 => parse_end("COMMIT TRANSACTION", &mut input),
        8 => parse_end("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION", &mut input),
        9 => Ok(format!("SAVE TRANSACTION {}", quote(&transaction_name(&mut input)?))),
        _ => Err(WireError::Malformed("transaction manager request that is not supported")),
    }
}

fn parse_begin(input: &mut Reader<'_>) -> Result<String, WireError> {
    let level = match input.u8()? {
        0 => "",
        1 => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;\n",
        2 => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;\n",
        3 => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n",
        4 => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n",
        5 => "SET TRANSACTION ISOLATION LEVEL SNAPSHOT;\n",
        _ => return Err(WireError::Malformed("unknown isolation level")),
    };
    let name = transaction_name(input)?;
    let name = if name.is_empty() { String::new() } else { format!(" {}", quote(&name)) };
    Ok(format!("{level}BEGIN TRANSACTION{name};"))
}

fn parse_end(statement: &str, input: &mut Reader<'_>) -> Result<String, WireError> {
    let name = transaction_name(input)?;
    let name = if name.is_empty() { String::new() } else { format!(" {}", quote(&name)) };
    // Bit 0: begin the next transaction at once.
    let begin = if input.is_empty() || input.u8()? & 1 == 0 { String::new() } else { parse_begin(input)? };
    Ok(format!("{statement}{name};\n{begin}"))
}

/// A name behind a length byte in bytes.
fn transaction_name(input: &mut Reader<'_>) -> Result<String, WireError> {
    if input.is_empty() {
        return Ok(String::new());
    }
    let size = usize::from(input.u8()?);
    Ok(decode_utf16(input.take(size)?))
}

fn quote(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}
