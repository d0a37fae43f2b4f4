//! PRELOGIN: version and encryption are settled before anything else (MS-TDS 2.2.6.5).

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::backend::ServerInfo;
use super::bytes::{Put, Reader};
use super::error::WireError;
use super::packet::{DEFAULT_PACKET, HEADER, Header, Kind, frame};

/// The packet type of every answer.
pub(super) const REPLY: u8 = 0x04;

const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const INSTANCE: u8 = 2;
const THREAD: u8 = 3;
const MARS: u8 = 4;
const FEDERATED: u8 = 6;
const TERMINATOR: u8 = 0xFF;

/// No client needs more than a few hundred bytes here.
const MAX_PRELOGIN: usize = 8192;

/// The client's encryption option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// `ENCRYPT_OFF`: only the login.
    Off,
    /// `ENCRYPT_ON`.
    On,
    /// `ENCRYPT_NOT_SUP`.
    NotSupported,
    /// `ENCRYPT_REQ`, and the strict value of TDS 8.
    Required,
}

/// What a client says in PRELOGIN, as far as it matters.
#[derive(Debug)]
pub(super) struct Prelogin {
    pub(super) encryption: Encryption,
    federated: bool,
}

impl Prelogin {
    /// Reads the message of `stream` and not one byte more: TLS may follow.
    pub(super) async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Self, WireError> {
        let mut data = Vec::new();
        loop {
            let mut header = [0; HEADER];
            stream.read_exact(&mut header).await?;
            let header = Header::parse(header)?;
            if header.kind != Kind::Prelogin {
                return Err(WireError::Malformed("PRELOGIN expected"));
            }
            if data.len() + header.payload > MAX_PRELOGIN {
                return Err(WireError::TooLarge);
            }
            let mut payload = vec![0; header.payload];
            stream.read_exact(&mut payload).await?;
            data.append(&mut payload);
            if header.is_last() {
                return Self::parse(&data);
            }
        }
    }

    fn parse(data: &[u8]) -> Result<Self, WireError> {
        let mut found = Self { encryption: Encryption::NotSupported, federated: false };
        let mut options = Reader::new(data);
        loop {
            let token = options.u8()?;
            if token == TERMINATOR {
                return Ok(found);
            }
            let (offset, length) = (usize::from(options.u16_be()?), usize::from(options.u16_be()?));
            let value = data.get(offset..offset + length).ok_or(WireError::Truncated)?;
            match (token, value) {
                (ENCRYPTION, [byte]) => found.encryption = parse_encryption(*byte)?,
                (FEDERATED, [byte]) => found.federated = *byte != 0,
                _ => {}
            }
        }
    }

    /// The answer: encryption is always on.
    pub(super) async fn answer<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        server: &ServerInfo,
    ) -> Result<(), WireError> {
        let (major, minor, build) = server.version;
        let [high, low] = build.to_be_bytes();
        let encryption =
            if self.encryption == Encryption::On || self.encryption == Encryption::Required { 1 } else { 3 };
        let mut options: Vec<(u8, Vec<u8>)> = vec![
            (VERSION, vec![major, minor, high, low, 0, 0]),
            (ENCRYPTION, vec![encryption]),
            (INSTANCE, vec![0]),
            (THREAD, Vec::new()),
            (MARS, vec![0]),
        ];
        if self.federated {
            options.push((FEDERATED, vec![0]));
        }
        let mut packet = Vec::new();
        frame(REPLY, &encode_options(&options), DEFAULT_PACKET, &mut packet);
        stream.write_all(&packet).await?;
        stream.flush().await?;
        Ok(())
    }
}

fn encode_options(options: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut offset = options.len() * 5 + 1;
    let mut payload = Vec::new();
    for (token, value) in options {
        payload.put_u8(*token);
        payload.put_u16_be(u16::try_from(offset).unwrap_or(u16::MAX));
        payload.put_u16_be(u16::try_from(value.len()).unwrap_or(u16::MAX));
        offset += value.len();
    }
    payload.put_u8(TERMINATOR);
    for (_, value) in options {
        payload.put_bytes(value);
    }
    payload
}

fn parse_encryption(byte: u8) -> Result<Encryption, WireError> {
    match byte {
        0 => Ok(Encryption::Off),
        1 => Ok(Encryption::On),
        2 => Ok(Encryption::NotSupported),
        3 | 0x20 => Ok(Encryption::Required),
        _ => Err(WireError::Malformed("unknown encryption option")),
    }
}
