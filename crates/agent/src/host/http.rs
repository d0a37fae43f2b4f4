//! HTTP.sys: which certificate answers on a port, and who may listen on a URL.

use super::HostResult;
use async_trait::async_trait;
use scaleout_model::node::{TlsBinding, UrlReservation};

/// TLS bindings on 0.0.0.0 and reservations of `https://+:port/ClusterManagement/`.
#[async_trait]
pub trait HttpHost {
    /// TLS bindings on 0.0.0.0.
    async fn tls_bindings(&self) -> HostResult<Vec<TlsBinding>>;

    /// Binds; the port must have no binding (183).
    async fn add_tls_binding(&self, binding: &TlsBinding) -> HostResult<()>;

    /// Takes the binding of a port away; none: nothing.
    async fn delete_tls_binding(&self, port: u16) -> HostResult<()>;

    /// Reservations of `https://+:port/ClusterManagement/`.
    async fn url_reservations(&self) -> HostResult<Vec<UrlReservation>>;

    /// Reserves; the URL must have no reservation (183).
    async fn add_url_reservation(&self, reservation: &UrlReservation) -> HostResult<()>;

    /// Takes the reservation of a port away; none: nothing.
    async fn delete_url_reservation(&self, port: u16) -> HostResult<()>;
}
