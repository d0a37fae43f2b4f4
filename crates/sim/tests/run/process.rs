//! The binary: a child process, its folder, its verbs and its end.

use crate::clients::{demo, eventually};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_scaleout-sim");

struct Running {
    child: Child,
    out: tempfile::TempDir,
}

impl Running {
    async fn start() -> Self {
        let out = tempfile::tempdir().unwrap();
        let child = Command::new(BINARY)
            .args(["run", "--log", "warn", "--site"])
            .arg(demo())
            .arg("--out")
            .arg(out.path())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let running = Self { child, out };
        eventually(async || running.out.path().join("ready").exists().then_some(())).await;
        running
    }

    fn ctl(&self, arguments: &[&str]) -> Output {
        ctl(self.out.path(), arguments)
    }

    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.ctl(arguments);
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {problem}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.ctl(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ctl(out: &Path, arguments: &[&str]) -> Output {
    Command::new(BINARY).arg("ctl").arg("--out").arg(out).args(arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn verbs_change_the_site_and_are_counted() {
    let running = Running::start().await;
    let dump: serde_yaml_ng::Value = serde_yaml_ng::from_str(&running.prints(&["dump"])).unwrap();
    assert_eq!(dump["cluster"]["name"].as_str(), Some("SQLCLU01"));
    assert!(!running.prints(&["dump"]).contains("of the demo site"));
    assert_eq!(running.prints(&["effects", "--count"]), "0\n");
    assert_eq!(running.prints(&["stop-node", "ETL03"]), "done\n");
    assert_eq!(running.prints(&["stop-node", "etl03"]), "unchanged\n");
    assert_eq!(running.prints(&["set", "/nodes/ETL01/clockSkewMs", "-5000"]), "done\n");
    assert_eq!(running.prints(&["wait", "nodes/ETL01/clockSkewMs", "-5000"]), "done\n");
    let effects = running.prints(&["effects", "--since", "1"]);
    assert!(effects.contains(" Set site /nodes/ETL01/clockSkewMs"), "{effects}");
    assert_eq!(running.prints(&["effects", "--count"]), "2\n");
    running.prints(&["fault", "apply-without-answer", "--instance", "SQL02", "--count", "2"]);
    assert!(
        running.prints(&["fault", "list"]).contains("- apply-without-answer\n  - apply-without-answer\n")
    );
    running.prints(&["fault", "clear"]);
    assert!(running.prints(&["explain"]).contains("masters: {}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_possible_is_said_clearly() {
    let running = Running::start().await;
    let cases: [(&[&str], &str); 7] = [
        (&["stop-node", "NOWHERE"], "there is no machine NOWHERE"),
        (&["failover", "AG1", "SQL02"], "there is no group AG1 (41044)"),
        (&["move-role", "ssis", "SQL02"], "there is no role ssis"),
        (&["set", "/nodes/ETL01/up", "maybe"], "/nodes/ETL01/up can't have this value"),
        (&["fault", "hang", "--instance", "SQL09"], "there is no instance SQL09"),
        (&["task", "start", "ETL01"], "no worker runs on ETL01"),
        (&["wait", "/nodes/ETL01/up", "false", "--seconds", "0"], "did not become false within 0 s"),
    ];
    for (arguments, expected) in cases {
        let problem = running.fails(arguments);
        assert!(problem.contains(expected), "{arguments:?}: {problem}");
    }
    let nowhere = tempfile::tempdir().unwrap();
    let output = ctl(nowhere.path(), &["dump"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no simulator runs with"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_and_its_folder_says_so() {
    let mut running = Running::start().await;
    let second = Command::new(BINARY)
        .args(["run", "--site"])
        .arg(demo())
        .arg("--out")
        .arg(running.out.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another simulator runs with the folder"));
    let pid = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.child.wait().unwrap().success());
    assert!(!running.out.path().join("ready").exists() && !running.out.path().join("ctl").exists());
}
