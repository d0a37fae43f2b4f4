//! The control plane serves with RBAC and audit, and nothing of it outlives the process that started it.

#![expect(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use xtask::controlplane::ControlPlane;
use xtask::wait;

const THINGS: &str = r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.corp.example}
spec:
  group: corp.example
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {port: {type: integer}}
              x-kubernetes-validations: [{rule: self.port > 1024, message: port must be above 1024}]
";

fn thing(port: u16) -> String {
    format!("{{apiVersion: corp.example/v1, kind: Thing, metadata: {{name: one}}, spec: {{port: {port}}}}}")
}

#[test]
fn it_serves_resources_service_accounts_rbac_and_audit_and_survives_a_restart() {
    let mut control_plane = ControlPlane::start().unwrap();
    control_plane.apply(THINGS).unwrap();
    control_plane.kubectl(["wait", "--for=condition=Established", "crd/things.corp.example"]).unwrap();
    let refused = control_plane.apply(&thing(80)).unwrap_err().to_string();
    assert!(refused.contains("port must be above 1024"), "{refused}");
    control_plane.apply(&thing(8080)).unwrap();

    control_plane.kubectl(["create", "serviceaccount", "reader"]).unwrap();
    control_plane
        .kubectl(["create", "role", "reader", "--verb=get", "--resource=things.corp.example"])
        .unwrap();
    let binding = ["create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader"];
    control_plane.kubectl(binding).unwrap();
    let kubeconfig = control_plane.kubeconfig_for_service_account("default", "reader").unwrap();
    let reader = control_plane.kubectl_as(&kubeconfig);
    assert_eq!(reader.run(["get", "thing", "one", "-o", "jsonpath={.spec.port}"]).unwrap(), "8080");
    let refused = reader.run(["delete", "thing", "one"]).unwrap_err().to_string();
    assert!(
        refused.contains("system:serviceaccount:default:reader") && refused.contains("forbidden"),
        "{refused}"
    );
    let audit = fs::read_to_string(control_plane.audit_log()).unwrap();
    let of_reader = |line: &&str| line.contains("default:reader\"") && line.contains("\"verb\":\"delete\"");
    assert!(audit.lines().filter(of_reader).any(|line| line.contains("\"code\":403")));

    control_plane.restart_apiserver().unwrap();
    assert_eq!(reader.run(["get", "thing", "one", "-o", "jsonpath={.spec.port}"]).unwrap(), "8080");
    let folder = control_plane.folder().to_path_buf();
    drop(control_plane);
    assert!(!folder.exists());
}

/// A control plane of another process.
struct Run {
    process: Child,
    folder: PathBuf,
    port: u16,
    children: Vec<String>,
}

impl Run {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("controlplane")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let kubeconfig = lines.find_map(|line| line.strip_prefix("export KUBECONFIG=").map(PathBuf::from));
        let kubeconfig = kubeconfig.unwrap();
        let folder = kubeconfig.parent().unwrap().to_path_buf();
        let children = children(process.id());
        assert_eq!(children.len(), 2, "etcd and kube-apiserver");
        Self { process, folder, port: port(&kubeconfig), children }
    }

    fn signal(&mut self, signal: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.process.wait().unwrap();
    }

    /// The port is asked too: a process may be a zombie while its last threads still hold it.
    fn wait_gone(&self) {
        let alive = |id: &String| {
            fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        wait::until("processes and port gone", Duration::from_secs(30), || {
            Ok((!self.children.iter().any(alive) && !self.is_listening()).then_some(()))
        })
        .unwrap();
    }

    fn is_listening(&self) -> bool {
        std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }
}

fn port(kubeconfig: &Path) -> u16 {
    let text = fs::read_to_string(kubeconfig).unwrap();
    text.split("https://127.0.0.1:").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

fn children(parent: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).unwrap();
    let lists = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn sigterm_ends_everything_and_removes_the_folder() {
    let mut run = Run::start();
    assert!(run.is_listening());
    run.signal("-TERM");
    run.wait_gone();
    assert!(!run.folder.exists());
}

#[test]
fn after_sigkill_no_process_stays_and_the_next_run_removes_the_folder() {
    let mut run = Run::start();
    run.signal("-KILL");
    run.wait_gone();
    xtask::run_folder::sweep().unwrap();
    assert!(!run.folder.exists());
}
