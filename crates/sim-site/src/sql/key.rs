//! The database master key of SSISDB (CREATE, ALTER, DROP MASTER KEY; [DBMKEY], domain §7.1 and §7.2).

use super::access::{catalog_mut, readable};
use super::{changed, instance_of, refuse};
use crate::catalog;
use crate::effect::{Refused, Reply};
use crate::state::{MasterKey, Secret, Site};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::ReplicaName;

/// 15581, the text that names the cure.
const KEY_CLOSED: &str = "Please create a master key in the database or open the master key in the session before performing this operation.";

/// A change of SSISDB's master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// `CREATE MASTER KEY [ENCRYPTION BY PASSWORD]`; it is encrypted by the service master key as well.
    CreateMasterKey {
        /// Password.
        password: Option<Secret>,
    },
    /// `DROP MASTER KEY`.
    DropMasterKey,
    /// `ALTER MASTER KEY REGENERATE`; `opened`: whether the session has opened it.
    RegenerateMasterKey {
        /// New password.
        password: Secret,
        /// Whether the session has opened it.
        opened: bool,
    },
    /// `ALTER MASTER KEY ADD | DROP ENCRYPTION BY SERVICE MASTER KEY`.
    ProtectMasterKey {
        /// ADD.
        add: bool,
        /// Whether the session has opened it.
        opened: bool,
    },
}

impl KeyChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let own_key = instance_of(site, instance)?.service_master_key.clone();
        match self {
            Self::CreateMasterKey { password } => {
                let catalog = catalog_mut(site, instance)?;
                if catalog.master_key.is_some() {
                    let text = "There is already a master key in the database. Please drop it before performing this \
                                statement.";
                    return refuse(15_578, text);
                }
                catalog.master_key =
                    Some(MasterKey { password: password.clone(), encrypted_by: Some(own_key) });
                Ok(Reply::Done)
            }
            Self::DropMasterKey => {
                let catalog = catalog_mut(site, instance)?;
                if catalog.log_connection_string.is_some() {
                    let text =
                        "Cannot drop master key because certificate 'MS_Cert_LOGDB' is encrypted by it.";
                    return refuse(15_580, text);
                }
                if catalog.master_key.take().is_some() {
                    return Ok(Reply::Done);
                }
                super::missing("drop", "symmetric key", "##MS_DatabaseMasterKey##")
            }
            Self::RegenerateMasterKey { password, opened } => {
                require_open(site, instance, *opened)?;
                let catalog = catalog_mut(site, instance)?;
                catalog.master_key =
                    Some(MasterKey { password: Some(password.clone()), encrypted_by: Some(own_key) });
                Ok(Reply::Done)
            }
            Self::ProtectMasterKey { add, opened } => {
                require_open(site, instance, *opened)?;
                let wanted = add.then_some(own_key);
                let key = catalog_mut(site, instance)?.master_key.as_mut();
                Ok(changed(key.is_some_and(|key| {
                    let differs = key.encrypted_by != wanted;
                    key.encrypted_by = wanted;
                    differs
                })))
            }
        }
    }
}

/// Whether SSISDB's master key opens by itself, or was opened in the session; else 15581.
pub(crate) fn require_open(site: &Site, instance: &ReplicaName, opened: bool) -> Result<(), Refused> {
    let database = readable(site, instance, CATALOG_DATABASE)?;
    let own = instance_of(site, instance)?;
    if opened || catalog::master_key_opens(own, database) { Ok(()) } else { refuse(15_581, KEY_CLOSED) }
}

/// `OPEN MASTER KEY DECRYPTION BY PASSWORD`: a read of the site. 15466 for a wrong password, 15581 without a key.
pub fn try_password(site: &Site, instance: &ReplicaName, password: &str) -> Result<(), Refused> {
    let database = readable(site, instance, CATALOG_DATABASE)?;
    match database.catalog().and_then(|catalog| catalog.master_key.as_ref()) {
        None => refuse(15_581, KEY_CLOSED),
        Some(key) if key.password.as_ref().is_some_and(|own| own.expose() == password) => Ok(()),
        Some(_) => refuse(15_466, "An error occurred during decryption."),
    }
}
