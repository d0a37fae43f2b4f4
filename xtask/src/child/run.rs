//! Commands that are run to their end in the foreground.

use super::{build_command, keeper, stop};
use crate::{interrupt, wait};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long an interrupted command has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// Runs a program in `folder`; stderr goes to ours, each line of stdout to `line`. An interrupt stops it, with all that
/// is in its process group.
pub fn run<A: Into<OsString>>(
    program: impl AsRef<Path>,
    args: impl IntoIterator<Item = A>,
    folder: &Path,
    mut line: impl FnMut(&str),
) -> Result<ExitStatus> {
    let program = program.as_ref();
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let mut command = build_command(program, &args);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process =
        keeper::spawn(command).with_context(|| format!("{} does not start", program.display()))?;
    let lines = read_lines(process.stdout.take().context("no stdout")?);
    loop {
        if interrupt::is_set() {
            stop(&mut process, GRACE)?;
        }
        interrupt::check()?;
        match lines.recv_timeout(wait::POLL) {
            Ok(text) => line(&text),
            Err(RecvTimeoutError::Timeout) => {}
            // Its stdout is closed: it has ended, or is about to.
            Err(RecvTimeoutError::Disconnected) => {
                if let Some(status) = process.try_wait()? {
                    return Ok(status);
                }
                thread::sleep(wait::POLL);
            }
        }
    }
}

fn read_lines(stdout: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for bytes in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                break;
            }
        }
    });
    lines
}
