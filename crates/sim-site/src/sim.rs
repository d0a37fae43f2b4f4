//! A site with its log of effects and its faults.

use crate::effect::{Effect, EffectRecord, Origin, Refused, Reply};
use crate::faults::Faults;
use crate::state::Site;
use crate::{apply, tick};
use std::sync::Arc;

/// A simulated site. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SimSite {
    /// The state.
    pub site: Site,
    /// Effects that changed it, oldest first.
    pub effects: Vec<Arc<EffectRecord>>,
    /// Faults that doors meet.
    pub faults: Faults,
    /// The site before and after each effect, for who asks which fields change; `None`: not kept.
    pub trace: Option<Vec<(Site, Site)>>,
}

impl SimSite {
    /// A site without history.
    pub fn new(mut site: Site) -> Self {
        tick::settle(&mut site);
        Self { site, effects: Vec::new(), faults: Faults::default(), trace: None }
    }

    /// Carries out one effect and its immediate consequences. What changed the site is recorded.
    pub fn apply(&mut self, effect: &Effect, origin: &Origin) -> Result<Reply, Refused> {
        let before = self.trace.is_some().then(|| self.site.clone());
        let reply = apply::apply(&mut self.site, effect)?;
        if reply != Reply::Unchanged {
            self.record(effect, origin);
            tick::settle(&mut self.site);
            if let (Some(trace), Some(before)) = (&mut self.trace, before) {
                trace.push((before, self.site.clone()));
            }
        }
        Ok(reply)
    }

    /// Moves time on to `now_ms` (never back) and lets happen what follows.
    pub fn tick(&mut self, now_ms: i64) {
        self.site.now_ms = self.site.now_ms.max(now_ms);
        tick::settle(&mut self.site);
    }

    fn record(&mut self, effect: &Effect, origin: &Origin) {
        let number = u64::try_from(self.effects.len()).unwrap_or(u64::MAX).saturating_add(1);
        self.effects.push(Arc::new(EffectRecord {
            number,
            at_ms: self.site.now_ms,
            origin: origin.clone(),
            kind: effect.kind(),
            target: effect.target(),
            detail: effect.detail(),
        }));
    }
}
