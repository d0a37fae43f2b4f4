//! Files in XML form, of both shapes.

use super::{EditError, SettingsError, SettingsFile, edited, parse};

const ELEMENTS: &str = "<?xml version=\"1.0\"?>\r\n<!-- by hand -->\r\n<MasterSettings>\r\n  <PortNumber>8391</PortNumber>\r\n  <!-- <SqlServerName>old</SqlServerName> -->\r\n  <SqlServerName kind='x'>a &amp; b</SqlServerName>\r\n  <Description/>\r\n  <Mixed>a<b/></Mixed>\r\n  <Noted><!-- why -->1</Noted>\r\n</MasterSettings>\r\n";

const ADDS: &str = "<configuration>\n  <startup useLegacy=\"true\"><add key=\"PortNumber\" value=\"1\"/></startup>\n  <appSettings>\n    <add key=\"PortNumber\" value=\"8391\" />\n    <!-- next -->\n    <add value='a&quot;b' key='SqlServerName' />\n  </appSettings>\n</configuration>";

#[test]
fn only_the_content_of_an_element_changes() {
    let new = [("PortNumber", "8491"), ("SQLSERVERNAME", "<x> & \"y\""), ("Description", "d")];
    let expected = ELEMENTS
        .replace("8391", "8491")
        .replace("a &amp; b", "&lt;x&gt; &amp; \"y\"")
        .replace("<Description/>", "<Description>d</Description>");
    assert_eq!(edited(ELEMENTS, &new, &[]), Ok(expected));
}

#[test]
fn only_the_value_of_an_attribute_changes() {
    let new = [("PortNumber", "8491"), ("SqlServerName", "it's <new>\n")];
    let expected = ADDS.replace("8391", "8491").replace("a&quot;b", "it&apos;s &lt;new&gt;&#10;");
    assert_eq!(edited(ADDS, &new, &[]), Ok(expected));
}

#[test]
fn values_are_read_without_escapes() {
    let file = parse(ELEMENTS);
    assert_eq!(file.get("SqlServerName"), Some("a & b"));
    assert_eq!(file.get("Description"), Some(""));
    assert_eq!(file.get("Mixed"), None);
    assert_eq!(file.get("Noted"), None);
    assert_eq!(file.keys().collect::<Vec<_>>(), ["PortNumber", "SqlServerName", "Description"]);
    let file = parse(ADDS);
    assert_eq!(file.get("SqlServerName"), Some("a\"b"));
    assert_eq!(file.keys().collect::<Vec<_>>(), ["PortNumber", "SqlServerName"]);
}

#[test]
fn an_element_with_more_than_text_is_not_touched() {
    for key in ["Mixed", "Noted"] {
        assert_eq!(edited(ELEMENTS, &[(key, "x")], &[]), Err(EditError::NotScalar(key.to_owned())));
    }
}

#[test]
fn a_missing_key_is_added_in_the_shape_of_the_file() {
    let new = [("SqlConnectionTimeoutInSecs", "30")];
    assert_eq!(edited(ELEMENTS, &new, &[]), Err(EditError::MissingKey(new[0].0.to_owned())));
    let expected = ELEMENTS
        .replace("</Noted>", "</Noted>\r\n  <SqlConnectionTimeoutInSecs>30</SqlConnectionTimeoutInSecs>");
    assert_eq!(edited(ELEMENTS, &new, &[new[0].0]), Ok(expected));
    let expected = ADDS.replace(
        "'SqlServerName' />",
        "'SqlServerName' />\n    <add key=\"SqlConnectionTimeoutInSecs\" value=\"30\" />",
    );
    assert_eq!(edited(ADDS, &new, &[new[0].0]), Ok(expected));
}

#[test]
fn an_add_element_with_an_end_tag_is_one_entry() {
    let text = "<appSettings><add key=\"a\" value=\"1\"></add></appSettings>";
    assert_eq!(
        edited(text, &[("a", "2"), ("b", "3")], &["b"]),
        Ok("<appSettings><add key=\"a\" value=\"2\"></add><add key=\"b\" value=\"3\"/></appSettings>"
            .to_owned())
    );
}

#[test]
fn what_xml_cannot_hold_is_refused() {
    for value in ["\u{0}", "\u{1b}", "\u{ffff}"] {
        let refusal = Err(EditError::NotRepresentable("PortNumber".to_owned()));
        assert_eq!(edited(ELEMENTS, &[("PortNumber", value)], &[]), refusal);
    }
    let refusal = Err(EditError::NotRepresentable("a b".to_owned()));
    assert_eq!(edited(ELEMENTS, &[("a b", "x")], &["a b"]), refusal);
}

#[test]
fn malformed_xml_is_refused() {
    for text in [
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<!-- alone -->",
        "<a><b>&unknown;</b></a>",
        "<a><b>&#0;</b></a>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a/>",
        "<appSettings><add value=\"1\"/></appSettings>",
        "<appSettings><add key=\"1\" key=\"1\"/></appSettings>",
        "<appSettings><add key=\"a\" value=\"1\"/><add key=\"A\" value=\"1\"/></appSettings>",
        "<a><b>1</b><b>2</b></a>",
    ] {
        let refusal = SettingsFile::parse(text.as_bytes()).map(|file| file.keys().count());
        assert!(refusal.is_err(), "{text}: {refusal:?}");
        assert!(
            !matches!(refusal, Err(SettingsError::NeitherJsonNorXml | SettingsError::Unlocated)),
            "{text}"
        );
    }
}
