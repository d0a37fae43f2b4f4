//! The way out: tokens are gathered, cut into packets and written.

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::packet::{DEFAULT_PACKET, HEADER, frame_one};
use super::prelogin::REPLY;

/// Packets are written when this many bytes wait.
const WRITE_AT: usize = 32 * 1024;

/// One message at a time. Dropping a pending write loses nothing: the rest stays queued.
#[derive(Debug)]
pub(super) struct Sink<W> {
    io: W,
    packet_size: usize,
    spid: u16,
    packet_id: u8,
    tokens: Vec<u8>,
    packets: Vec<u8>,
    written: usize,
    broken: bool,
}

impl<W: AsyncWrite + Unpin> Sink<W> {
    pub(super) fn new(io: W) -> Self {
        Self {
            io,
            packet_size: DEFAULT_PACKET,
            spid: 0,
            packet_id: 1,
            tokens: Vec::new(),
            packets: Vec::new(),
            written: 0,
            broken: false,
        }
    }

    pub(super) fn set_spid(&mut self, spid: u16) {
        self.spid = spid;
    }

    pub(super) fn packet_size(&self) -> usize {
        self.packet_size
    }

    /// For the next message.
    pub(super) fn set_packet_size(&mut self, size: usize) {
        self.packet_size = size;
    }

    /// Where tokens are appended, each whole.
    pub(super) fn tokens(&mut self) -> &mut Vec<u8> {
        &mut self.tokens
    }

    /// Writes what fills packets, once there is enough of it.
    pub(super) async fn relieve(&mut self) {
        let room = self.packet_size - HEADER;
        // The last packet carries the end of the message, so one packet's worth always stays.
        let full = self.tokens.len().saturating_sub(1) / room * room;
        if self.packets.len() + full >= WRITE_AT {
            self.cut(full, false);
            self.drain().await;
        }
    }

    /// Ends the message and writes all of it. False when the client is gone.
    pub(super) async fn finish(&mut self) -> bool {
        self.cut(self.tokens.len(), true);
        self.drain().await;
        if !self.broken && self.io.flush().await.is_err() {
            self.broken = true;
        }
        self.packet_id = 1;
        !self.broken
    }

    /// Says goodbye; errors no longer matter.
    pub(super) async fn close(&mut self) {
        drop(self.io.shutdown().await);
    }

    fn cut(&mut self, count: usize, end: bool) {
        let room = self.packet_size - HEADER;
        let rest = self.tokens.split_off(count);
        let mut chunks = self.tokens.chunks(room).peekable();
        while let Some(chunk) = chunks.next() {
            let last = end && chunks.peek().is_none();
            frame_one(REPLY, last, self.spid, self.packet_id, chunk, &mut self.packets);
            self.packet_id = self.packet_id.wrapping_add(1);
        }
        self.tokens = rest;
    }

    async fn drain(&mut self) {
        while !self.broken
            && let Some(rest) = self.packets.get(self.written..).filter(|rest| !rest.is_empty())
        {
            match self.io.write(rest).await {
                Ok(count) if count > 0 => self.written += count,
                _ => self.broken = true,
            }
        }
        self.packets.clear();
        self.written = 0;
    }
}
