//! The demo ends well; stopped at any moment it leaves nothing behind, and started again it succeeds.

#![expect(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use xtask::rig::Binaries;
use xtask::terminal::note;
use xtask::{run_folder, wait};

/// How many times the demo is stopped.
const STOPS: u64 = 10;
/// The moments lie within this time: a warm demo takes longer.
const WITHIN_MS: u64 = 24_000;
const GONE: Duration = Duration::from_secs(40);

fn start() -> Child {
    let demo = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("demo").stdout(Stdio::piped()).spawn();
    demo.unwrap()
}

/// All processes below one, and that one.
fn family(id: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> =
        lists.flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect();
    children.into_iter().flat_map(family).chain([id]).collect()
}

fn is_alive(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Run folders of a process, on disk and in memory.
fn folders(id: u32) -> Vec<PathBuf> {
    let mine = |path: &Path| path.to_string_lossy().contains(&format!("-{id}-"));
    let root =
        |parent: &Path| parent.join(format!("scaleout-operator-{}", rustix::process::getuid().as_raw()));
    let roots = [root(&std::env::temp_dir()), root(Path::new("/dev/shm"))];
    let entries = roots.iter().flat_map(|root| fs::read_dir(root).into_iter().flatten().flatten());
    entries.map(|entry| entry.path()).filter(|path| mine(path)).collect()
}

fn has_control_plane(id: u32) -> bool {
    folders(id)
        .iter()
        .any(|folder| folder.to_string_lossy().contains("controlplane") && folder.join("etcd.log").exists())
}

/// A seed that is printed and can be given.
fn seed() -> u64 {
    let seed = std::env::var("SCALEOUT_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish() % 1_000_000);
    note(&format!("SCALEOUT_SEED={seed}"));
    seed
}

/// A number that follows from two others (splitmix64).
fn mixed(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn stopped_at_any_moment_nothing_is_left_and_started_again_it_succeeds() {
    let seed = seed();
    Binaries::build().unwrap();
    for n in 0..STOPS {
        let moment = Duration::from_millis(mixed(seed, n) % WITHIN_MS);
        let signal = ["-TERM", "-INT", "-KILL"][usize::try_from(n % 3).unwrap()];
        let when = if n == 0 {
            "as soon as etcd starts".to_owned()
        } else {
            format!("after {} ms", moment.as_millis())
        };
        note(&format!("{signal} {when}"));
        let mut demo = start();
        let id = demo.id();
        let started = Instant::now();
        // The first one always meets a control plane that is about to start: a short while, which chance seldom hits.
        let is_time = || if n == 0 { has_control_plane(id) } else { started.elapsed() >= moment };
        wait::until("the moment", moment * 2 + GONE, || Ok(is_time().then_some(()))).unwrap();
        let family = family(id);
        Command::new("kill").args([signal, &id.to_string()]).status().unwrap();
        demo.wait().unwrap();
        wait::until(&format!("{family:?} gone"), GONE, || {
            Ok((!family.iter().any(|id| is_alive(*id))).then_some(()))
        })
        .unwrap();
        if signal == "-KILL" {
            run_folder::sweep().unwrap();
        }
        assert_eq!(folders(id), Vec::<PathBuf>::new(), "{signal} {when}");
    }
    let mut demo = start();
    let mut said = String::new();
    demo.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(demo.wait().unwrap().success(), "{said}");
    assert_eq!(said.matches(" condition met").count(), 5, "{said}");
    assert!(said.contains("nothing else was touched"), "{said}");
    assert_eq!(folders(demo.id()), Vec::<PathBuf>::new());
}
