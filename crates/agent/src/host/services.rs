//! The service control manager, logons and logon rights, and Always On's switch.

use super::HostResult;
use async_trait::async_trait;
use scaleout_model::names::{AccountName, InstanceName};
use scaleout_model::node::{ServiceState, StartType};
use scaleout_model::secret::SecretBytes;

/// A service as the service control manager reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostService {
    /// Key name.
    pub name: String,
    /// State.
    pub state: ServiceState,
    /// Start type.
    pub start_type: StartType,
    /// Account (`lpServiceStartName`).
    pub account: AccountName,
    /// Whether any recovery action is set (`SERVICE_CONFIG_FAILURE_ACTIONS`).
    pub recovery_actions: bool,
    /// When its process was started, unix milliseconds; `None` when it does not run.
    pub started_unix_ms: Option<i64>,
}

/// Always On's switch of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HadrSetting {
    /// As configured (`HADR_Enabled`).
    pub enabled: bool,
    /// Whether the instance runs and was started with this setting.
    pub in_effect: bool,
}

/// Services, accounts and rights. Key names: `SSISScaleOutMaster150`, `SSISScaleOutWorker150`, `MSSQLSERVER`,
/// `MSSQL$PROD`, `SQLSERVERAGENT`, `SQLAgent$PROD`.
#[async_trait]
pub trait ServiceHost {
    /// Services whose key name begins with `SSISScaleOutMaster` or `SSISScaleOutWorker`.
    async fn scale_out_services(&self) -> HostResult<Vec<HostService>>;

    /// A service by key name; `None`: there is none (1060).
    async fn service(&self, name: &str) -> HostResult<Option<HostService>>;

    /// Asks for a start; does not wait until it runs. Runs already: nothing (1056).
    async fn start_service(&self, name: &str) -> HostResult<()>;

    /// Asks for a stop; does not wait. Stopped already: nothing (1062). Fails while dependents run (1051).
    async fn stop_service(&self, name: &str) -> HostResult<()>;

    /// Sets the start type.
    async fn set_start_type(&self, name: &str, start_type: StartType) -> HostResult<()>;

    /// Takes all recovery actions away.
    async fn clear_recovery_actions(&self, name: &str) -> HostResult<()>;

    /// Sets account and password (`ChangeServiceConfigW`); takes effect at the next start. `None`: a group
    /// managed account. Grants no right and proves nothing.
    async fn set_service_account(
        &self,
        name: &str,
        account: &AccountName,
        password: Option<&SecretBytes>,
    ) -> HostResult<()>;

    /// Proves account and password (`LogonUserW`, network logon). Refused: `HostErrorKind::Credential` with
    /// the code (1326, 1330, 1331, 1909 …).
    async fn prove_logon(&self, account: &AccountName, password: &SecretBytes) -> HostResult<()>;

    /// Whether the account has `SeServiceLogonRight` (`LsaEnumerateAccountRights`).
    async fn has_service_logon_right(&self, account: &AccountName) -> HostResult<bool>;

    /// Grants `SeServiceLogonRight`; has it already: nothing.
    async fn grant_service_logon_right(&self, account: &AccountName) -> HostResult<()>;

    /// Always On's switch of an instance; `None`: no such instance here.
    async fn hadr(&self, instance: &InstanceName) -> HostResult<Option<HadrSetting>>;

    /// Switches Always On on or off in the configuration (SQL WMI `ChangeHADRServiceSetting`); the instance
    /// takes it at its next start.
    async fn set_hadr(&self, instance: &InstanceName, enabled: bool) -> HostResult<()>;
}
