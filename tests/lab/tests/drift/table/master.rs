//! The master: certificate, service, settings, what it is in SQL Server.

use crate::case::{Case, case, content, edit, master_certificate, on, revoke, set, unset, with};
use scaleout_lab::Lab;
use scaleout_lab::api::{Collection, Key};
use scaleout_lab::objects::{OWN_NAMESPACE, name_of};
use serde_json::{Value, json};

const ACCOUNT: &str = r"CORP\svc-ssis-master";
const SERVICE: &str = "SSISScaleOutMaster150";
const LOG: &str = "##MS_SSISLogDBWorkerAgentLogin##";

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    [nodes(), settings(), logging()].into_iter().flatten().collect()
}

fn of_certificate(node: &'static str, change: fn(&Lab, &str) -> anyhow::Result<()>) -> crate::case::Change {
    with(move |lab| change(lab, &master_certificate(lab, node)?))
}

fn nodes() -> Vec<Case> {
    let service = |node: &str, field: &str| format!("/nodes/{node}/services/{SERVICE}/{field}");
    vec![
        case(
            "the certificate is deleted from the standby node",
            vec![of_certificate("SQL02", scaleout_lab::Lab::unset)],
        )
        .seen(&["CertificateImported"])
        .effects(&["AddCertificate SQL02", "GrantKeyRead SQL02"])
        .leaves(&["/nodes/*/certificates/*/*/keyReaders"]),
        case(
            "the certificate is deleted from the owner",
            vec![of_certificate("SQL01", scaleout_lab::Lab::unset)],
        )
        .seen(&["CertificateImported"])
        .effects(&["AddCertificate SQL01", "GrantKeyRead SQL01"])
        .leaves(&["/nodes/*/certificates/*/*/keyReaders"]),
        case(
            "the certificate lost its key on the standby node",
            vec![of_certificate("SQL02", |lab, path| lab.set(&format!("{path}/key"), Value::Null))],
        )
        .seen(&["CertificateImported"])
        .effects(&["AddCertificate SQL02", "GrantKeyRead SQL02"])
        .leaves(&["/nodes/*/certificates/*/*/keyReaders"]),
        case(
            "the master's account may not read the key",
            vec![of_certificate("SQL02", |lab, path| lab.set(&format!("{path}/keyReaders"), json!([])))],
        )
        .seen(&["MasterKeyAccess"])
        .effects(&["GrantKeyRead SQL02"])
        .leaves(&["/nodes/*/certificates/*/*/keyReaders"]),
        case(
            "the master is uninstalled on the standby node",
            vec![
                unset("/nodes/SQL02/features/ScaleOutMaster150"),
                unset(format!("/nodes/SQL02/services/{SERVICE}")),
            ],
        )
        .seen(&["MasterInstalled"])
        .effects(&["StartInstall SQL02", "SetServiceAccount SQL02", "ReplaceSettings SQL02"]),
        case(
            "the standby node's service has another account",
            vec![
                set(service("SQL02", "account"), r"CORP\svc-ssis-worker"),
                set(service("SQL02", "password"), json!({"secret": "svc-ssis-worker of the demo site"})),
            ],
        )
        .seen(&["MasterAccount"])
        .effects(&["SetServiceAccount SQL02"]),
        case(
            "the owner's service has another account",
            vec![
                set(service("SQL01", "account"), r"CORP\svc-ssis-worker"),
                set(service("SQL01", "password"), json!({"secret": "svc-ssis-worker of the demo site"})),
            ],
        )
        .seen(&["MasterAccount"])
        .effects(&["SetServiceAccount SQL01"]),
        case("the service starts by itself", vec![set(service("SQL02", "startType"), "automatic")])
            .seen(&["ServiceOnDemand"])
            .effects(&["SetStartType SQL02"]),
        case("the service is restarted by Windows", vec![set(service("SQL02", "recoveryActions"), true)])
            .seen(&["ServiceOnDemand"])
            .effects(&["ClearRecoveryActions SQL02"]),
        case(
            "the Secret with the certificate that was made is deleted",
            vec![with(|lab| {
                let all = Collection::new("", OWN_NAMESPACE, "secrets");
                lab.api.list(&all).iter().try_for_each(|secret| {
                    let key = Key { collection: all.clone(), name: name_of(secret).to_owned() };
                    lab.delete(&key)
                })
            })],
        )
        .seen(&["CertificateDecided"])
        .effects(&[
            "AddCertificate ETL01",
            "ReplaceSettings ETL01",
            "StopService ETL01",
            "StartService ETL01",
            "AddCertificate ETL02",
            "ReplaceSettings ETL02",
            "StopService ETL02",
            "StartService ETL02",
            "AddCertificate ETL03",
            "ReplaceSettings ETL03",
            "StopService ETL03",
            "StartService ETL03",
            "AddCertificate SQL01",
            "GrantKeyRead SQL01",
            "DeleteBinding SQL01",
            "AddBinding SQL01",
            "ReplaceSettings SQL01",
            "AddCertificate SQL02",
            "GrantKeyRead SQL02",
            "DeleteBinding SQL02",
            "AddBinding SQL02",
            "ReplaceSettings SQL02",
            "OfflineResource cluster",
            "OnlineResource cluster",
        ])
        .leaves(&[
            "/nodes/*/certificates/root/*",
            "/nodes/*/bindings/*/thumbprint",
            "/nodes/**/SSLCertThumbprint",
            "/nodes/**/MasterHttpsCertThumbprint",
            "/nodes/**/SSLCERT_THUMBPRINT",
        ]),
        case("no certificate is bound", vec![unset("/nodes/SQL01/bindings/8391")])
            .seen(&["TlsBinding"])
            .effects(&["AddBinding SQL01"]),
        case(
            "another certificate is bound",
            vec![with(|lab| {
                let worker = crate::case::worker_thumbprint(lab, "ETL01")?;
                lab.set("/nodes/SQL02/bindings/8391/thumbprint", worker.into())
            })],
        )
        .seen(&["TlsBinding"])
        .effects(&["DeleteBinding SQL02", "AddBinding SQL02"]),
        case(
            "the certificate is bound from another store",
            vec![set("/nodes/SQL02/bindings/8391/store", "My")],
        )
        .seen(&["TlsBinding"])
        .effects(&["DeleteBinding SQL02", "AddBinding SQL02"]),
        case("the URL is not reserved", vec![unset("/nodes/SQL02/reservations/8391")])
            .seen(&["UrlReservation"])
            .effects(&["AddReservation SQL02"]),
        case(
            "the URL is reserved for another account",
            vec![set("/nodes/SQL02/reservations/8391", r"CORP\svc-ssis-worker")],
        )
        .seen(&["UrlReservation"])
        .effects(&["DeleteReservation SQL02", "AddReservation SQL02"]),
        case(
            "the master's firewall rule is off",
            vec![set("/nodes/SQL01/firewall/rules/SSIS Scale Out master/enabled", false)],
        )
        .seen(&["MasterFirewall"])
        .effects(&["SetFirewallRule SQL01"]),
        case(
            "the master's firewall rule is deleted",
            vec![unset("/nodes/SQL02/firewall/rules/SSIS Scale Out master")],
        )
        .seen(&["MasterFirewall"])
        .effects(&["SetFirewallRule SQL02"]),
        case(
            "the master's firewall rule has another port",
            vec![set("/nodes/SQL02/firewall/rules/SSIS Scale Out master/port", 8392)],
        )
        .seen(&["MasterFirewall"])
        .effects(&["SetFirewallRule SQL02"]),
    ]
}

fn settings() -> Vec<Case> {
    vec![
        case("PortNumber is edited on the standby node", vec![edit("SQL02", "PortNumber", 8392)])
            .seen(&["MasterSettings"])
            .effects(&["ReplaceSettings SQL02"]),
        case(
            "SSLCertThumbprint is edited on the standby node",
            vec![edit("SQL02", "SSLCertThumbprint", "00")],
        )
        .seen(&["MasterSettings"])
        .effects(&["ReplaceSettings SQL02"]),
        case("SqlServerName is edited on the standby node", vec![edit("SQL02", "SqlServerName", "SQL01")])
            .seen(&["MasterSettings"])
            .effects(&["ReplaceSettings SQL02"]),
        case("SqlServerName is edited on the owner", vec![edit("SQL01", "SqlServerName", "SQL01")])
            .seen(&["MasterRestarted", "MasterSettings"])
            .effects(&["ReplaceSettings SQL01", "OfflineResource cluster", "OnlineResource cluster"]),
        case(
            "MasterHeartbeatIntervalInMs is edited",
            vec![edit("SQL02", "MasterHeartbeatIntervalInMs", 30_000)],
        )
        .seen(&["MasterSettings"])
        .effects(&["ReplaceSettings SQL02"]),
        case("SqlConnectionTimeoutInSecs is edited", vec![edit("SQL02", "SqlConnectionTimeoutInSecs", 15)])
            .seen(&["MasterSettings"])
            .effects(&["ReplaceSettings SQL02"]),
        case(
            "CleanupCompletedJobsIntervalInMs is edited",
            vec![edit("SQL02", "CleanupCompletedJobsIntervalInMs", 60_000)],
        )
        .seen(&["MasterSettings"])
        .effects(&["ReplaceSettings SQL02"]),
        case(
            "DealWithExpiredTasksIntervalInMs is edited",
            vec![edit("SQL02", "DealWithExpiredTasksIntervalInMs", 10_000)],
        )
        .seen(&["MasterSettings"])
        .effects(&["ReplaceSettings SQL02"]),
        case(
            "the owner's settings are touched",
            vec![with(|lab| {
                let now = lab.look(|site| site.now_ms);
                lab.set("/nodes/SQL01/features/ScaleOutMaster150/settings/modifiedMs", now.into())
            })],
        )
        .seen(&["MasterRestarted"])
        .effects(&["OfflineResource cluster", "OnlineResource cluster"]),
    ]
}

fn logging() -> Vec<Case> {
    let login = |node: &str, rest: &str| on(node, &format!("logins/{LOG}{rest}"));
    let property = |name: &str| content(&format!("catalog/masterProperties/{name}"));
    let password = |node: &'static str| {
        with(move |lab| {
            let path = on(node, &format!("logins/{LOG}"));
            lab.set(
                &format!("{path}/kind"),
                json!({"sql": {"text": {"text": {"secret": "another"}, "salt": "00112233"}}}),
            )?;
            lab.set(&format!("{path}/modifiedMs"), lab.look(|site| site.now_ms).into())
        })
    };
    vec![
        case(
            "the master's login is dropped on the secondary",
            vec![revoke("SQL02", ACCOUNT, "CONNECT SQL"), unset(on("SQL02", &format!("logins/{ACCOUNT}")))],
        )
        .seen(&["MasterLogins"])
        .effects(&["CreateLogin SQL02"]),
        case(
            "the master's login is disabled on the primary",
            vec![set(on("SQL01", &format!("logins/{ACCOUNT}/disabled")), true)],
        )
        .seen(&["MasterLogins"])
        .effects(&["EnableLogin SQL01"]),
        case("the master's user in SSISDB is dropped", vec![unset(content(&format!("users/{ACCOUNT}")))])
            .seen(&["MasterCatalogAdmin"])
            .effects(&["CreateUser SQL01", "SetRoleMember SQL01"]),
        case(
            "the master is not ssis_admin",
            vec![set(content(&format!("users/{ACCOUNT}/roles")), json!([]))],
        )
        .seen(&["MasterCatalogAdmin"])
        .effects(&["SetRoleMember SQL01"]),
        case(
            "the log login is dropped on the secondary",
            vec![revoke("SQL02", LOG, "CONNECT SQL"), unset(login("SQL02", ""))],
        )
        .seen(&["LogLoginEqual"])
        .effects(&["CreateLogin SQL02"]),
        case(
            "the log login is dropped on the primary",
            vec![revoke("SQL01", LOG, "CONNECT SQL"), unset(login("SQL01", ""))],
        )
        .seen(&["LogLoginEqual"])
        .effects(&["CreateLogin SQL01"]),
        case(
            "the log login of the secondary has another SID",
            vec![set(login("SQL02", "/sid"), "00112233445566778899AABBCCDDEEFF")],
        )
        .seen(&["LogLoginEqual"])
        .effects(&["DropLogin SQL02", "CreateLogin SQL02"]),
        case("the log login is disabled", vec![set(login("SQL01", "/disabled"), true)])
            .seen(&["LogLoginEqual"])
            .effects(&["SetLoginPassword SQL01", "EnableLogin SQL01"]),
        case("the log login of the secondary has another password", vec![password("SQL02")])
            .seen(&["LogLoginEqual"])
            .effects(&["SetLoginPassword SQL02"]),
        case("the log login of the primary has another password", vec![password("SQL01")])
            .seen(&["LogLoginEqual"])
            .effects(&["SetLoginPassword SQL01"]),
        case("the log server is one instance", vec![set(property("CLUSTER_LOGDB_SERVER"), "SQL01")])
            .seen(&["LogDatabase"])
            .effects(&[
                "StopService ETL01",
                "StartService ETL01",
                "StopService ETL02",
                "StartService ETL02",
                "StopService ETL03",
                "StartService ETL03",
                "UpdateLogDatabase SQL01",
            ]),
        case(
            "the master's address is another",
            vec![set(property("MASTER_ADDRESS"), "https://other.corp.example:8391")],
        )
        .seen(&["MasterAddress"])
        .effects(&["UpdateMasterAddress SQL01"]),
    ]
}
