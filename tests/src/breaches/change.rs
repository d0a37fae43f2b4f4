//! Reaches into a dump to change it.

use crate::intent::Intent;
use serde_json::{Map, Value};

/// A dump that is being changed.
pub(super) struct Change<'a> {
    pub(super) dump: &'a mut Value,
    pub(super) intent: &'a Intent,
}

fn entry<'a>(value: &'a mut Value, pointer: &str, name: &str) -> Option<&'a mut Value> {
    let map = value.pointer_mut(pointer)?.as_object_mut()?;
    map.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn service<'a>(node: &'a mut Value, program: &str) -> Option<&'a mut Value> {
    let services = node.get_mut("services")?.as_object_mut()?;
    services.values_mut().find(|service| service.pointer(&format!("/program/{program}")).is_some())
}

impl Change<'_> {
    /// The n-th node of the master.
    pub(super) fn node(&mut self, n: usize) -> Option<&mut Value> {
        entry(self.dump, "/nodes", self.intent.nodes.get(n)?)
    }

    /// Node of the first worker.
    pub(super) fn worker(&mut self) -> Option<&mut Value> {
        entry(self.dump, "/nodes", &self.intent.workers.first()?.0)
    }

    /// Instance of the n-th replica.
    pub(super) fn instance(&mut self, n: usize) -> Option<&mut Value> {
        let replica = self.intent.replicas.get(n)?;
        let (node, instance) = replica.split_once('\\').unwrap_or((replica, "MSSQLSERVER"));
        entry(entry(self.dump, "/nodes", node)?, "/instances", instance)
    }

    fn primary(&mut self) -> Option<&mut Value> {
        let group = entry(self.dump, "/groups", &self.intent.group)?;
        let primary = group.get("primary")?.as_str()?.to_owned();
        let n = self.intent.replicas.iter().position(|replica| replica.eq_ignore_ascii_case(&primary))?;
        self.instance(n)
    }

    /// The catalog on the primary.
    pub(super) fn catalog(&mut self) -> Option<&mut Value> {
        self.primary()?.pointer_mut("/databases/SSISDB/content/catalog")
    }

    /// Users of SSISDB on the primary.
    pub(super) fn users(&mut self) -> Option<&mut Map<String, Value>> {
        self.primary()?.pointer_mut("/databases/SSISDB/content/users")?.as_object_mut()
    }

    /// A row of the first worker that the catalog has.
    pub(super) fn row(&mut self) -> Option<&mut Value> {
        self.catalog()?.get_mut("workerAgents")?.as_object_mut()?.values_mut().next()
    }

    pub(super) fn role(&mut self) -> Option<&mut Value> {
        entry(self.dump, "/cluster/groups", &self.intent.role)
    }

    /// The log login on the second replica.
    pub(super) fn log_login(&mut self) -> Option<&mut Value> {
        entry(self.instance(1)?, "/logins", "##MS_SSISLogDBWorkerAgentLogin##")
    }

    /// A service on the node of the n-th replica.
    pub(super) fn service(&mut self, n: usize, program: &str) -> Option<&mut Value> {
        let replica = self.intent.replicas.get(n)?;
        let node = replica.split('\\').next()?;
        service(entry(self.dump, "/nodes", node)?, program)
    }

    /// Changes a row of the master's properties.
    pub(super) fn property(&mut self, name: &str, change: impl Fn(&str) -> String) -> Option<()> {
        let slot = self.catalog()?.pointer_mut(&format!("/masterProperties/{name}"))?;
        *slot = change(slot.as_str()?).into();
        Some(())
    }

    /// Replaces text in the settings that the first worker's service read.
    pub(super) fn worker_setting(&mut self, from: &str, to: &str) -> Option<()> {
        let loaded = service(self.worker()?, "scaleOutWorker")?.get_mut("loadedSettings")?;
        *loaded = loaded.as_str()?.replace(from, to).into();
        Some(())
    }

    /// Replaces text in the settings file of the first node.
    pub(super) fn master_file(&mut self, from: &str, to: &str) -> Option<()> {
        let features = self.node(0)?.get_mut("features")?.as_object_mut()?;
        let master = features
            .values_mut()
            .find(|feature| feature.get("feature").is_some_and(|f| f == "scaleOutMaster"))?;
        let bytes = master.pointer_mut("/settings/bytes")?;
        *bytes = bytes.as_str()?.replace(from, to).into();
        Some(())
    }

    /// Binds another thumbprint to the port on the first node.
    pub(super) fn bind(&mut self, thumbprint: &str) -> Option<()> {
        let port = self.intent.port.to_string();
        *entry(self.node(0)?, "/bindings", &port)?.get_mut("thumbprint")? = thumbprint.into();
        Some(())
    }

    /// Binds a worker's certificate to the port on the first node.
    pub(super) fn bind_the_worker(&mut self) -> Option<()> {
        let own = self.worker()?.pointer("/certificates/my")?.as_object()?.keys().next()?.clone();
        self.bind(&own)
    }

    /// Changes the certificate that the first node binds.
    pub(super) fn bound_certificate(&mut self, field: &str, value: Value) -> Option<()> {
        let port = self.intent.port.to_string();
        let node = self.node(0)?;
        let bound = entry(node, "/bindings", &port)?.get("thumbprint")?.as_str()?.to_owned();
        *entry(node, "/certificates/root", &bound)?.get_mut(field)? = value;
        Some(())
    }

    /// Gives the role's network name another name.
    pub(super) fn access_point(&mut self, name: &str) -> Option<()> {
        let resources = self.role()?.get_mut("resources")?.as_object_mut()?;
        let slot = resources.values_mut().find_map(|r| r.pointer_mut("/inForce/networkName/dnsName"))?;
        *slot = name.into();
        Some(())
    }

    /// Removes the login of the master's account from the second replica.
    pub(super) fn drop_login_of_master_account(&mut self) -> Option<()> {
        let account = self.service(1, "scaleOutMaster")?.get("account")?.as_str()?.to_owned();
        let logins = self.instance(1)?.get_mut("logins")?.as_object_mut()?;
        logins.retain(|name, _| !name.eq_ignore_ascii_case(&account));
        Some(())
    }

    /// Removes the login of SSISDB's owner from the second replica.
    pub(super) fn drop_login_of_owner(&mut self) -> Option<()> {
        let instance = self.instance(1)?;
        let owner = instance.pointer("/databases/SSISDB/owner")?.clone();
        let logins = instance.get_mut("logins")?.as_object_mut()?;
        logins.retain(|_, login| login.get("sid") != Some(&owner));
        Some(())
    }

    /// Sets the state of the master's service on each node.
    pub(super) fn all_masters(&mut self, state: &str) -> Option<()> {
        for n in 0..self.intent.nodes.len() {
            *service(self.node(n)?, "scaleOutMaster")?.get_mut("state")? = state.into();
        }
        Some(())
    }

    /// Removes from the first node's Root all certificates without a key: the workers'.
    pub(super) fn distrust_workers(&mut self) -> Option<()> {
        let root = self.node(0)?.pointer_mut("/certificates/root")?.as_object_mut()?;
        root.retain(|_, certificate| certificate.get("key").is_some_and(|key| !key.is_null()));
        Some(())
    }
}
