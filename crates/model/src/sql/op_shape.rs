//! Names, places and secrets of [`SqlOp`]: one exhaustive match each.

use super::{SqlOp, SqlPlace};

impl<S> SqlOp<S> {
    /// The op's name: metric label and plan text.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateWindowsLogin { .. } => "CreateWindowsLogin",
            Self::EnableLogin { .. } => "EnableLogin",
            Self::GrantClusterService => "GrantClusterService",
            Self::CreateEndpoint { .. } => "CreateEndpoint",
            Self::StartEndpoint { .. } => "StartEndpoint",
            Self::GrantEndpointConnect { .. } => "GrantEndpointConnect",
            Self::CreateCatalog { .. } => "CreateCatalog",
            Self::ProveMasterKey { .. } => "ProveMasterKey",
            Self::SetRecoveryFull => "SetRecoveryFull",
            Self::BackupCatalog { .. } => "BackupCatalog",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::AddReplica { .. } => "AddReplica",
            Self::JoinReplica { .. } => "JoinReplica",
            Self::GrantSeeding { .. } => "GrantSeeding",
            Self::AddCatalogToGroup { .. } => "AddCatalogToGroup",
            Self::OwnCatalog => "OwnCatalog",
            Self::ModifyReplica { .. } => "ModifyReplica",
            Self::SetGroupOption { .. } => "SetGroupOption",
            Self::CreateListener { .. } => "CreateListener",
            Self::SetListenerPort { .. } => "SetListenerPort",
            Self::AddListenerAddress { .. } => "AddListenerAddress",
            Self::AddMasterKeyCredential { .. } => "AddMasterKeyCredential",
            Self::TakeMasterKeyCredential { .. } => "TakeMasterKeyCredential",
            Self::EnableClr => "EnableClr",
            Self::TrustAssembly { .. } => "TrustAssembly",
            Self::EnsureStartupProcedure => "EnsureStartupProcedure",
            Self::CreateCleanupLogin { .. } => "CreateCleanupLogin",
            Self::EnsureFailoverJob => "EnsureFailoverJob",
            Self::EnsureMaintenanceJob => "EnsureMaintenanceJob",
            Self::EnsureCleanupUser => "EnsureCleanupUser",
            Self::RegisterReplica { .. } => "RegisterReplica",
            Self::EnsureCatalogObserver { .. } => "EnsureCatalogObserver",
            Self::EnsureJobObserver { .. } => "EnsureJobObserver",
            Self::EnableScaleOut => "EnableScaleOut",
            Self::SetLogLoginPassword { .. } => "SetLogLoginPassword",
            Self::CopyLogLogin { .. } => "CopyLogLogin",
            Self::UpdateLogDatabase { .. } => "UpdateLogDatabase",
            Self::GrantCatalogAdmin { .. } => "GrantCatalogAdmin",
            Self::UpdateMasterAddress { .. } => "UpdateMasterAddress",
            Self::EnableWorker { .. } => "EnableWorker",
            Self::DisableWorker { .. } => "DisableWorker",
        }
    }

    /// Where it must run. (`CreateCatalog` runs on the first primary, before there is a group.)
    pub fn place(&self) -> SqlPlace {
        match self {
            Self::ProveMasterKey { .. }
            | Self::SetRecoveryFull
            | Self::BackupCatalog { .. }
            | Self::AddReplica { .. }
            | Self::AddCatalogToGroup { .. }
            | Self::OwnCatalog
            | Self::ModifyReplica { .. }
            | Self::SetGroupOption { .. }
            | Self::CreateListener { .. }
            | Self::SetListenerPort { .. }
            | Self::AddListenerAddress { .. }
            | Self::EnsureCleanupUser
            | Self::RegisterReplica { .. }
            | Self::EnsureCatalogObserver { .. }
            | Self::EnableScaleOut
            | Self::SetLogLoginPassword { .. }
            | Self::UpdateLogDatabase { .. }
            | Self::GrantCatalogAdmin { .. }
            | Self::UpdateMasterAddress { .. }
            | Self::EnableWorker { .. }
            | Self::DisableWorker { .. } => SqlPlace::Primary,
            Self::JoinReplica { .. } => SqlPlace::Secondary,
            Self::CreateWindowsLogin { .. }
            | Self::EnableLogin { .. }
            | Self::CopyLogLogin { .. }
            | Self::GrantClusterService
            | Self::CreateEndpoint { .. }
            | Self::StartEndpoint { .. }
            | Self::GrantEndpointConnect { .. }
            | Self::CreateCatalog { .. }
            | Self::CreateGroup { .. }
            | Self::GrantSeeding { .. }
            | Self::AddMasterKeyCredential { .. }
            | Self::TakeMasterKeyCredential { .. }
            | Self::EnableClr
            | Self::TrustAssembly { .. }
            | Self::EnsureStartupProcedure
            | Self::CreateCleanupLogin { .. }
            | Self::EnsureFailoverJob
            | Self::EnsureMaintenanceJob
            | Self::EnsureJobObserver { .. } => SqlPlace::Replica,
        }
    }

    /// Whether it takes something away that was there.
    pub fn is_destructive(&self) -> bool {
        matches!(self, Self::CopyLogLogin { .. } | Self::DisableWorker { .. })
    }

    /// Replaces each secret by what `resolve` makes of it.
    pub fn resolve_secrets<T, E>(self, mut resolve: impl FnMut(S) -> Result<T, E>) -> Result<SqlOp<T>, E> {
        Ok(match self {
            Self::CreateWindowsLogin { account } => SqlOp::CreateWindowsLogin { account },
            Self::EnableLogin { account } => SqlOp::EnableLogin { account },
            Self::GrantClusterService => SqlOp::GrantClusterService,
            Self::CreateEndpoint { name, port } => SqlOp::CreateEndpoint { name, port },
            Self::StartEndpoint { name } => SqlOp::StartEndpoint { name },
            Self::GrantEndpointConnect { name, account } => SqlOp::GrantEndpointConnect { name, account },
            Self::CreateCatalog { master_key } => SqlOp::CreateCatalog { master_key: resolve(master_key)? },
            Self::ProveMasterKey { master_key } => SqlOp::ProveMasterKey { master_key: resolve(master_key)? },
            Self::SetRecoveryFull => SqlOp::SetRecoveryFull,
            Self::BackupCatalog { directory } => SqlOp::BackupCatalog { directory },
            Self::CreateGroup { group, options, replica } => SqlOp::CreateGroup { group, options, replica },
            Self::AddReplica { group, replica } => SqlOp::AddReplica { group, replica },
            Self::JoinReplica { group } => SqlOp::JoinReplica { group },
            Self::GrantSeeding { group } => SqlOp::GrantSeeding { group },
            Self::AddCatalogToGroup { group } => SqlOp::AddCatalogToGroup { group },
            Self::OwnCatalog => SqlOp::OwnCatalog,
            Self::ModifyReplica { group, replica, option } => SqlOp::ModifyReplica { group, replica, option },
            Self::SetGroupOption { group, option } => SqlOp::SetGroupOption { group, option },
            Self::CreateListener { group, listener } => SqlOp::CreateListener { group, listener },
            Self::SetListenerPort { group, dns_name, port } => {
                SqlOp::SetListenerPort { group, dns_name, port }
            }
            Self::AddListenerAddress { group, dns_name, ip, mask } => {
                SqlOp::AddListenerAddress { group, dns_name, ip, mask }
            }
            Self::AddMasterKeyCredential { master_key } => {
                SqlOp::AddMasterKeyCredential { master_key: resolve(master_key)? }
            }
            Self::TakeMasterKeyCredential { master_key } => {
                SqlOp::TakeMasterKeyCredential { master_key: resolve(master_key)? }
            }
            Self::EnableClr => SqlOp::EnableClr,
            Self::TrustAssembly { hash } => SqlOp::TrustAssembly { hash },
            Self::EnsureStartupProcedure => SqlOp::EnsureStartupProcedure,
            Self::CreateCleanupLogin { sid } => SqlOp::CreateCleanupLogin { sid },
            Self::EnsureFailoverJob => SqlOp::EnsureFailoverJob,
            Self::EnsureMaintenanceJob => SqlOp::EnsureMaintenanceJob,
            Self::EnsureCleanupUser => SqlOp::EnsureCleanupUser,
            Self::RegisterReplica { replica, state } => SqlOp::RegisterReplica { replica, state },
            Self::EnsureCatalogObserver { login } => SqlOp::EnsureCatalogObserver { login },
            Self::EnsureJobObserver { login } => SqlOp::EnsureJobObserver { login },
            Self::EnableScaleOut => SqlOp::EnableScaleOut,
            Self::SetLogLoginPassword { password } => {
                SqlOp::SetLogLoginPassword { password: resolve(password)? }
            }
            Self::CopyLogLogin { sid, password } => SqlOp::CopyLogLogin { sid, password: resolve(password)? },
            Self::UpdateLogDatabase { server, password } => {
                SqlOp::UpdateLogDatabase { server, password: resolve(password)? }
            }
            Self::GrantCatalogAdmin { account } => SqlOp::GrantCatalogAdmin { account },
            Self::UpdateMasterAddress { address } => SqlOp::UpdateMasterAddress { address },
            Self::EnableWorker { agent_id } => SqlOp::EnableWorker { agent_id },
            Self::DisableWorker { agent_id, regardless } => SqlOp::DisableWorker { agent_id, regardless },
        })
    }
}
