//! Edits change what they name, and no other byte.

use super::*;
use proptest::prelude::*;

const JSON: &str = "{ \"PortNumber\": 8391,\r\n  \"SSLCertThumbprint\": \"00AA\", \"Unknown\": [1, 2],\r\n  \"SqlServerName\": \"SQL01\" }";
const XML: &str = "<?xml version=\"1.0\"?>\n<configuration><!-- kept -->\n  <appSettings>\n    <add key=\"PortNumber\" value=\"8391\"/>\n    <add key=\"SqlServerName\" value=\"SQL01\"/>\n  </appSettings>\n</configuration>\n";

fn changes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn edited(text: &str, pairs: &[(&str, &str)]) -> String {
    let bytes = SettingsFile::parse(text.as_bytes()).unwrap().edit(&changes(pairs), &[]).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn only_the_value_changes() {
    for (text, from, to) in
        [(JSON, "\"SQL01\"", "\"lsnr,1433\""), (XML, "value=\"SQL01\"", "value=\"lsnr,1433\"")]
    {
        assert_eq!(edited(text, &[("sqlservername", "lsnr,1433")]), text.replace(from, to));
        assert_eq!(edited(text, &[("SqlServerName", "SQL01")]), text);
    }
    assert_eq!(edited(JSON, &[("PortNumber", "9000")]), JSON.replace("8391", "9000"));
}

#[test]
fn what_is_neither_json_nor_xml_is_refused() {
    for text in ["", "PortNumber=8391", "[settings]", "{\"a\":1", "<a>", "{\"a\":1,\"A\":2}"] {
        assert!(SettingsFile::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn keys_with_two_spellings_are_found_and_never_added() {
    let file = SettingsFile::parse(b"{\"HeartbeatErrorTollerance\": \"00:10:00\", \"N\": 1}").unwrap();
    assert_eq!(file.get("HeartbeatErrorTolerance"), Some("00:10:00"));
    let wanted = changes(&[("LeaseInterval", "00:01:00")]);
    assert_eq!(
        file.edit(&wanted, &["LeaseInterval"]),
        Err(EditError::SpellingUnknown("LeaseInterval".to_owned()))
    );
    assert_eq!(file.edit(&changes(&[("N", "x")]), &[]), Err(EditError::NotNumber("N".to_owned())));
}

#[test]
fn a_missing_key_is_added_only_if_allowed() {
    let file = SettingsFile::parse(JSON.as_bytes()).unwrap();
    let wanted = changes(&[("MasterHeartbeatIntervalInMs", "5000")]);
    assert!(file.edit(&wanted, &[]).is_err());
    let bytes = file.edit(&wanted, &["MasterHeartbeatIntervalInMs"]).unwrap();
    let again = SettingsFile::parse(&bytes).unwrap();
    assert_eq!(again.get("MasterHeartbeatIntervalInMs"), Some("5000"));
    assert_eq!(again.get("SqlServerName"), Some("SQL01"));
}

proptest! {
    #[test]
    fn a_written_value_reads_back(value in "[ -~äöü€\"\\\\<>&']{0,40}") {
        for text in [JSON, XML] {
            let file = SettingsFile::parse(text.as_bytes()).unwrap();
            let bytes = file.edit(&changes(&[("SqlServerName", &value)]), &[]).unwrap();
            let again = SettingsFile::parse(&bytes).unwrap();
            prop_assert_eq!(again.get("SqlServerName"), Some(value.as_str()));
            prop_assert_eq!(again.get("PortNumber"), Some("8391"));
        }
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = SettingsFile::parse(&bytes);
    }
}
