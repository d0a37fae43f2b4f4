//! All choices for one site, before they are written down as a site file and as objects.

use super::Variant;
use super::random::Random;

/// A machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) address: String,
    /// Drive of the DTS folder.
    pub(super) drive: String,
}

/// A machine with an instance.
#[derive(Clone, Debug)]
pub(super) struct SqlMachine {
    pub(super) machine: Machine,
    /// None: the default instance.
    pub(super) instance: Option<String>,
    pub(super) port: u16,
    /// Name of the replica in the objects.
    pub(super) replica: String,
    pub(super) asynchronous: bool,
}

/// A worker.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// Name of the object.
    pub(super) object: String,
    /// Computer name.
    pub(super) node: String,
    pub(super) enabled: bool,
}

/// A domain account; without a password it is a group managed one.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) password: Option<String>,
}

/// Ports that are the site's as a whole.
#[derive(Clone, Debug)]
pub(super) struct Ports {
    pub(super) agent: u16,
    pub(super) endpoint: u16,
    pub(super) listener: u16,
    pub(super) master: u16,
}

/// All choices.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) variant: Variant,
    pub(super) dns_suffix: String,
    pub(super) net_bios: String,
    pub(super) cluster: String,
    pub(super) network: Network,
    pub(super) ports: Ports,
    pub(super) sql: Vec<SqlMachine>,
    pub(super) etl: Vec<Machine>,
    pub(super) workers: Vec<Worker>,
    pub(super) engine_account: Account,
    pub(super) master_account: Account,
    pub(super) worker_account: Account,
    pub(super) operator: Account,
    pub(super) observer: Account,
    pub(super) media: String,
    pub(super) backup_directory: String,
    /// Names of the availability group, its object, its listener, and of its endpoint.
    pub(super) group: String,
    pub(super) group_object: String,
    pub(super) listener: String,
    pub(super) endpoint: String,
    /// Names of the role, the master's object and its client access point.
    pub(super) role: String,
    pub(super) master_object: String,
    pub(super) access_point: String,
    /// What all names of Secrets begin with.
    pub(super) secrets: String,
    /// 1000 to 3000.
    pub(super) heartbeat_ms: u16,
}

/// The one network of a site, and addresses in it.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) name: String,
    /// The first two numbers.
    prefix: String,
    third: u16,
    pub(super) mask: &'static str,
    next: u16,
}

impl Network {
    fn draw(random: &mut Random, variant: Variant) -> Self {
        let name = format!("{} Net", capital(&random.word()));
        let next = random.between(5, 60);
        let (prefix, third, mask) = match variant {
            Variant::Named2017 => {
                (format!("10.{}", random.between(1, 254)), random.between(0, 255), "255.255.255.0")
            }
            Variant::Default2022 => {
                (format!("172.{}", random.between(16, 31)), 16 * random.between(0, 15), "255.255.240.0")
            }
        };
        Self { name, prefix, third, mask, next }
    }

    pub(super) fn address(&self) -> String {
        format!("{}.{}.0", self.prefix, self.third)
    }

    fn take(&mut self, random: &mut Random) -> String {
        let host = self.next;
        self.next += random.between(1, 9);
        let third = if self.mask == "255.255.255.0" { self.third } else { self.third + host % 16 };
        format!("{}.{third}.{host}", self.prefix)
    }

    /// The n-th address for a cluster name; machines never reach it.
    pub(super) fn floating(&self, n: u16) -> String {
        format!("{}.{}.{}", self.prefix, self.third, 240 + n)
    }
}

impl Draft {
    pub(super) fn draw(random: &mut Random, variant: Variant) -> Self {
        let named = variant == Variant::Named2017;
        let mut network = Network::draw(random, variant);
        let replicas = if named { 3 } else { 2 };
        let sql: Vec<SqlMachine> =
            (0..replicas).map(|at| SqlMachine::draw(random, &mut network, named, at == 2)).collect();
        let etl: Vec<Machine> =
            (0..if named { 3 } else { 1 }).map(|_| Machine::draw(random, &mut network)).collect();
        let on_master = sql.last().filter(|_| !named).map(|sql| sql.machine.name.clone());
        let nodes = on_master.into_iter().chain(etl.iter().map(|machine| machine.name.clone()));
        let mut workers: Vec<Worker> =
            nodes.map(|node| Worker { object: random.word(), node, enabled: true }).collect();
        if let Some(last) = workers.last_mut().filter(|_| named) {
            last.enabled = false;
        }
        let word = random.word();
        let dns_suffix = if named { format!("{word}.example") } else { format!("ad.{word}.test") };
        Self {
            variant,
            dns_suffix,
            net_bios: random.word().to_uppercase(),
            cluster: random.word().to_uppercase(),
            network,
            ports: Ports {
                agent: random.port(),
                endpoint: random.port(),
                listener: random.port(),
                master: random.port(),
            },
            sql,
            etl,
            workers,
            engine_account: Account::draw(random, "", !named),
            master_account: Account::draw(random, "", !named),
            worker_account: Account::draw(random, "", named),
            operator: Account::draw(random, "_operator", false),
            observer: Account::draw(random, "_observer", false),
            media: format!("{}-{}", random.word(), random.between(10, 99)),
            backup_directory: format!(r"{}:\{} Backups", random.drive(), capital(&random.word())),
            group: if named { format!("{} Group's [1]", capital(&random.word())) } else { random.word() },
            group_object: random.word(),
            listener: random.word(),
            endpoint: format!("{}_mirror", random.word()),
            role: format!("{} Role", capital(&random.word())),
            master_object: random.word(),
            access_point: format!("{}-{}", random.word(), random.between(1, 99)),
            secrets: random.word(),
            heartbeat_ms: 1000 * random.between(1, 3),
        }
    }

    /// The full DNS name of a machine or a cluster name.
    pub(super) fn fqdn(&self, name: &str) -> String {
        format!("{}.{}", name.to_lowercase(), self.dns_suffix)
    }

    /// `DOMAIN\name`.
    pub(super) fn full_account(&self, account: &Account) -> String {
        format!(r"{}\{}", self.net_bios, account.name)
    }
}

impl Machine {
    fn draw(random: &mut Random, network: &mut Network) -> Self {
        let name = format!("{}{}", random.word(), random.between(1, 99)).to_uppercase();
        Self { name, address: network.take(random), drive: random.drive() }
    }
}

impl SqlMachine {
    fn draw(random: &mut Random, network: &mut Network, named: bool, asynchronous: bool) -> Self {
        Self {
            machine: Machine::draw(random, network),
            instance: named.then(|| capital(&random.word())),
            port: random.port(),
            replica: random.word(),
            asynchronous,
        }
    }

    /// `MACHINE` or `MACHINE\INSTANCE`.
    pub(super) fn server_name(&self) -> String {
        let machine = &self.machine.name;
        self.instance.as_ref().map_or_else(|| machine.clone(), |instance| format!(r"{machine}\{instance}"))
    }
}

impl Account {
    fn draw(random: &mut Random, ending: &str, managed: bool) -> Self {
        let name = format!("{}{ending}{}", random.word(), if managed { "$" } else { "" });
        Self { name, password: (!managed).then(|| random.password()) }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
