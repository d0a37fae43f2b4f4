//! Host names, and the names in a certificate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Whether two host names mean the same: without case; a short name equals the full one whose first label it is.
pub(super) fn same_host(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let is_short_of = |short: &str, full: &str| {
        !short.contains('.') && full.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'))
    };
    one == other || is_short_of(&one, &other) || is_short_of(&other, &one)
}

/// Host and port of `https://HOST:PORT`.
pub(super) fn host_and_port(url: &str) -> Result<(&str, u64), String> {
    let wrong = || format!("{url:?} is no https://HOST:PORT");
    let rest = url.strip_prefix("https://").ok_or_else(wrong)?;
    let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or_else(wrong)?;
    Ok((host, port.parse().map_err(|_| wrong())?))
}

/// Host and port of `HOST,PORT`.
pub(super) fn server_and_port(text: &str) -> Result<(&str, u64), String> {
    let wrong = || format!("{text:?} is no HOST,PORT");
    let (host, port) = text.split_once(',').ok_or_else(wrong)?;
    Ok((host.trim(), port.trim().parse().map_err(|_| wrong())?))
}

/// The names in a certificate (`base64:` and DER): the alternative ones if there are any, else the common names.
pub(super) fn names_in(der: &str) -> Result<Vec<String>, String> {
    let wrong = || "a certificate can't be read".to_owned();
    let der = STANDARD.decode(der.strip_prefix("base64:").ok_or_else(wrong)?).map_err(|_| wrong())?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| wrong())?;
    if let Ok(Some(alternative)) = certificate.subject_alternative_name() {
        let name = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        };
        return Ok(alternative.value.general_names.iter().filter_map(name).collect());
    }
    let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    Ok(common.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_the_full_one_whose_first_label_it_is() {
        assert!(same_host("MASTER", "master.corp.example") && same_host("a.b", "A.B"));
        assert!(!same_host("master", "master2.corp.example") && !same_host("master.x", "master.y"));
        assert!(!same_host("master.corp", "master.corp.example"));
    }
}
