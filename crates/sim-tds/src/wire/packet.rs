//! Packets: one message is one or more of them, each with an eight-byte header (MS-TDS 2.2.3).

use tokio::io::{AsyncRead, AsyncReadExt};

use super::bytes::Put;
use super::error::WireError;

/// Bytes of a packet header.
pub(super) const HEADER: usize = 8;
/// The packet size before LOGIN7 settles another.
pub(super) const DEFAULT_PACKET: usize = 4096;

const END_OF_MESSAGE: u8 = 0x01;
const IGNORE: u8 = 0x02;
const RESET: u8 = 0x08;
const RESET_KEEP_TRANSACTION: u8 = 0x10;

/// The packet types of MS-TDS 2.2.3.1.1 that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Batch,
    Rpc,
    Attention,
    TransactionManager,
    Login7,
    Prelogin,
}

impl Kind {
    fn parse(byte: u8) -> Result<Self, WireError> {
        match byte {
            0x01 => Ok(Self::Batch),
            0x03 => Ok(Self::Rpc),
            0x06 => Ok(Self::Attention),
            0x0E => Ok(Self::TransactionManager),
            0x10 => Ok(Self::Login7),
            0x12 => Ok(Self::Prelogin),
            _ => Err(WireError::Malformed("unknown packet type")),
        }
    }
}

/// A whole message of the client.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: Kind,
    /// The pool asks for a clean session before this request.
    pub(super) reset: bool,
    pub(super) data: Vec<u8>,
}

/// A packet header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) kind: Kind,
    status: u8,
    /// Bytes after the header.
    pub(super) payload: usize,
}

impl Header {
    pub(super) fn parse(bytes: [u8; HEADER]) -> Result<Self, WireError> {
        let [kind, status, high, low, ..] = bytes;
        let payload = usize::from(u16::from_be_bytes([high, low]))
            .checked_sub(HEADER)
            .ok_or(WireError::Malformed("packet shorter than its header"))?;
        Ok(Self { kind: Kind::parse(kind)?, status, payload })
    }

    pub(super) fn is_last(self) -> bool {
        self.status & END_OF_MESSAGE != 0
    }
}

/// Puts packets together to messages. Dropping a pending [`Self::message`] loses nothing.
#[derive(Debug)]
pub(super) struct MessageReader<R> {
    io: R,
    buffer: Vec<u8>,
    partial: Option<Message>,
    stash: Option<Message>,
    max_message: usize,
}

impl<R: AsyncRead + Unpin> MessageReader<R> {
    pub(super) fn new(io: R, max_message: usize) -> Self {
        Self { io, buffer: Vec::new(), partial: None, stash: None, max_message }
    }

    /// The next whole message.
    pub(super) async fn message(&mut self) -> Result<Message, WireError> {
        if let Some(message) = self.stash.take() {
            return Ok(message);
        }
        loop {
            if let Some(message) = self.accept_packet()? {
                return Ok(message);
            }
            self.buffer.reserve(2 * DEFAULT_PACKET);
            if self.io.read_buf(&mut self.buffer).await? == 0 {
                return Err(WireError::Closed);
            }
        }
    }

    /// Waits until the client interrupts the running request: Ok for an attention, Err when it is gone. A
    /// request that comes too early waits for its turn.
    pub(super) async fn attention(&mut self) -> Result<(), WireError> {
        if self.stash.is_some() {
            return std::future::pending().await;
        }
        let message = self.message().await?;
        if message.kind == Kind::Attention {
            return Ok(());
        }
        self.stash = Some(message);
        std::future::pending().await
    }

    /// Takes one packet out of the buffer, if it is complete; the message, if that ended it.
    fn accept_packet(&mut self) -> Result<Option<Message>, WireError> {
        loop {
            let Some((head, body)) = self.buffer.split_first_chunk::<HEADER>() else { return Ok(None) };
            let header = Header::parse(*head)?;
            let Some(payload) = body.get(..header.payload) else { return Ok(None) };
            let reset = header.status & (RESET | RESET_KEEP_TRANSACTION) != 0;
            let message =
                self.partial.get_or_insert_with(|| Message { kind: header.kind, reset, data: Vec::new() });
            let interrupts = header.kind == Kind::Attention;
            if message.kind != header.kind {
                if !interrupts {
                    return Err(WireError::Malformed("packet type changes within a message"));
                }
                *message = Message { kind: Kind::Attention, reset: false, data: Vec::new() };
            }
            if message.data.len() + payload.len() > self.max_message {
                return Err(WireError::TooLarge);
            }
            message.data.extend_from_slice(payload);
            self.buffer.drain(..HEADER + header.payload);
            if !header.is_last() && !interrupts {
                continue;
            }
            let whole = self.partial.take();
            if header.status & IGNORE == 0 {
                return Ok(whole);
            }
        }
    }
}

/// Cuts `payload` into packets of at most `size` bytes; the last one ends the message.
pub(super) fn frame(packet_type: u8, payload: &[u8], size: usize, out: &mut Vec<u8>) {
    let room = size.saturating_sub(HEADER).max(1);
    let mut chunks = payload.chunks(room).peekable();
    let mut id = 1_u8;
    if chunks.peek().is_none() {
        frame_one(packet_type, true, 0, id, &[], out);
    }
    while let Some(chunk) = chunks.next() {
        frame_one(packet_type, chunks.peek().is_none(), 0, id, chunk, out);
        id = id.wrapping_add(1);
    }
}

/// One packet. `payload` is shorter than 64 KiB minus the header.
pub(super) fn frame_one(packet_type: u8, last: bool, spid: u16, id: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.put_u8(packet_type);
    out.put_u8(if last { END_OF_MESSAGE } else { 0 });
    out.put_u16_be(u16::try_from(payload.len() + HEADER).unwrap_or(u16::MAX));
    out.put_u16_be(spid);
    out.put_u8(id);
    out.put_u8(0);
    out.put_bytes(payload);
}
