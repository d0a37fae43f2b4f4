//! Paths of the Kubernetes API.

/// Objects of one kind in one namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection {
    /// API group; empty for the core.
    pub group: String,
    /// Namespace.
    pub namespace: String,
    /// `secrets`, `scaleoutworkers`, ….
    pub plural: String,
}

impl Collection {
    /// A collection.
    pub fn new(group: &str, namespace: &str, plural: &str) -> Self {
        Self { group: group.to_owned(), namespace: namespace.to_owned(), plural: plural.to_owned() }
    }
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) collection: Collection,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
    /// The version after which changes are watched; `None`: no watch.
    pub(super) watch_from: Option<u64>,
}

impl Target {
    /// Reads `/api/v1/namespaces/NS/PLURAL[/NAME[/SUB]]` and `/apis/GROUP/VERSION/namespaces/…`, with their query.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts = path.trim_start_matches('/').split('/').filter(|part| !part.is_empty());
        let group = match parts.next()? {
            "api" => String::new(),
            "apis" => parts.next()?.to_owned(),
            _ => return None,
        };
        let _version = parts.next()?;
        if parts.next()? != "namespaces" {
            return None;
        }
        let (namespace, plural) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let values = |key: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned)
        };
        let watched = values("watch").is_some_and(|value| value == "true" || value == "1");
        let from = || values("resourceVersion").and_then(|version| version.parse().ok()).unwrap_or_default();
        Some(Self {
            collection: Collection { group, namespace, plural },
            name: parts.next().map(str::to_owned),
            subresource: parts.next().map(str::to_owned),
            watch_from: watched.then(from),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_they_are_about() {
        let secret = Target::parse("/api/v1/namespaces/ssis/secrets/one?").unwrap();
        assert_eq!(
            (secret.collection, secret.name),
            (Collection::new("", "ssis", "secrets"), Some("one".into()))
        );
        let status =
            "/apis/scaleout.ssis.dev/v1alpha1/namespaces/ssis/scaleoutworkers/etl01/status?fieldManager=x";
        assert_eq!(Target::parse(status).unwrap().subresource.as_deref(), Some("status"));
        let watch = Target::parse("/api/v1/namespaces/ssis/secrets?watch=true&resourceVersion=12").unwrap();
        assert_eq!(watch.watch_from, Some(12));
        assert_eq!(Target::parse("/healthz"), None);
    }
}
