//! A reader of server-sent events (WHATWG HTML, 9.2.6): data lines up to a blank line; comments are skipped.

/// Longest event that is read.
const MAX_EVENT_BYTES: usize = 64 * 1024;

/// Bytes in, events' data out.
#[derive(Debug, Default)]
pub(crate) struct SseReader {
    line: Vec<u8>,
    data: String,
}

/// The stream is not of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadStream;

impl SseReader {
    /// Takes a chunk, however it was cut; answers the events that it completes.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<Vec<String>, BadStream> {
        let mut complete = Vec::new();
        for byte in chunk {
            if *byte != b'\n' {
                self.line.push(*byte);
                if self.line.len() + self.data.len() > MAX_EVENT_BYTES {
                    return Err(BadStream);
                }
                continue;
            }
            let line = String::from_utf8(std::mem::take(&mut self.line)).map_err(|_| BadStream)?;
            complete.extend(self.take_line(line.trim_end_matches('\r')));
        }
        Ok(complete)
    }

    fn take_line(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return Some(std::mem::take(&mut self.data)).filter(|data| !data.is_empty());
        }
        if let Some(data) = line.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = b": alive\n\ndata: {\"a\":1}\r\n\r\nevent: x\ndata:one\ndata: two\n\ndata: unfinished";
        for size in 1..text.len() {
            let mut reader = SseReader::default();
            let events: Vec<String> =
                text.chunks(size).flat_map(|chunk| reader.push(chunk).unwrap()).collect();
            assert_eq!(events, ["{\"a\":1}", "one\ntwo"], "chunks of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        assert_eq!(SseReader::default().push(&vec![b'x'; MAX_EVENT_BYTES + 1]), Err(BadStream));
    }
}
