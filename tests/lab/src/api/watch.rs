//! Watches: one line of JSON for each change, for as long as the client reads.

use super::{ApiServer, Collection, partial};
use axum::body::Body;
use axum::http::Response;
use futures::stream;
use serde_json::{Value, json};
use std::convert::Infallible;

impl ApiServer {
    /// Changes of a collection after a revision, then those to come.
    pub(super) fn watch(&self, collection: Collection, from: u64, metadata: bool) -> Response<Body> {
        let state = (self.clone(), collection, from, self.0.changed.subscribe());
        let lines = stream::unfold(state, move |(server, collection, mut seen, mut changed)| async move {
            loop {
                changed.mark_unchanged();
                let (text, newest) = server.lines_since(&collection, seen, metadata);
                seen = newest;
                if !text.is_empty() {
                    return Some((Ok::<_, Infallible>(text), (server, collection, seen, changed)));
                }
                // The sender lives as long as `server`.
                changed.changed().await.ok()?;
            }
        });
        Response::new(Body::from_stream(lines))
    }

    fn lines_since(&self, collection: &Collection, revision: u64, metadata: bool) -> (String, u64) {
        let store = self.store();
        let (changes, newest) = store.since(collection, revision);
        let line = |type_: &str, object: &Value| {
            let object = if metadata { partial(object) } else { object.clone() };
            format!("{}\n", json!({"type": type_, "object": object}))
        };
        (changes.into_iter().map(|change| line(change.type_, &change.object)).collect(), newest)
    }
}
