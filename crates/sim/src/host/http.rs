//! HTTP.sys.

use super::SimHost;
use async_trait::async_trait;
use scaleout_agent::host::{HostResult, HttpHost};
use scaleout_model::node::{TlsBinding, UrlReservation};
use scaleout_sim_site::effect::NodeEffect;

#[async_trait]
impl HttpHost for SimHost {
    async fn tls_bindings(&self) -> HostResult<Vec<TlsBinding>> {
        self.look(|_, node| {
            let facts = node.bindings.iter().map(|(port, binding)| TlsBinding {
                port: *port,
                thumbprint: binding.thumbprint,
                store: binding.store,
            });
            Ok(facts.collect())
        })
    }

    async fn add_tls_binding(&self, binding: &TlsBinding) -> HostResult<()> {
        let TlsBinding { port, thumbprint, store } = *binding;
        self.call(NodeEffect::AddBinding { port, thumbprint, store }).await.map(drop)
    }

    async fn delete_tls_binding(&self, port: u16) -> HostResult<()> {
        self.call(NodeEffect::DeleteBinding { port }).await.map(drop)
    }

    async fn url_reservations(&self) -> HostResult<Vec<UrlReservation>> {
        self.look(|_, node| {
            let own = node.reservations.iter();
            Ok(own.map(|(port, account)| UrlReservation { port: *port, account: account.clone() }).collect())
        })
    }

    async fn add_url_reservation(&self, reservation: &UrlReservation) -> HostResult<()> {
        let (port, account) = (reservation.port, reservation.account.clone());
        self.call(NodeEffect::AddReservation { port, account }).await.map(drop)
    }

    async fn delete_url_reservation(&self, port: u16) -> HostResult<()> {
        self.call(NodeEffect::DeleteReservation { port }).await.map(drop)
    }
}
