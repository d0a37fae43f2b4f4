//! Bounds of lists and texts: the schema refuses more, so whoever writes status stays within them.

/// Replicas of one availability group: one primary and up to eight secondaries.
pub const REPLICAS: usize = 9;
/// Hosts of one replica: a stand-alone instance; more when failover cluster instances work.
pub const HOSTS: usize = 1;
/// Nodes that can own the master's role.
pub const NODES: usize = 16;
/// Addresses of a listener or of a client access point, one per subnet.
pub const ADDRESSES: usize = 16;
/// Condition types of one object.
pub const CONDITIONS: usize = 48;
/// Steps shown of a plan.
pub const PLAN_STEPS: usize = 128;
/// Differences shown; the rest is counted.
pub const DRIFT: usize = 64;
/// Failovers remembered.
pub const FAILOVERS: usize = 10;
/// Things that we created on the site.
pub const MANAGED: usize = 256;
/// Waits for quiet that are remembered.
pub const WAITS: usize = 32;
/// Proofs for what cannot be read back.
pub const EVIDENCE: usize = 128;
/// Thumbprints in one status list.
pub const THUMBPRINTS: usize = 16;
/// Characters of a message (1 KiB of ASCII).
pub const MESSAGE: usize = 1024;
/// Characters of a name, a target or a reason in status.
pub const NAME: usize = 256;
/// Characters of a certificate in PEM.
pub const PEM: usize = 16_384;

/// Cuts `text` to at most `max` bytes at a character boundary; a cut text ends in `…`.
pub fn truncate(text: &str, max: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(MARK.len());
    let cut: String = text
        .char_indices()
        .take_while(|(start, letter)| start + letter.len_utf8() <= room)
        .map(|(_, letter)| letter)
        .collect();
    if max < MARK.len() { cut } else { cut + MARK }
}
