//! Machine paths are found, other paths and URLs are not.

use super::*;

fn joined(index: usize) -> String {
    format!("{}{}", PATHS[index].0, PATHS[index].1)
}

#[test]
fn a_path_of_one_machine_is_found_wherever_it_begins() {
    for index in 0..PATHS.len() {
        let path = joined(index);
        for line in [format!("{path}x"), format!("see \"{path}x\""), format!("DIR={path}x")] {
            assert_eq!(machine_path(&line), Some(path.clone()), "{line}");
        }
    }
}

#[test]
fn a_part_of_a_longer_path_is_not() {
    for line in
        [format!("https://corp.example{}x", joined(0)), format!("target{}x", joined(1)), "/var/x".to_owned()]
    {
        assert_eq!(machine_path(&line), None, "{line}");
    }
}
