//! I1 to I4 and the one master: names, ports, thumbprints and the log's server are the same everywhere.

use super::Found;
use super::names::{host_and_port, names_in, same_host, server_and_port};
use super::site::{Site, at, entry, map, service_of, setting, text};

/// I1: master address, workers' endpoints, client access point, and the certificate's names.
pub(super) fn hosts(site: &Site<'_>) -> Found {
    let wanted = &site.intent.access_point;
    let mut found =
        vec![("master address".to_owned(), host_and_port(site.property("MASTER_ADDRESS")?)?.0.to_owned())];
    let suffix = text(site.dump, "/domain/dnsSuffix")?;
    for resource in map(site.role()?, "/resources")?.values() {
        if let Ok(name) = text(resource, "/inForce/networkName/dnsName") {
            found.push(("client access point".to_owned(), format!("{name}.{suffix}")));
        }
    }
    let access_points = found.len() - 1;
    let workers = site.worker_settings()?;
    for (name, settings) in &workers {
        found.push((
            format!("worker on {name}"),
            host_and_port(setting(settings, "MasterEndpoint")?)?.0.to_owned(),
        ));
    }
    let mut wrong: Vec<String> = found
        .iter()
        .filter(|(_, host)| !same_host(host, wanted))
        .map(|(what, host)| format!("{what}: {host} is not {wanted}"))
        .collect();
    if access_points != 1 {
        wrong.push(format!("the role has {access_points} network names that are online"));
    }
    for (name, node) in site.master_nodes()? {
        let (thumbprint, store) = binding(site, node)?;
        let der = text(entry(node, &format!("/certificates/{store}"), thumbprint)?, "/der")?;
        for (_, settings) in &workers {
            let host = host_and_port(setting(settings, "MasterEndpoint")?)?.0;
            if !names_in(der)?.iter().any(|name| name.eq_ignore_ascii_case(host)) {
                wrong.push(format!("{name}: the certificate does not name {host}"));
            }
        }
    }
    Ok(wrong)
}

/// I2: master address, settings, bindings, catalog and workers' endpoints.
pub(super) fn ports(site: &Site<'_>) -> Found {
    let mut found = vec![
        ("master address".to_owned(), host_and_port(site.property("MASTER_ADDRESS")?)?.1.to_string()),
        ("catalog".to_owned(), site.property("MASTER_SERVICE_PORT")?.to_owned()),
    ];
    for (place, settings) in site.master_settings()? {
        found.push((place, setting(&settings, "PortNumber")?.to_owned()));
    }
    for (name, settings) in site.worker_settings()? {
        found.push((
            format!("worker on {name}"),
            host_and_port(setting(&settings, "MasterEndpoint")?)?.1.to_string(),
        ));
    }
    let mut wrong = differing(&found, &site.intent.port.to_string());
    for (name, node) in site.master_nodes()? {
        if binding(site, node).is_err() {
            wrong.push(format!("{name}: port {} is not bound", site.intent.port));
        }
    }
    Ok(wrong)
}

/// I3: bound, in the settings, in the catalog, pinned by the workers; with a private key that the service can read.
pub(super) fn thumbprints(site: &Site<'_>) -> Found {
    let wanted = site.property("SSLCERT_THUMBPRINT")?;
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for (name, node) in site.master_nodes()? {
        let (thumbprint, store) = binding(site, node)?;
        found.push((format!("{name}'s binding"), thumbprint.to_owned()));
        let certificate = entry(node, &format!("/certificates/{store}"), thumbprint)?;
        let account = text(service_of(node, "scaleOutMaster")?.1, "/account")?;
        let readers = at(certificate, "/keyReaders")?.as_array().cloned().unwrap_or_default();
        let reads =
            readers.iter().any(|reader| reader.as_str().is_some_and(|r| r.eq_ignore_ascii_case(account)));
        if at(certificate, "/key")?.is_null() || !reads {
            wrong.push(format!("{name}: {account} can't read the certificate's private key"));
        }
    }
    for (place, settings) in site.master_settings()? {
        found.push((place, setting(&settings, "SSLCertThumbprint")?.to_owned()));
    }
    for (name, settings) in site.worker_settings()? {
        found
            .push((format!("worker on {name}"), setting(&settings, "MasterHttpsCertThumbprint")?.to_owned()));
        if entry(site.node(name)?, "/certificates/root", wanted).is_err() {
            wrong.push(format!("worker on {name}: the master's certificate is not in Root"));
        }
    }
    wrong.extend(differing(&found, wanted));
    Ok(wrong)
}

/// I4: settings, catalog and log string name the listener.
pub(super) fn log_server(site: &Site<'_>) -> Found {
    let mut found = vec![
        ("the catalog's log server".to_owned(), site.property("CLUSTER_LOGDB_SERVER")?.to_owned()),
        ("the log string".to_owned(), text(site.catalog()?, "/logConnectionString/data source")?.to_owned()),
    ];
    for (place, settings) in site.master_settings()? {
        found.push((place, setting(&settings, "SqlServerName")?.to_owned()));
    }
    let (host, port) = (&site.intent.listener, site.intent.listener_port);
    let listens =
        |server: &str| server_and_port(server).is_ok_and(|found| same_host(found.0, host) && found.1 == port);
    let wrong = found.iter().filter(|(_, server)| !listens(server));
    Ok(wrong.map(|(what, server)| format!("{what}: {server} is not {host},{port}")).collect())
}

/// I8: one Master service runs, on the role's owner, and the role is online there.
pub(super) fn one_master(site: &Site<'_>) -> Found {
    let owner = text(site.role()?, "/owner")?;
    let mut running = Vec::new();
    for (name, node) in map(site.dump, "/nodes")? {
        let runs = service_of(node, "scaleOutMaster").is_ok_and(|(_, service)| service["state"] == "running");
        running.extend(runs.then_some(name.as_str()));
    }
    let mut wrong = Vec::new();
    if !matches!(running.as_slice(), [one] if one.eq_ignore_ascii_case(owner)) {
        wrong.push(format!("the master runs on {running:?}, the role is owned by {owner}"));
    }
    let resources = map(site.role()?, "/resources")?;
    let offline = resources.iter().filter(|(_, resource)| resource["state"] != "online");
    wrong.extend(offline.map(|(name, _)| format!("resource {name} is not online")));
    Ok(wrong)
}

/// Thumbprint and store (`root` or `my`) that a node binds to the master's port.
fn binding<'a>(site: &Site<'a>, node: &'a serde_json::Value) -> Result<(&'a str, String), String> {
    let binding = entry(node, "/bindings", &site.intent.port.to_string())?;
    Ok((text(binding, "/thumbprint")?, text(binding, "/store")?.to_lowercase()))
}

fn differing(found: &[(String, String)], wanted: &str) -> Vec<String> {
    let differs = found.iter().filter(|(_, value)| !value.eq_ignore_ascii_case(wanted));
    differs.map(|(what, value)| format!("{what}: {value:?} is not {wanted}")).collect()
}
