//! Each kind of wrong edge is found, a right one is not.

use super::*;

fn package(name: &str, inner: &[&str], outer: &[(&str, Option<&str>)]) -> Package {
    let inner = inner.iter().map(|name| Dependency {
        name: format!("scaleout-{name}"),
        path: Some(String::new()),
        kind: None,
    });
    let outer = outer.iter().map(|(name, kind)| Dependency {
        name: (*name).to_owned(),
        path: None,
        kind: kind.map(str::to_owned),
    });
    Package { name: format!("scaleout-{name}"), dependencies: inner.chain(outer).collect() }
}

fn problems(packages: Vec<Package>) -> Vec<String> {
    judge(&Metadata { packages })
}

#[test]
fn edges_of_the_table_pass() {
    let packages = vec![
        package("planning", &["model"], &[("tokio", Some("dev"))]),
        package("sql", &["model", "execution"], &[("tiberius", None)]),
    ];
    assert!(problems(packages).is_empty());
}

#[test]
fn any_other_edge_is_named() {
    assert_eq!(problems(vec![package("model", &["planning"], &[])]), ["model depends on planning"]);
    assert_eq!(problems(vec![package("planning", &[], &[("tokio", None)])]), ["planning depends on tokio"]);
    assert_eq!(
        problems(vec![package("controller", &[], &[("tiberius", None)])]),
        ["controller depends on tiberius"]
    );
    assert_eq!(problems(vec![package("newcomer", &[], &[])]), ["newcomer: not in the table of layers"]);
}

#[test]
fn a_daemon_that_reaches_the_simulation_on_a_way_round_is_named() {
    let packages = vec![package("controller", &["execution"], &[]), package("execution", &["sim-site"], &[])];
    assert_eq!(
        problems(packages),
        ["execution depends on sim-site", "the daemon controller reaches sim-site"]
    );
}

#[test]
fn the_table_is_a_list_from_the_bottom_up() {
    for (index, layer) in LAYERS.iter().enumerate() {
        for name in layer.may {
            assert!(LAYERS[..index].iter().any(|lower| lower.name == *name), "{} names {name}", layer.name);
        }
    }
}
