//! The end of objects: what each policy does and leaves, what waits for what, what is gone or does not answer, and whole
//! namespaces. Each scenario begins with the converged demo, and ends with what holds after every one.

#![expect(clippy::indexing_slicing, reason = "keys of JSON objects")]

mod again;
mod hosts;
mod missing;
mod namespace;
mod retain;
mod scene;
mod teardown;
mod waits;
mod weather;

use anyhow::Result;
use futures::future::LocalBoxFuture;
use scaleout_lab::lab::run;
use scaleout_lab::{cases, leaks};
use scene::{Scene, converged};
use std::time::Instant;

/// A scenario gives its scene back, so that it can be judged.
type Scenario = fn(Scene) -> LocalBoxFuture<'static, Result<Scene>>;

macro_rules! scenarios {
    ($($module:ident { $($name:ident),+ $(,)? })+) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), |scene| Box::pin($module::$name(scene)))),+),+]
    };
}

const SCENARIOS: &[(&str, Scenario)] = scenarios! {
    retain {
        a_worker, a_master_that_workers_name, a_group_that_a_master_names, everything_at_once,
        what_was_to_be_taken_down_and_is_to_be_kept_after_all,
    }
    teardown {
        a_worker, a_worker_with_another_policy_in_the_middle, a_master, a_group, everything_the_wrong_way_round,
        a_worker_then_its_master, a_master_then_its_workers, what_is_suspended, what_is_observed,
    }
    waits {
        a_worker_drains, a_drain_that_takes_too_long, a_master_waits_for_quiet, a_quiet_that_takes_too_long,
        a_quiet_without_a_bound, a_group_waits_for_its_living_master, a_master_waits_for_its_living_workers,
        a_group_waits_for_workers_behind_its_master, a_master_is_kept_until_its_draining_worker_is_gone,
    }
    missing {
        the_operators_login, the_ca, the_group, the_master, the_account_of_a_worker, a_master_that_never_was,
        a_group_that_never_was,
    }
    hosts {
        a_workers_host, a_host_that_comes_back, a_given_up_host_that_answers_again, a_node_of_the_master,
        a_node_of_a_worker_s_master, a_replica_of_the_group, claims_that_nobody_releases,
    }
    weather {
        agents, instances, kubernetes,
    }
    again {
        after_everything_was_retained, a_worker_after_its_teardown, a_node_under_another_name,
    }
};

#[test]
fn objects_end_as_their_policy_says() -> Result<()> {
    let snapshot = converged()?;
    let only = std::env::var("SCALEOUT_CASE").unwrap_or_default();
    let chosen: Vec<_> = SCENARIOS.iter().filter(|(name, _)| name.contains(&only)).collect();
    cases::each(
        &chosen,
        |(name, _)| (*name).to_owned(),
        |(name, scenario)| {
            let began = Instant::now();
            let ended = run(async { scenario(Scene::begin(snapshot)?).await?.end() });
            println!("  {name}: {:.1} s", began.elapsed().as_secs_f64());
            ended
        },
    )?;
    println!("deletion cases: {}", chosen.len());
    println!("{}", leaks::told());
    Ok(())
}
