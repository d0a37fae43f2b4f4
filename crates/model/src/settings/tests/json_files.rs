//! Files in JSON form.

use super::{EditError, SettingsError, SettingsFile, edited, parse};

const MASTER: &str = "{\r\n\t\"PortNumber\" : 8391,\r\n\t\"SSLCertThumbprint\" : \"AB\\u0043\",\r\n\t\"Own\": {\"PortNumber\": 1, \"x\": [1, 2 ]},\r\n\t\"Ratio\":70.0,\r\n\t\"Flag\": true, \"Nothing\": null,\r\n\t\"SqlServerName\" : \"a\\\\b\"\r\n}\r\n";

#[test]
fn only_the_value_changes() {
    let new = [
        ("PortNumber", "8491"),
        ("sqlservername", "ssis-agl.corp.example,1433"),
        ("Flag", "false"),
        ("Nothing", "n\"ow"),
    ];
    let expected = MASTER
        .replace("8391", "8491")
        .replace("\"a\\\\b\"", "\"ssis-agl.corp.example,1433\"")
        .replace("true", "false")
        .replace("null", "\"n\\\"ow\"");
    assert_eq!(edited(MASTER, &new, &[]), Ok(expected));
}

#[test]
fn values_are_read_without_quotes_and_escapes() {
    let file = parse(MASTER);
    assert_eq!(file.get("PortNumber"), Some("8391"));
    assert_eq!(file.get("SSLCertThumbprint"), Some("ABC"));
    assert_eq!(file.get("SqlServerName"), Some("a\\b"));
    assert_eq!(file.get("Ratio"), Some("70.0"));
    assert_eq!(file.get("Nothing"), Some(""));
    assert_eq!(file.get("Own"), None);
    assert_eq!(file.get("x"), None);
    let keys: Vec<&str> = file.keys().collect();
    assert_eq!(keys, ["PortNumber", "SSLCertThumbprint", "Ratio", "Flag", "Nothing", "SqlServerName"]);
}

#[test]
fn the_same_value_leaves_an_escape_as_it_was_written() {
    assert_eq!(edited(MASTER, &[("SSLCertThumbprint", "ABC"), ("Nothing", "")], &[]), Ok(MASTER.to_owned()));
}

#[test]
fn a_value_keeps_its_type() {
    for wrong in ["", "x", " 1", "1 ", "01", "0x1", "1,2", "{}", "\"1\"", "true", "--1", "1.", "NaN"] {
        assert_eq!(
            edited(MASTER, &[("PortNumber", wrong)], &[]),
            Err(EditError::NotNumber("PortNumber".to_owned())),
            "{wrong:?}"
        );
    }
    assert_eq!(edited(MASTER, &[("Flag", "True")], &[]), Err(EditError::NotBoolean("Flag".to_owned())));
    assert_eq!(edited(MASTER, &[("Own", "x")], &[]), Err(EditError::NotScalar("Own".to_owned())));
    let quoted = "{\"PortNumber\":\"8391\"}";
    assert_eq!(edited(quoted, &[("PortNumber", "8491")], &[]), Ok("{\"PortNumber\":\"8491\"}".to_owned()));
}

#[test]
fn a_missing_key_is_added_only_on_demand_and_looks_like_its_neighbours() {
    let new = [("SqlConnectionTimeoutInSecs", "30"), ("StoreName", "My")];
    assert_eq!(edited(MASTER, &new, &[]), Err(EditError::MissingKey(new[0].0.to_owned())));
    let expected = MASTER.replace(
        "\"a\\\\b\"",
        "\"a\\\\b\",\r\n\t\"SqlConnectionTimeoutInSecs\" : 30,\r\n\t\"StoreName\" : \"My\"",
    );
    assert_eq!(edited(MASTER, &new, &["SqlConnectionTimeoutInSecs", "StoreName"]), Ok(expected));
}

#[test]
fn an_added_key_stands_behind_a_changed_last_value() {
    assert_eq!(
        edited("{\"a\":\"1\"}", &[("a", "22"), ("b", "333")], &["b"]),
        Ok("{\"a\":\"22\",\"b\":\"333\"}".to_owned())
    );
    assert_eq!(edited("{\"a\":{}}", &[("b", "333")], &["b"]), Ok("{\"a\":{},\"b\": \"333\"}".to_owned()));
}

#[test]
fn an_added_number_is_quoted_where_the_file_quotes_numbers() {
    assert_eq!(
        edited(
            "{ \"PortNumber\": \"8391\" }",
            &[("SqlConnectionTimeoutInSecs", "30")],
            &["SqlConnectionTimeoutInSecs"]
        ),
        Ok("{ \"PortNumber\": \"8391\", \"SqlConnectionTimeoutInSecs\": \"30\" }".to_owned())
    );
    // A thumbprint of decimal digits alone is no number.
    let digits = "1234567890123456789012345678901234567890";
    assert_eq!(
        edited("{ \"PortNumber\": 1 }", &[("SSLCertThumbprint", digits)], &["SSLCertThumbprint"]),
        Ok(format!("{{ \"PortNumber\": 1, \"SSLCertThumbprint\": \"{digits}\" }}"))
    );
}

#[test]
fn a_key_with_two_spellings_is_changed_where_it_stands_and_never_added() {
    let text = "{\"HeartbeatErrorTollerance\":\"00:10:00\"}";
    let new = [("HeartbeatErrorTolerance", "00:20:00")];
    assert_eq!(edited(text, &new, &[]), Ok(text.replace("10", "20")));
    let lease = [("LeaseInterval", "00:02:00")];
    let refusal = Err(EditError::SpellingUnknown("LeaseInterval".to_owned()));
    assert_eq!(edited(text, &lease, &["LeaseInterval"]), refusal);
}

#[test]
fn nothing_is_added_to_an_empty_object() {
    assert_eq!(edited("{}", &[("a", "1")], &["a"]), Err(EditError::NothingToImitate("a".to_owned())));
    assert_eq!(edited("{}", &[], &["a"]), Ok("{}".to_owned()));
}

#[test]
fn duplicates_are_refused_in_any_case_and_spelling() {
    for text in [
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"A\":2}",
        "{\"a\":{},\"A\":2}",
        "{\"LeaseInterval\":\"x\",\"LeaseInternval\":\"x\"}",
    ] {
        let refusal = SettingsFile::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(refusal, SettingsError::DuplicateKey(_)), "{text}: {refusal:?}");
    }
}

#[test]
fn malformed_json_is_refused() {
    for text in
        ["{", "{\"a\":1,}", "{\"a\":1} x", "{a:1}", "{\"a\":1 /* b */}", "{\"a\":01}", "{\"a\":\"\u{1}\"}"]
    {
        let refusal = SettingsFile::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(refusal, SettingsError::MalformedJson(_)), "{text}: {refusal:?}");
    }
}

#[test]
fn deep_nesting_neither_overflows_nor_hurts() {
    let deep = format!("{{\"a\":{}{},\"b\":1}}", "[".repeat(100_000), "]".repeat(100_000));
    match SettingsFile::parse(deep.as_bytes()) {
        Ok(file) => assert_eq!(file.get("b"), Some("1")),
        Err(refusal) => assert!(matches!(refusal, SettingsError::MalformedJson(_))),
    }
}
