//! The controller: Kubernetes loops, lease, admin endpoints.
