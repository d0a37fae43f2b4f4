//! Little-endian reading and writing of TDS primitives (MS-TDS 2.2.5.1), without a panic on any input.

use super::error::WireError;

/// A cursor over the payload of one message.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte, left in place.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// All that is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, WireError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u16_be(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, WireError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// An unsigned integer of up to eight bytes.
    pub(super) fn unsigned(&mut self, count: usize) -> Result<u64, WireError> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    /// Text of `units` UTF-16 code units; a lone surrogate becomes U+FFFD.
    pub(super) fn utf16(&mut self, units: usize) -> Result<String, WireError> {
        let count = units.checked_mul(2).ok_or(WireError::Truncated)?;
        Ok(decode_utf16(self.take(count)?))
    }

    /// `B_VARCHAR`: a length byte in characters and the text.
    pub(super) fn b_varchar(&mut self) -> Result<String, WireError> {
        let units = usize::from(self.u8()?);
        self.utf16(units)
    }
}

/// UTF-16LE bytes as text; an odd last byte is dropped.
pub(super) fn decode_utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// A length as `usize`; on the 64-bit targets of this project nothing is lost.
pub(super) fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Appending of TDS primitives.
pub(super) trait Put {
    fn put_u8(&mut self, value: u8);
    fn put_bytes(&mut self, bytes: &[u8]);

    fn put_u16(&mut self, value: u16) {
        self.put_bytes(&value.to_le_bytes());
    }

    fn put_u16_be(&mut self, value: u16) {
        self.put_bytes(&value.to_be_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.put_bytes(&value.to_le_bytes());
    }

    fn put_i32(&mut self, value: i32) {
        self.put_bytes(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.put_bytes(&value.to_le_bytes());
    }

    /// `B_VARCHAR`, cut at 255 code units.
    fn put_b_varchar(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().take(usize::from(u8::MAX)).collect();
        self.put_u8(u8::try_from(units.len()).unwrap_or(u8::MAX));
        for unit in units {
            self.put_u16(unit);
        }
    }

    /// `US_VARCHAR`, cut at `limit` code units.
    fn put_us_varchar(&mut self, text: &str, limit: u16) {
        let units: Vec<u16> = text.encode_utf16().take(usize::from(limit)).collect();
        self.put_u16(u16::try_from(units.len()).unwrap_or(u16::MAX));
        for unit in units {
            self.put_u16(unit);
        }
    }
}

impl Put for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}
