//! What wakes the loops besides their own objects: Secrets (metadata only), objects of other kinds, agents' events.

use crate::context::Stores;
use crate::kinds::SiteKind as _;
use crate::kinds::group::GroupKind;
use crate::kinds::master::MasterKind;
use crate::kinds::worker::WorkerKind;
use crate::secrets::SecretStore;
use crate::triggers::Triggers;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::controller::Controller;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher;
use kube::{Client, Resource, ResourceExt as _};
use scaleout_api::{ScaleOutMaster, ScaleOutWorker, SsisdbAvailabilityGroup};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::hash::Hash;

/// The watches of one namespace.
pub struct Watches<'a> {
    /// Kubernetes.
    pub client: &'a Client,
    /// The namespace.
    pub namespace: &'a str,
    /// Told of changed Secrets.
    pub secrets: &'a SecretStore,
    /// Agents' events.
    pub triggers: &'a Triggers,
    /// The objects that are woken.
    pub stores: &'a Stores,
}

impl Watches<'_> {
    /// Groups are woken by Secrets and agents.
    pub fn wire_groups(
        &self,
        groups: Controller<SsisdbAvailabilityGroup>,
    ) -> Controller<SsisdbAvailabilityGroup> {
        self.by_secrets(groups, &self.stores.groups)
            .reconcile_on(self.triggers.listen(GroupKind::KIND.as_str(), self.namespace))
    }

    /// Masters are woken by Secrets, groups, workers and agents.
    pub fn wire_masters(&self, masters: Controller<ScaleOutMaster>) -> Controller<ScaleOutMaster> {
        let masters = self.by_secrets(masters, &self.stores.masters);
        let masters = self.by_objects::<_, SsisdbAvailabilityGroup>(masters, &self.stores.masters);
        let masters = self.by_objects::<_, ScaleOutWorker>(masters, &self.stores.masters);
        masters.reconcile_on(self.triggers.listen(MasterKind::KIND.as_str(), self.namespace))
    }

    /// Workers are woken by Secrets, masters and agents.
    pub fn wire_workers(&self, workers: Controller<ScaleOutWorker>) -> Controller<ScaleOutWorker> {
        let workers = self.by_secrets(workers, &self.stores.workers);
        let workers = self.by_objects::<_, ScaleOutMaster>(workers, &self.stores.workers);
        workers.reconcile_on(self.triggers.listen(WorkerKind::KIND.as_str(), self.namespace))
    }

    /// Metadata only, and nothing of it is kept: so neither is what `kubectl apply` left in annotations.
    fn by_secrets<K>(&self, controller: Controller<K>, store: &Store<K>) -> Controller<K>
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let api: Api<PartialObjectMeta<Secret>> = Api::namespaced(self.client.clone(), self.namespace);
        let (secrets, store, namespace) = (self.secrets.clone(), store.clone(), self.namespace.to_owned());
        controller.watches(api, watcher::Config::default(), move |secret| {
            secrets.changed(&namespace, &secret.name_any());
            everything(&store)
        })
    }

    fn by_objects<K, O>(&self, controller: Controller<K>, store: &Store<K>) -> Controller<K>
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
        O: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + Debug
            + Send
            + 'static,
        O::DynamicType: Eq + Hash + Clone,
    {
        let store = store.clone();
        let api: Api<O> = Api::namespaced(self.client.clone(), self.namespace);
        controller.watches(api, watcher::Config::default(), move |_| everything(&store))
    }
}

/// All objects of a store: a pass that finds nothing to do costs little.
fn everything<K>(store: &Store<K>) -> Vec<ObjectRef<K>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    store.state().iter().map(|object| ObjectRef::from_obj(object.as_ref())).collect()
}
