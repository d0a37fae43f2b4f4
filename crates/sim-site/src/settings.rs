//! What services read from their settings files.

use scaleout_model::settings::SettingsFile;
use std::collections::BTreeMap;

/// MasterSettings.config as the master understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterSettings {
    /// `PortNumber`.
    pub port: u16,
    /// `SSLCertThumbprint`.
    pub thumbprint: String,
    /// `SqlServerName`.
    pub sql_server: String,
    /// `MasterHeartbeatIntervalInMs`.
    pub heartbeat_ms: i64,
    /// `DealWithExpiredTasksIntervalInMs`.
    pub expired_tasks_ms: i64,
}

/// WorkerSettings.config as the worker understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// `AgentId`, lower-case.
    pub agent_id: String,
    /// `MasterEndpoint`.
    pub endpoint: String,
    /// `MasterHttpsCertThumbprint`.
    pub master_thumbprint: String,
    /// `WorkerHttpsCertThumbprint`.
    pub worker_thumbprint: String,
    /// `StoreName` of the worker's certificate.
    pub store: String,
    /// `AgentHeartbeatInterval`, ms.
    pub heartbeat_ms: i64,
    /// `LeaseInterval` in either spelling, ms.
    pub lease_ms: i64,
}

/// Documented defaults (MASTER, WORKER).
const HEARTBEAT_MS: i64 = 30_000;
const EXPIRED_TASKS_MS: i64 = 300_000;
const MINUTE_MS: i64 = 60_000;

/// Reads a master's file; `None` if it is neither JSON nor XML.
pub fn master_settings(bytes: &[u8]) -> Option<MasterSettings> {
    let file = SettingsFile::parse(bytes).ok()?;
    let number = |key: &str| file.get(key).and_then(|text| text.trim().parse::<i64>().ok());
    Some(MasterSettings {
        port: number("PortNumber")
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or(scaleout_model::defaults::MASTER_PORT),
        thumbprint: text(&file, "SSLCertThumbprint"),
        sql_server: text(&file, "SqlServerName"),
        heartbeat_ms: number("MasterHeartbeatIntervalInMs").filter(|ms| *ms > 0).unwrap_or(HEARTBEAT_MS),
        expired_tasks_ms: number("DealWithExpiredTasksIntervalInMs")
            .filter(|ms| *ms > 0)
            .unwrap_or(EXPIRED_TASKS_MS),
    })
}

/// Reads a worker's file; `None` if it is neither JSON nor XML.
pub fn worker_settings(bytes: &[u8]) -> Option<WorkerSettings> {
    let file = SettingsFile::parse(bytes).ok()?;
    let span = |key: &str| file.get(key).and_then(time_span_ms).filter(|ms| *ms > 0);
    Some(WorkerSettings {
        agent_id: text(&file, "AgentId").to_lowercase(),
        endpoint: text(&file, "MasterEndpoint"),
        master_thumbprint: text(&file, "MasterHttpsCertThumbprint"),
        worker_thumbprint: text(&file, "WorkerHttpsCertThumbprint"),
        store: file.get("StoreName").filter(|name| !name.is_empty()).unwrap_or("My").to_owned(),
        heartbeat_ms: span("AgentHeartbeatInterval").unwrap_or(MINUTE_MS),
        lease_ms: span("LeaseInternval").or_else(|| span("LeaseInterval")).unwrap_or(MINUTE_MS),
    })
}

fn text(file: &SettingsFile, key: &str) -> String {
    file.get(key).unwrap_or_default().trim().to_owned()
}

/// A .NET TimeSpan in its "c" form, `[d.]hh:mm:ss[.fffffff]`, in ms.
pub fn time_span_ms(text: &str) -> Option<i64> {
    let mut parts = text.trim().split(':');
    let (days_hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = match days_hours.split_once('.') {
        Some((days, hours)) => (days.parse::<i64>().ok()?, hours.parse::<i64>().ok()?),
        None => (0, days_hours.parse().ok()?),
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let mut millis = format!("{fraction:0<3}");
    millis.truncate(3);
    let total_seconds =
        ((days * 24 + hours) * 60 + minutes.parse::<i64>().ok()?) * 60 + whole.parse::<i64>().ok()?;
    Some(total_seconds * 1000 + millis.parse::<i64>().ok()?)
}

/// A settings file as set-up writes it, JSON or XML.
pub fn write_settings(values: &BTreeMap<String, String>, order: &[&str], xml: bool, root: &str) -> String {
    let known = order.iter().filter_map(|key| values.get(*key).map(|value| (*key, value)));
    let others = values.iter().filter(|(key, _)| !order.contains(&key.as_str()));
    let all: Vec<(&str, &String)> = known.chain(others.map(|(key, value)| (key.as_str(), value))).collect();
    if xml {
        let line = |(key, value): &(&str, &String)| {
            format!("  <{key}>{}</{key}>\r\n", quick_xml::escape::escape(value.as_str()))
        };
        let body: String = all.iter().map(line).collect();
        return format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<{root}>\r\n{body}</{root}>\r\n");
    }
    let line = |(key, value): &(&str, &String)| {
        let number = value.parse::<i64>().is_ok() || matches!(value.as_str(), "true" | "false");
        let value =
            if number { (*value).clone() } else { serde_json::Value::String((*value).clone()).to_string() };
        format!("  \"{key}\": {value}")
    };
    format!("{{\r\n{}\r\n}}", all.iter().map(line).collect::<Vec<_>>().join(",\r\n"))
}
