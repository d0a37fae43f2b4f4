//! The thread that makes all children: it lives as long as the process.

use anyhow::{Context, Result};
use std::io;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

type Answer = io::Result<Child>;
type Request = (Command, Sender<Answer>);

static KEEPER: OnceLock<Sender<Request>> = OnceLock::new();

/// Starts a command on the keeper's thread.
pub(super) fn spawn(command: Command) -> Result<Child> {
    let keeper = KEEPER.get_or_init(|| {
        let (requests, received) = channel();
        thread::spawn(move || keep(&received));
        requests
    });
    let (reply, answer) = channel();
    keeper.send((command, reply)).context("the thread that makes children is gone")?;
    let spawned = answer.recv().context("the thread that makes children is gone")?;
    spawned.context("setpriv (util-linux) can't be run")
}

/// Ends only with the process: the sender is never dropped.
fn keep(received: &Receiver<Request>) {
    for (mut command, reply) in received {
        if let Err(unheard) = reply.send(command.spawn())
            && let Ok(mut child) = unheard.0
        {
            drop(child.kill());
        }
    }
}
