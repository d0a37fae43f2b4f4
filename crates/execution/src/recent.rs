//! Reads of a moment ago, shared by the objects of one namespace: five objects at rest need not ask one instance five
//! times. A cache: losing it costs a read.
//!
//! Nothing that was read before a write of ours or before an agent's event is used after it, and what could not be read
//! is not kept at all.

use crate::ports::{NodeTarget, SqlTarget};
use scaleout_model::fact::Fact;
use scaleout_model::names::GroupName;
use scaleout_model::node::NodeFacts;
use scaleout_model::sql::{CatalogFacts, InstanceFacts};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Registry, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// One kind of reads, by what was asked.
struct Shelf<Q, A>(Registry<Vec<(Q, Place<A>)>>);

type Place<A> = Arc<Mutex<Option<Read<A>>>>;

/// Questions that are kept: old ones name endpoints and passwords that nobody asks with any more.
const MOST: usize = 512;

struct Read<A> {
    began: Instant,
    revision: u64,
    answer: Fact<A>,
}

/// All reads.
#[derive(Default)]
pub struct Recent {
    revision: AtomicU64,
    nodes: Shelf<NodeTarget, NodeFacts>,
    instances: Shelf<(SqlTarget, GroupName), InstanceFacts>,
    catalogs: Shelf<SqlTarget, CatalogFacts>,
}

impl<Q, A> Default for Shelf<Q, A> {
    fn default() -> Self {
        Self(Registry::default())
    }
}

impl Recent {
    /// Something was or will be written, or an agent says that something changed: what was read before is old.
    pub fn forget(&self) {
        self.revision.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) async fn node(
        &self,
        target: &NodeTarget,
        not_older: Duration,
        read: impl Future<Output = Fact<NodeFacts>>,
    ) -> Fact<NodeFacts> {
        self.nodes.get(target.clone(), not_older, &self.revision, read).await
    }

    pub(crate) async fn instance(
        &self,
        (target, group): (&SqlTarget, &GroupName),
        not_older: Duration,
        read: impl Future<Output = Fact<InstanceFacts>>,
    ) -> Fact<InstanceFacts> {
        self.instances.get((target.clone(), group.clone()), not_older, &self.revision, read).await
    }

    pub(crate) async fn catalog(
        &self,
        target: &SqlTarget,
        not_older: Duration,
        read: impl Future<Output = Fact<CatalogFacts>>,
    ) -> Fact<CatalogFacts> {
        self.catalogs.get(target.clone(), not_older, &self.revision, read).await
    }
}

impl<Q: Eq, A: Clone> Shelf<Q, A> {
    fn place(&self, question: Q) -> Place<A> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, place)) = places.iter().find(|(known, _)| *known == question) {
            return Arc::clone(place);
        }
        if places.len() >= MOST {
            places.clear();
        }
        let place = Place::default();
        places.push((question, Arc::clone(&place)));
        place
    }

    /// The kept answer, or a new one; who asks for the same meanwhile waits for it.
    async fn get(
        &self,
        question: Q,
        not_older: Duration,
        revision: &AtomicU64,
        read: impl Future<Output = Fact<A>>,
    ) -> Fact<A> {
        let place = self.place(question);
        let asked = Instant::now();
        let mut kept = place.lock().await;
        let present = revision.load(Ordering::Acquire);
        if let Some(last) = kept.as_ref()
            && last.revision == present
            && (last.began >= asked || last.began.elapsed() < not_older)
        {
            return last.answer.clone();
        }
        let began = Instant::now();
        let answer = read.await;
        let is_known = !matches!(answer, Fact::Unknown(_));
        *kept = is_known.then(|| Read { began, revision: present, answer: answer.clone() });
        answer
    }
}

#[cfg(test)]
#[path = "recent_tests.rs"]
mod tests;
