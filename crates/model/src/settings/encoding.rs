//! The bytes of a settings file as text and back, byte for byte.

use super::SettingsError;

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF16_LE_MARK: &[u8] = &[0xff, 0xfe];
const UTF16_BE_MARK: &[u8] = &[0xfe, 0xff];

/// How the file is written. UTF-16 is known by its byte order mark only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16LittleEndian,
    Utf16BigEndian,
}

impl Encoding {
    /// The encoding and the text without its byte order mark. Text that is not valid in its encoding is
    /// refused, so that [`Encoding::encode`] gives the same bytes back.
    pub(super) fn decode(bytes: &[u8]) -> Result<(Self, String), SettingsError> {
        if let Some(rest) = bytes.strip_prefix(UTF16_LE_MARK) {
            return Ok((Self::Utf16LittleEndian, decode_utf16(rest, u16::from_le_bytes)?));
        }
        if let Some(rest) = bytes.strip_prefix(UTF16_BE_MARK) {
            return Ok((Self::Utf16BigEndian, decode_utf16(rest, u16::from_be_bytes)?));
        }
        let (encoding, rest) = match bytes.strip_prefix(UTF8_MARK) {
            Some(rest) => (Self::Utf8WithMark, rest),
            None => (Self::Utf8, bytes),
        };
        let text = std::str::from_utf8(rest).map_err(|_| SettingsError::Encoding)?;
        Ok((encoding, text.to_owned()))
    }

    /// The bytes of `text`, with the byte order mark that the file had.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        let (mark, body): (&[u8], Vec<u8>) = match self {
            Self::Utf8 => (&[], text.as_bytes().to_vec()),
            Self::Utf8WithMark => (UTF8_MARK, text.as_bytes().to_vec()),
            Self::Utf16LittleEndian => {
                (UTF16_LE_MARK, text.encode_utf16().flat_map(u16::to_le_bytes).collect())
            }
            Self::Utf16BigEndian => (UTF16_BE_MARK, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        };
        [mark, body.as_slice()].concat()
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, SettingsError> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return Err(SettingsError::Encoding);
    };
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    String::from_utf16(&units).map_err(|_| SettingsError::Encoding)
}
