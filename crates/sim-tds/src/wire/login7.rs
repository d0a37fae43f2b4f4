//! LOGIN7: who wants what (MS-TDS 2.2.6.4).

use zeroize::Zeroizing;

use super::bytes::{Reader, decode_utf16, to_usize};
use super::error::WireError;

/// TDS 7.2, the oldest whose requests carry headers and 64-bit counts.
pub(super) const TDS_7_2: u32 = 0x7209_0002;
/// TDS 8.0, only with strict encryption.
const TDS_8: u32 = 0x0800_0000;

const INTEGRATED: u8 = 0x80;
const READ_ONLY: u8 = 0x20;

/// A parsed LOGIN7.
pub(super) struct Login7 {
    /// As the client wrote it.
    pub(super) version: u32,
    pub(super) packet_size: u32,
    pub(super) host: String,
    pub(super) user: String,
    pub(super) password: Zeroizing<String>,
    pub(super) program: String,
    pub(super) server: String,
    pub(super) library: String,
    pub(super) database: String,
    pub(super) integrated: bool,
    pub(super) read_only: bool,
}

impl Login7 {
    pub(super) fn parse(data: &[u8]) -> Result<Self, WireError> {
        let mut fixed = Reader::new(data);
        let length = to_usize(fixed.u32()?);
        let data = data.get(..length).ok_or(WireError::Truncated)?;
        let version = fixed.u32()?;
        let packet_size = fixed.u32()?;
        // Client version, process, connection id.
        fixed.take(12)?;
        let [_, second, kind, _] = fixed.array()?;
        // Time zone and language.
        fixed.take(8)?;
        let mut text = || -> Result<String, WireError> { Ok(decode_utf16(field(data, &mut fixed)?)) };
        let host = text()?;
        let user = text()?;
        let password = reveal_password(field(data, &mut fixed)?);
        let mut text = || -> Result<String, WireError> { Ok(decode_utf16(field(data, &mut fixed)?)) };
        let program = text()?;
        let server = text()?;
        let _extension = fixed.take(4)?;
        let mut text = || -> Result<String, WireError> { Ok(decode_utf16(field(data, &mut fixed)?)) };
        let library = text()?;
        let _language = text()?;
        let database = text()?;
        Ok(Self {
            version,
            packet_size,
            host,
            user,
            password,
            program,
            server,
            library,
            database,
            integrated: second & INTEGRATED != 0,
            read_only: kind & READ_ONLY != 0,
        })
    }

    /// Can this server speak the client's version?
    pub(super) fn is_supported(&self) -> bool {
        self.version == TDS_8 || self.version >= TDS_7_2
    }
}

/// The bytes that the next offset and length point at. Lengths count characters.
fn field<'a>(data: &'a [u8], fixed: &mut Reader<'_>) -> Result<&'a [u8], WireError> {
    let offset = usize::from(fixed.u16()?);
    let length = usize::from(fixed.u16()?) * 2;
    if length == 0 {
        return Ok(&[]);
    }
    data.get(offset..offset + length).ok_or(WireError::Truncated)
}

/// Each byte was turned by four bits and XORed with 0xA5.
fn reveal_password(bytes: &[u8]) -> Zeroizing<String> {
    let clear: Zeroizing<Vec<u8>> =
        Zeroizing::new(bytes.iter().map(|byte| (byte ^ 0xA5).rotate_left(4)).collect());
    Zeroizing::new(decode_utf16(&clear))
}
