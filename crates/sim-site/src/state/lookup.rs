//! Finding things in a site.

use super::{Account, AvailabilityGroup, Instance, Node, Sid, Site};
use scaleout_model::names::{AccountName, DnsName, GroupName, NodeName, ReplicaName};
use sha2::{Digest as _, Sha256};

impl Site {
    /// The machine and instance of an instance's own name.
    pub fn instance(&self, replica: &ReplicaName) -> Option<(&Node, &Instance)> {
        let node = self.nodes.get(&replica.machine())?;
        node.instances.get(&replica.instance()).map(|instance| (node, instance))
    }

    /// An instance, to change it.
    pub fn instance_mut(&mut self, replica: &ReplicaName) -> Option<&mut Instance> {
        self.nodes.get_mut(&replica.machine())?.instances.get_mut(&replica.instance())
    }

    /// Whether an instance is there and runs.
    pub fn instance_runs(&self, replica: &ReplicaName) -> bool {
        self.nodes.get(&replica.machine()).is_some_and(|node| node.engine_runs(&replica.instance()))
    }

    /// Names of all instances.
    pub fn instance_names(&self) -> Vec<ReplicaName> {
        let of_node = |(node, machine): (&NodeName, &Node)| {
            machine.instances.keys().map(|i| instance_name(node, i.as_str())).collect::<Vec<_>>()
        };
        self.nodes.iter().flat_map(of_node).collect()
    }

    /// The fully qualified name of a one-label name; a name with dots stays.
    pub fn fqdn(&self, label: &str) -> DnsName {
        if label.contains('.') {
            DnsName::new(label)
        } else {
            DnsName::new(format!("{label}.{}", self.domain.dns_suffix))
        }
    }

    /// Addresses of a name, as DNS answers; short names get the domain's suffix.
    pub fn resolve(&self, host: &str) -> Vec<String> {
        self.domain
            .dns
            .get(&self.fqdn(host))
            .map(|r| r.addresses.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// A domain account; its domain part may be the NetBIOS name only.
    pub fn account(&self, name: &AccountName) -> Option<&Account> {
        self.domain.accounts.get(name)
    }

    /// SID of any account as a machine resolves it: domain, `NT SERVICE\…` of a service on that machine, or
    /// built in. `None`: no such account (Win32 1332, SQL Server 15401).
    pub fn account_sid(&self, node: &NodeName, name: &AccountName) -> Option<Sid> {
        let (domain, user) = name.as_str().split_once('\\').unwrap_or(("", name.as_str()));
        if domain.eq_ignore_ascii_case("NT SERVICE") {
            let machine = self.nodes.get(node)?;
            let clustered = self.cluster.as_ref().is_some_and(|c| c.nodes.contains_key(node));
            let known = machine.services.keys().any(|key| key.eq_ignore_ascii_case(user))
                || (clustered && user.eq_ignore_ascii_case("ClusSvc"));
            return known.then(|| Sid::of_service(user));
        }
        if name.as_str().eq_ignore_ascii_case(r"NT AUTHORITY\SYSTEM")
            || user.eq_ignore_ascii_case("LocalSystem")
        {
            return Some(Sid::local_system());
        }
        self.account(name).map(|account| account.sid.clone())
    }

    /// A new GUID, lower-case.
    pub fn new_guid(&mut self) -> String {
        let digest = self.new_digest("guid");
        let hex = hex::encode(digest.get(..16).unwrap_or_default());
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    /// A new SID for a SQL login.
    pub fn new_sid(&mut self) -> Sid {
        let digest = self.new_digest("sid");
        Sid::from_bytes(digest.get(..16).unwrap_or_default())
    }

    /// A new salt for a password hash, 8 hex digits.
    pub fn new_salt(&mut self) -> String {
        let digest = self.new_digest("salt");
        hex::encode_upper(digest.get(..4).unwrap_or_default())
    }

    fn new_digest(&mut self, what: &str) -> Vec<u8> {
        self.counter += 1;
        Sha256::digest(format!("{what} {} {}", self.counter, self.domain.dns_suffix)).to_vec()
    }

    /// The availability group of a database on an instance.
    pub fn group_of(
        &self,
        replica: &ReplicaName,
        database: &str,
    ) -> Option<(&GroupName, &AvailabilityGroup)> {
        let (_, instance) = self.instance(replica)?;
        let name = instance.database(database)?.group.as_ref()?;
        self.groups.get_key_value(name)
    }
}

/// The name of an instance as SQL Server gives it: `SQL01` or `SQL01\PROD`.
pub fn instance_name(node: &NodeName, instance: &str) -> ReplicaName {
    if instance.eq_ignore_ascii_case(scaleout_model::defaults::DEFAULT_INSTANCE) {
        ReplicaName::new(node.as_str())
    } else {
        ReplicaName::new(format!(r"{node}\{instance}"))
    }
}
