//! Names, ports and numbers from a seed; no name and no port comes twice.

use std::collections::BTreeSet;

const CONSONANTS: &[char] = &['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
const VOWELS: &[char] = &['a', 'e', 'i', 'o', 'u'];
const SYLLABLES: usize = 3;
/// Ports of the demo, which are the documented defaults.
const DEMO_PORTS: [u16; 4] = [1433, 5022, 8391, 8443];
const FIRST_PORT: u16 = 1_100;
const LAST_PORT: u16 = 32_000;

/// Splitmix64 (Steele, Lea, Flood 2014), with a memory of what it gave.
#[derive(Debug)]
pub(super) struct Random {
    state: u64,
    words: BTreeSet<String>,
    ports: BTreeSet<u16>,
    drives: BTreeSet<char>,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let ports = BTreeSet::from(DEMO_PORTS);
        // The drive of the demo's DTS folder.
        Self { state: seed, words: BTreeSet::new(), ports, drives: BTreeSet::from(['C']) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of `first..=last`.
    pub(super) fn between(&mut self, first: u16, last: u16) -> u16 {
        let span = u64::from(last.saturating_sub(first)) + 1;
        first.saturating_add(u16::try_from(self.next() % span).unwrap_or_default())
    }

    fn letter(&mut self, of: &[char]) -> char {
        let at = self.between(0, u16::try_from(of.len() - 1).unwrap_or_default());
        of.get(usize::from(at)).copied().unwrap_or('a')
    }

    /// A new word of six small letters.
    pub(super) fn word(&mut self) -> String {
        loop {
            let letters = (0..SYLLABLES).flat_map(|_| [self.letter(CONSONANTS), self.letter(VOWELS)]);
            let word: String = letters.collect::<Vec<_>>().into_iter().collect();
            if self.words.insert(word.clone()) {
                return word;
            }
        }
    }

    /// A new port.
    pub(super) fn port(&mut self) -> u16 {
        loop {
            let port = self.between(FIRST_PORT, LAST_PORT);
            if self.ports.insert(port) {
                return port;
            }
        }
    }

    /// A new drive.
    pub(super) fn drive(&mut self) -> String {
        loop {
            let letters: Vec<char> = ('D'..='Z').collect();
            let drive = self.letter(&letters);
            if self.drives.insert(drive) {
                return drive.to_string();
            }
        }
    }

    /// A password that any policy takes.
    pub(super) fn password(&mut self) -> String {
        format!("{:X}-{} é'\";", self.next(), self.word())
    }
}
