//! Outcomes of the runner against a scripted instance: what is believed after success, error, silence and a wrong place.

use super::*;
use crate::record::Value;
use crate::statements::Refuse;
use scaleout_model::fact::{Cause, CauseKind};
use scaleout_model::outcome::Refusal;
use scaleout_model::sql::EvidencePurpose;
use std::sync::{Arc, Mutex};

/// An instance whose effect is one number; looks show it, acts change it.
#[derive(Default)]
struct Instance {
    done: bool,
    place: bool,
    refuse: Option<Refuse>,
    name: &'static str,
    /// What an act answers, and whether it was applied.
    act: Option<(Option<Fault>, bool)>,
    /// After the act nothing answers any more.
    silent_after_act: bool,
    acts: usize,
    dials: usize,
}

#[derive(Clone)]
struct Door(Arc<Mutex<Instance>>);

fn record(part: &str, columns: &[(&str, Value)]) -> Record {
    let part = ("part".to_owned(), Value::Text(part.to_owned()));
    Record::new(std::iter::once(part).chain(columns.iter().map(|(n, v)| ((*n).to_owned(), v.clone()))))
}

#[async_trait]
impl Wire for Door {
    async fn run(&mut self, batch: &Batch) -> Result<Rows, Fault> {
        let mut site = self.0.lock().unwrap();
        if batch.text().contains("N'who'") {
            let name = Value::Text(site.name.to_owned());
            return Ok(Rows::new(vec![record("who", &[("server_name", name)])]));
        }
        if batch.text() == "act" {
            site.acts += 1;
            let (fault, applied) = site.act.clone().unwrap_or((None, true));
            site.done |= applied;
            return fault.map_or_else(|| Ok(Rows::default()), Err);
        }
        if site.acts > 0 && site.silent_after_act {
            return Err(Fault::Unanswered("gone".to_owned()));
        }
        let refuse = site.refuse.map_or(Value::Null, |refuse| Value::Number(refuse as i64));
        let columns = [
            ("place", Value::Number(i64::from(site.place))),
            ("done", Value::Number(i64::from(site.done))),
            ("refuse", refuse),
            ("clock_ms", Value::Number(1_700_000_000_000)),
            ("mark", Value::Text("m".to_owned())),
        ];
        Ok(Rows::new(vec![record("look", &columns)]))
    }
}

#[async_trait]
impl Dial for Door {
    async fn dial(&self) -> Result<Box<dyn Wire>, Fault> {
        self.0.lock().unwrap().dials += 1;
        Ok(Box::new(self.clone()))
    }
}

struct Guard(Result<(), GuardRefusal>);

#[async_trait]
impl WriteGuard for Guard {
    async fn confirm(&self) -> Result<(), GuardRefusal> {
        self.0.clone()
    }
}

fn procedure(trust: Trust) -> Procedure {
    let look = Batch::read(Database::Master, "look");
    let phase = Phase::new(SqlPlace::Primary, look, vec![Batch::change(Database::Master, "act")]);
    Procedure::one(phase.with_trust(trust)).with_proof(EvidencePurpose::LogLoginPassword, "SQL01", |rows| {
        Ok(rows.first("look")?.text("mark")?.to_owned())
    })
}

fn instance() -> Instance {
    Instance { place: true, name: "sql01", ..Instance::default() }
}

async fn attempt_on(site: Instance, trust: Trust) -> (Outcome, Instance) {
    let door = Door(Arc::new(Mutex::new(site)));
    let outcome = run(&door, &"SQL01".into(), &Guard(Ok(())), &procedure(trust)).await;
    let site = std::mem::take(&mut *door.0.lock().unwrap());
    (outcome, site)
}

fn server(number: u32) -> Fault {
    Fault::Server { number, state: 1, message: "text".to_owned() }
}

#[tokio::test]
async fn the_effect_decides_and_not_the_answer() {
    let unanswered = Fault::Unanswered("deadline".to_owned());
    for (name, act, done, class) in [
        ("applied", (None, true), true, None),
        ("applied, error all the same", (Some(server(35_282)), true), true, None),
        ("applied, answer lost", (Some(unanswered.clone()), true), true, None),
        ("refused", (Some(server(41_140)), false), false, Some(Class::NotPrimary)),
        ("lost before", (Some(unanswered), false), false, Some(Class::Unanswered)),
        ("without effect", (None, false), false, Some(Class::Transient)),
    ] {
        let (outcome, site) = attempt_on(Instance { act: Some(act), ..instance() }, Trust::ReadBack).await;
        match (&outcome, class) {
            (Outcome::Done(Some(evidence)), None) => assert_eq!(evidence.marker, "m", "{name}"),
            (Outcome::Failed(failure), Some(class)) => assert_eq!(failure.class, class, "{name}"),
            _ => panic!("{name}: {outcome:?}"),
        }
        assert_eq!(matches!(outcome, Outcome::Done(_)), done, "{name}");
        assert_eq!(site.acts, 1, "{name}: an act is never repeated");
    }
}

#[tokio::test]
async fn after_an_error_the_state_is_read_on_a_new_connection() {
    let act = Some((Some(Fault::Unanswered("deadline".to_owned())), true));
    let (_, site) = attempt_on(Instance { act, ..instance() }, Trust::ReadBack).await;
    assert_eq!(site.dials, 2);
    let (outcome, _) = attempt_on(
        Instance { act: Some((Some(server(1205)), true)), silent_after_act: true, ..instance() },
        Trust::ReadBack,
    )
    .await;
    assert!(matches!(&outcome, Outcome::Failed(f) if f.code == Some(1205)), "{outcome:?}");
    let (outcome, _) = attempt_on(
        Instance { act: Some((None, true)), silent_after_act: true, ..instance() },
        Trust::ReadBack,
    )
    .await;
    assert!(matches!(&outcome, Outcome::Failed(f) if f.class == Class::Unanswered), "{outcome:?}");
}

#[tokio::test]
async fn what_is_so_already_is_left() {
    let (outcome, site) = attempt_on(Instance { done: true, ..instance() }, Trust::ReadBack).await;
    assert!(matches!(outcome, Outcome::NoChange(Some(_))), "{outcome:?}");
    assert_eq!(site.acts, 0);
    let (outcome, site) = attempt_on(Instance { done: true, ..instance() }, Trust::Repeat).await;
    assert!(matches!(outcome, Outcome::Done(Some(_))), "{outcome:?}");
    assert_eq!(site.acts, 1);
}

#[tokio::test]
async fn an_old_effect_is_no_proof_of_a_new_one() {
    let act = Some((Some(server(15_247)), false));
    let (outcome, _) =
        attempt_on(Instance { done: true, act: act.clone(), ..instance() }, Trust::Repeat).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    let (outcome, _) = attempt_on(Instance { act, ..instance() }, Trust::Blind).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    let (outcome, _) = attempt_on(Instance { act: Some((None, false)), ..instance() }, Trust::Blind).await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
}

#[tokio::test]
async fn nothing_is_done_in_the_wrong_place_or_against_a_refusal() {
    let refusing = |refuse| Instance { refuse: Some(refuse), ..instance() };
    for (name, site) in [
        ("not primary", Instance { place: false, ..instance() }),
        ("tasks", refusing(Refuse::TasksRunning)),
        ("password", refusing(Refuse::WrongPassword)),
        ("occupied", refusing(Refuse::Occupied)),
        ("another instance", Instance { name: "SQL02", ..instance() }),
    ] {
        let (outcome, site) = attempt_on(site, Trust::ReadBack).await;
        assert_eq!(site.acts, 0, "{name}");
        let expected = match name {
            "not primary" => matches!(&outcome, Outcome::Failed(f) if f.class == Class::NotPrimary),
            "tasks" => matches!(&outcome, Outcome::NotYet(w) if w.reason == Reason::TasksRunning),
            "password" => matches!(&outcome, Outcome::Failed(f) if f.class == Class::Credential),
            _ => matches!(&outcome, Outcome::Conflict(_)),
        };
        assert!(expected, "{name}: {outcome:?}");
    }
}

/// Counts how often it was asked.
#[derive(Default)]
struct Counting(Mutex<usize>);

#[async_trait]
impl WriteGuard for Counting {
    async fn confirm(&self) -> Result<(), GuardRefusal> {
        *self.0.lock().unwrap() += 1;
        Ok(())
    }
}

#[tokio::test]
async fn each_connection_that_writes_asks_the_fence_of_its_own() {
    let two = |first: Trust| {
        let mut all = procedure(first);
        all.phases.push(procedure(Trust::Repeat).phases.remove(0));
        all
    };
    let lost = Some((Some(Fault::Unanswered("lost".to_owned())), true));
    for (name, site, phases, dials, asked) in [
        ("one connection, two writes", instance(), two(Trust::ReadBack), 1, 1),
        ("nothing to do", Instance { done: true, ..instance() }, procedure(Trust::ReadBack), 1, 0),
        ("broken in between", Instance { act: lost, ..instance() }, two(Trust::ReadBack), 3, 2),
    ] {
        let door = Door(Arc::new(Mutex::new(site)));
        let guard = Counting::default();
        run(&door, &"SQL01".into(), &guard, &phases).await;
        assert_eq!(door.0.lock().unwrap().dials, dials, "{name}");
        assert_eq!(*guard.0.lock().unwrap(), asked, "{name}");
    }
}

#[tokio::test]
async fn the_fence_is_asked_after_the_login_and_before_anything_else() {
    let unknown = Cause::new(CauseKind::Unreachable, "agent is silent");
    for (answer, refused) in
        [(GuardRefusal::Refused(Refusal::StaleEpoch), true), (GuardRefusal::Unanswered(unknown), false)]
    {
        let door = Door(Arc::new(Mutex::new(instance())));
        let outcome = run(&door, &"SQL01".into(), &Guard(Err(answer)), &procedure(Trust::ReadBack)).await;
        let site = door.0.lock().unwrap();
        assert_eq!((site.dials, site.acts), (1, 0));
        assert_eq!(outcome == Outcome::Refused(Refusal::StaleEpoch), refused, "{outcome:?}");
    }
}
