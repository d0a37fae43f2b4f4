//! Code page 1252: the bytes of `char` and `varchar` under the collation `SQL_Latin1_General_CP1_CI_AS`.

/// The characters of 0x80 to 0x9F; U+FFFD where the page has none.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// Bytes of `text`; a character outside the page becomes `?`, as SQL Server does.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(encode_char).collect()
}

/// Text of `bytes`; the page maps every byte.
pub(super) fn decode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| decode_byte(*byte)).collect()
}

fn encode_char(character: char) -> u8 {
    if let Some(offset) = HIGH.iter().position(|high| *high == character) {
        return u8::try_from(0x80 + offset).unwrap_or(b'?');
    }
    u8::try_from(character).ok().filter(|byte| !(0x80..=0x9F).contains(byte)).unwrap_or(b'?')
}

fn decode_byte(byte: u8) -> char {
    let high = usize::from(byte).checked_sub(0x80).and_then(|offset| HIGH.get(offset));
    high.copied().unwrap_or(char::from(byte))
}
