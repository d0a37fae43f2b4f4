//! Children end with us, say why they ended, and are found ready.

use super::*;
use crate::run_folder::RunFolder;

fn shell(folder: &RunFolder, script: &str) -> Spec {
    Spec::new("shell", "sh", folder.path().join("shell.log")).args(["-c", script])
}

fn is_alive(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

#[test]
fn a_child_gets_its_arguments_and_environment_and_logs_both_streams() {
    let folder = RunFolder::on_disk("child-test").unwrap();
    let spec = shell(&folder, "echo \"$WORD\"; echo err >&2; pwd").env("WORD", "said it").folder("/");
    let mut child = spec.spawn().unwrap();
    assert!(child.process.wait().unwrap().success());
    assert_eq!(child.log_tail(10), "said it\nerr\n/");
    assert_eq!(child.log_tail(1), "/");
}

#[test]
fn a_child_that_ends_before_it_is_ready_is_an_error_with_its_log() {
    let folder = RunFolder::on_disk("child-test").unwrap();
    let mut child = shell(&folder, "echo no licence; exit 3").spawn().unwrap();
    let error = child.wait_ready(Duration::from_secs(20), || Ok(false)).unwrap_err().to_string();
    assert!(error.contains("exit status: 3") && error.contains("no licence"), "{error}");
}

#[test]
fn ready_is_awaited_with_a_deadline() {
    let folder = RunFolder::on_disk("child-test").unwrap();
    let file = folder.path().join("ready");
    let mut child = shell(&folder, "sleep 0.2; : >ready; sleep 600").folder(folder.path()).spawn().unwrap();
    child.wait_ready(Duration::from_secs(20), || Ok(file.exists())).unwrap();
    let error = child.wait_ready(Duration::ZERO, || Ok(false)).unwrap_err().to_string();
    assert!(error.contains("not within 0 s"), "{error}");
}

#[test]
fn dropping_a_child_ends_it_and_its_group_even_when_it_is_frozen() {
    let folder = RunFolder::on_disk("child-test").unwrap();
    let pid = folder.path().join("pid");
    let spec = shell(&folder, "sleep 600 & echo $! >pid.new; mv pid.new pid; wait").folder(folder.path());
    let mut child = spec.spawn().unwrap();
    child.wait_ready(Duration::from_secs(20), || Ok(pid.exists())).unwrap();
    let grandchild: u32 = fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    child.pause().unwrap();
    let id = child.id();
    drop(child);
    assert!(!is_alive(id));
    // Its new parent has to reap the grandchild; here it is enough that it runs no more.
    wait::until("grandchild gone", Duration::from_secs(20), || {
        let state = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
        Ok((state.is_empty() || state.contains(") Z ")).then_some(()))
    })
    .unwrap();
}

#[test]
fn a_child_that_ignores_sigterm_is_killed_after_its_grace() {
    let folder = RunFolder::on_disk("child-test").unwrap();
    let file = folder.path().join("ready");
    let spec = shell(&folder, "trap '' TERM; : >ready; while :; do sleep 0.1; done");
    let mut child = spec.folder(folder.path()).grace(Duration::from_millis(300)).spawn().unwrap();
    child.wait_ready(Duration::from_secs(20), || Ok(file.exists())).unwrap();
    child.stop().unwrap();
    assert!(child.ended().unwrap().is_some());
}

#[test]
fn a_child_survives_the_thread_that_asked_for_it() {
    let folder = RunFolder::on_disk("child-test").unwrap();
    let spec = shell(&folder, "sleep 600");
    let mut child = std::thread::spawn(move || spec.spawn().unwrap()).join().unwrap();
    let mut looks = 0;
    let survived = wait::until("ten looks", Duration::from_secs(20), || {
        child.ensure_running()?;
        looks += 1;
        Ok((looks == 10).then_some(()))
    });
    survived.unwrap();
}

#[test]
fn a_command_in_the_foreground_streams_its_lines_and_answers_its_status() {
    let mut lines = Vec::new();
    let status =
        run("sh", ["-c", "echo one; echo two; exit 4"], Path::new("/"), |line| lines.push(line.to_owned()));
    assert_eq!(status.unwrap().code(), Some(4));
    assert_eq!(lines, ["one", "two"]);
}
