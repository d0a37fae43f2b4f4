//! Short ways into the facts of an observed site; they panic where a fact is not known.

use super::{name, replica};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::fact::Fact;
use scaleout_model::node::{Feature, NodeFacts, ServiceFacts, SettingsFacts, Store, StoredCertificate};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{CatalogDatabase, CatalogFacts, GroupFacts, InstanceFacts};

/// What is known.
pub(super) fn known<T>(fact: &mut Fact<T>) -> &mut T {
    match fact {
        Fact::Known(value) => value,
        Fact::Absent | Fact::Unknown(_) => panic!("the fixture knows it"),
    }
}

/// A node.
pub(crate) fn node<'a>(observed: &'a mut Observed, node: &str) -> &'a mut NodeFacts {
    known(observed.nodes.get_mut(&name(node)).unwrap())
}

/// An instance.
pub(crate) fn instance(observed: &mut Observed, index: usize) -> &mut InstanceFacts {
    known(observed.instances.get_mut(&replica(index)).unwrap())
}

/// The group as an instance sees it.
pub(crate) fn group(observed: &mut Observed, index: usize) -> &mut GroupFacts {
    known(&mut instance(observed, index).group)
}

/// SSISDB on an instance.
pub(crate) fn database(observed: &mut Observed, index: usize) -> &mut CatalogDatabase {
    known(&mut instance(observed, index).catalog_database)
}

/// The catalog.
pub(crate) fn catalog(observed: &mut Observed) -> &mut CatalogFacts {
    known(&mut observed.catalog)
}

/// A Scale Out service.
pub(crate) fn service<'a>(observed: &'a mut Observed, on: &str, feature: Feature) -> &'a mut ServiceFacts {
    known(&mut node(observed, on).services).iter_mut().find(|service| service.feature == feature).unwrap()
}

/// A settings file.
pub(crate) fn settings<'a>(observed: &'a mut Observed, on: &str, feature: Feature) -> &'a mut SettingsFacts {
    known(&mut node(observed, on).settings).iter_mut().find(|file| file.feature == feature).unwrap()
}

/// A certificate in a store.
pub(crate) fn stored<'a>(
    observed: &'a mut Observed,
    on: &str,
    store: Store,
    thumbprint: Thumbprint,
) -> &'a mut StoredCertificate {
    let all = known(&mut node(observed, on).certificates);
    all.iter_mut().find(|c| c.store == store && c.thumbprint == thumbprint).unwrap()
}
