//! Who is deposed, and that the end is waited for.

use super::*;
use crate::record::{Record, Value};
use async_trait::async_trait;

const LINEAGE: &str = "7d0f3c9e-2a61-4f0b-9a55-0c1de2b7f6aa";

fn epoch(number: u64, holder: &str) -> Epoch {
    Epoch { lineage: LINEAGE.to_owned(), number, holder: holder.to_owned() }
}

#[test]
fn lower_numbers_and_other_holders_of_the_same_number_are_deposed() {
    let ours = epoch(42, "pod-b-22");
    let long = epoch(42, &format!("{}-22", "p".repeat(200)));
    for (program, epoch, deposed) in [
        (build_program_name(&epoch(41, "pod-a-11")), &ours, true),
        (build_program_name(&epoch(9, "pod-b-22")), &ours, true),
        (build_program_name(&epoch(42, "pod-a-11")), &ours, true),
        (build_program_name(&ours), &ours, false),
        (build_program_name(&epoch(43, "pod-c-33")), &ours, false),
        (build_program_name(&epoch(100, "pod-c-33")), &ours, false),
        (build_program_name(&long), &long, false),
        ("scaleout-operator/observer".to_owned(), &ours, false),
        ("scaleout-operator/another-lineage/1/pod-a-11".to_owned(), &ours, false),
        (format!("scaleout-operator/{LINEAGE}/x/pod"), &ours, false),
        ("SQLAgent - TSQL JobStep".to_owned(), &ours, false),
    ] {
        assert_eq!(is_deposed(&program, epoch), deposed, "{program}");
    }
}

/// An instance with sessions; a killed one stays for a while, as one does that rolls back.
struct Instance {
    sessions: Vec<(i64, String)>,
    rolling_back: Vec<(i64, u32)>,
    server_state: bool,
    killed: Vec<i64>,
}

impl Instance {
    fn rows(&mut self) -> Rows {
        for (_, looks) in &mut self.rolling_back {
            *looks = looks.saturating_sub(1);
        }
        let gone: Vec<i64> =
            self.rolling_back.iter().filter(|(_, left)| *left == 0).map(|(id, _)| *id).collect();
        self.sessions.retain(|(id, _)| !gone.contains(id));
        let record = |part: &str, columns: Vec<(&str, Value)>| {
            let part = ("part".to_owned(), Value::Text(part.to_owned()));
            Record::new(
                std::iter::once(part).chain(columns.into_iter().map(|(name, v)| (name.to_owned(), v))),
            )
        };
        let right = record("right", vec![("server_state", Value::Number(i64::from(self.server_state)))]);
        let sessions = self.sessions.iter().map(|(id, program)| {
            let program = ("program_name", Value::Text(program.clone()));
            record("session", vec![("session_id", Value::Number(*id)), program])
        });
        Rows::new(std::iter::once(right).chain(sessions).collect())
    }
}

#[async_trait]
impl Wire for Instance {
    async fn run(&mut self, batch: &Batch) -> Result<Rows, Fault> {
        let text = batch.text();
        if let Some((_, session)) = text.trim_end_matches(';').rsplit_once("KILL ") {
            let session: i64 = session.parse().unwrap();
            self.killed.push(session);
            if !self.rolling_back.iter().any(|(id, _)| *id == session) {
                self.rolling_back.push((session, 3));
            }
            return Ok(Rows::default());
        }
        Ok(self.rows())
    }
}

#[tokio::test(start_paused = true)]
async fn depose_returns_only_when_the_last_one_is_gone() {
    let ours = epoch(42, "pod-b-22");
    let program = build_program_name;
    let mut instance = Instance {
        sessions: vec![
            (51, program(&epoch(41, "pod-a-11"))),
            (52, program(&ours)),
            (53, program(&epoch(43, "pod-c-33"))),
            (54, program(&epoch(42, "pod-a-11"))),
        ],
        rolling_back: Vec::new(),
        server_state: true,
        killed: Vec::new(),
    };
    depose(&mut instance, &ours).await.unwrap();
    let left: Vec<i64> = instance.sessions.iter().map(|(id, _)| *id).collect();
    assert_eq!(left, [52, 53]);
    instance.killed.sort_unstable();
    instance.killed.dedup();
    assert_eq!(instance.killed, [51, 54]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_never_ends_is_an_error_in_time() {
    let mut instance = Instance {
        sessions: vec![(51, build_program_name(&epoch(1, "pod-a-11")))],
        rolling_back: vec![(51, u32::MAX)],
        server_state: true,
        killed: Vec::new(),
    };
    let begin = Instant::now();
    let fault = depose(&mut instance, &epoch(2, "pod-b-22")).await.unwrap_err();
    assert!(matches!(fault, Fault::Unanswered(_)), "{fault}");
    assert!(begin.elapsed() <= DEPOSE + DEPOSE_POLL);
}

#[tokio::test]
async fn who_cannot_see_other_sessions_has_deposed_nobody() {
    let mut instance =
        Instance { sessions: Vec::new(), rolling_back: Vec::new(), server_state: false, killed: Vec::new() };
    let fault = depose(&mut instance, &epoch(2, "pod-b-22")).await.unwrap_err();
    assert_eq!(fault.cause().kind, scaleout_model::fact::CauseKind::NotPermitted);
}
