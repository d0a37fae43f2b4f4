//! Versions are read as Kubernetes prints them.

use super::*;

#[test]
fn versions_are_read_and_compared_as_numbers() {
    assert_eq!(parse_version("Kubernetes v1.37.2\n"), Some((1, 37)));
    assert_eq!(parse_version("Kubernetes v1.9.0-rc.1\n"), Some((1, 9)));
    assert!(parse_version("Kubernetes v1.9.0").unwrap() < OLDEST);
    assert_eq!(parse_version("kube-apiserver: not found"), None);
}

#[test]
fn a_folder_without_the_programs_is_refused_by_name() {
    let error = in_folder(Path::new("/nowhere")).version().unwrap_err().to_string();
    assert_eq!(error, "/nowhere/etcd is missing");
}
