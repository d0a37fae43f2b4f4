//! A door that is one task.

use std::future::Future;
use tokio::task::JoinHandle;

/// A running door. Its socket and connections are gone with its task, at once, as those of a process are.
#[derive(Debug)]
pub(super) struct Running(JoinHandle<()>);

impl Running {
    /// Runs `door` until it is closed.
    pub(super) fn open(door: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(door))
    }

    /// Ends it; when this returns, the socket is free.
    pub(super) async fn close(mut self) {
        self.0.abort();
        if let Err(error) = (&mut self.0).await
            && !error.is_cancelled()
        {
            tracing::error!(%error, "a door ended by a fault");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}
