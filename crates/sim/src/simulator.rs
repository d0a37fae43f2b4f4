//! A running simulator: the site, its clock, its doors, its control endpoint and its folder.

use crate::addresses::Addresses;
use crate::control;
use crate::description::{Description, DescriptionError};
use crate::doors::{DoorError, Doors};
use crate::folder::{
    AGENTS_CA, CONTROLLER_CERTIFICATE, CONTROLLER_KEY, CREDENTIALS, CTL, FolderError, OutFolder, READY,
    SQL_CA,
};
use crate::identities::{Identities, IdentityError};
use crate::site_handle::{SiteHandle, unix_ms};
use crate::subnet::{Subnet, SubnetError};
use scaleout_sim_site::SimSite;
use scaleout_sim_site::site_file::SiteFileError;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The site file.
    #[error("there is no site to simulate")]
    Description(#[from] DescriptionError),
    /// The site file contradicts itself.
    #[error("the site file {0} is not valid")]
    Site(PathBuf, #[source] SiteFileError),
    /// The folder.
    #[error("the output folder can't be used")]
    Folder(#[from] FolderError),
    /// The network.
    #[error("there is no network to simulate on")]
    Subnet(#[from] SubnetError),
    /// A certificate.
    #[error("the certificates can't be made")]
    Identity(#[from] IdentityError),
    /// The credentials can't be written as YAML.
    #[error("the credentials can't be written as YAML")]
    Credentials(#[from] serde_yaml_ng::Error),
    /// The control endpoint.
    #[error("the control endpoint {0} can't be listened on")]
    Control(SocketAddr, #[source] std::io::Error),
    /// A door.
    #[error("not all sockets of the site can be opened")]
    Door(#[from] DoorError),
}

/// A running simulator. Dropping it leaves it running; [`Simulator::stop`] ends it.
pub struct Simulator {
    site: SiteHandle,
    folder: Arc<OutFolder>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Starts the site of a YAML file; when this returns, everything answers and the folder `out` has all files.
    pub async fn start(file: &Path, out: &Path) -> Result<Self, SimError> {
        let description = Description::load(file)?;
        let now_ms = unix_ms();
        let site = description.site.build(now_ms).map_err(|e| SimError::Site(file.to_owned(), e))?;
        let site = SiteHandle::new(SimSite::new(site));
        let folder = Arc::new(OutFolder::open(out)?);
        let addresses = Arc::new(Addresses::new(Subnet::take()?));
        let identities = Arc::new(Identities::new(now_ms / 1000)?);
        write_credentials(&folder, &identities, &description)?;
        let listen = SocketAddr::from((addresses.control(), 0));
        let control = TcpListener::bind(listen).await.map_err(|e| SimError::Control(listen, e))?;
        let url = control.local_addr().map_err(|e| SimError::Control(listen, e))?;

        let namespaces = description.namespaces.clone();
        let mut doors = Doors::new(site.clone(), addresses, identities, folder.clone(), namespaces)?;
        doors.renew().await?;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(site.clone().run_clock(stop.clone()));
        tasks.spawn(doors.follow(stop.clone()));
        tasks.spawn(control::serve(control, site.clone(), stop.clone()));
        folder.write(CTL, format!("http://{url}\n"))?;
        folder.write(READY, "")?;
        tracing::info!(%url, out = %folder.path("").display(), "the site is ready");
        Ok(Self { site, folder, stop, tasks })
    }

    /// The site.
    pub fn site(&self) -> &SiteHandle {
        &self.site
    }

    /// Ends everything and waits for it.
    pub async fn stop(mut self) {
        self.folder.clear();
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task ended by a fault");
            }
        }
    }
}

fn write_credentials(
    folder: &OutFolder,
    identities: &Identities,
    description: &Description,
) -> Result<(), SimError> {
    let controller = identities.controller()?;
    folder.write(SQL_CA, identities.sql_ca())?;
    folder.write(AGENTS_CA, identities.agents_ca())?;
    folder.write(CONTROLLER_CERTIFICATE, &controller.certificate_pem)?;
    folder.write(CONTROLLER_KEY, controller.key_pem.as_bytes())?;
    folder.write(CREDENTIALS, description.credentials()?)?;
    Ok(())
}
