//! Shape of the reads: every column crosses the wire as a number or a text, every row names its part.

use super::*;

#[test]
fn every_column_is_cast() {
    let casts = ["CAST(", "CONVERT(", "LOWER(CONVERT(", "CASE WHEN", "DATEDIFF_BIG("];
    for batch in reads() {
        for line in batch.lines().filter(|line| line.starts_with("  ")) {
            let column = line.trim();
            assert!(casts.iter().any(|cast| column.starts_with(cast)), "{column}");
        }
        assert!(!batch.contains("SELECT *"), "{batch}");
    }
}

#[test]
fn quotes_and_parentheses_are_balanced() {
    for batch in reads() {
        let mut depth = 0_i32;
        let mut quoted = false;
        for c in batch.chars() {
            match c {
                '\'' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            assert!(depth >= 0, "{batch}");
        }
        assert!(depth == 0 && !quoted, "{batch}");
    }
}

#[test]
fn the_group_is_asked_for_by_name() {
    let batch = group_read::build_group_batch("ag'x");
    assert_eq!(batch.matches("g.name = N'ag''x'").count(), 9);
    let guarded = batch.split("BEGIN").nth(1).unwrap();
    assert!(
        guarded.contains("dm_hadr_automatic_seeding")
            && !batch.split("BEGIN").next().unwrap().contains("FROM sys.dm_")
    );
}

#[test]
fn a_session_is_killed_only_if_it_is_the_one_that_was_seen() {
    assert_eq!(
        sessions::build_kill(57, "scaleout-operator/o'k/1/p"),
        "IF EXISTS (SELECT 1 FROM sys.dm_exec_sessions AS s WHERE s.session_id = 57 AND s.program_name = \
         N'scaleout-operator/o''k/1/p')\nKILL 57;"
    );
}

#[test]
fn refusals_are_told_by_their_number() {
    for refuse in Refuse::ALL {
        assert_eq!(Refuse::from_number(i64::from(refuse as u8)), Some(refuse));
    }
    assert_eq!(Refuse::from_number(0), None);
}

#[test]
fn jobs_carry_no_server_name() {
    for job in [&jobs::MONITOR, &jobs::MAINTENANCE] {
        let text = jobs::ensure_job(job);
        assert!(text.contains("fn_hadr_is_primary_replica(N''SSISDB'')"), "{text}");
        assert!(text.contains("@server_name = N'(local)'"));
    }
    assert!(jobs::ensure_job(&jobs::MONITOR).contains("@server_name = @@SERVERNAME"));
    assert!(jobs::ensure_job(&jobs::MONITOR).contains("@freq_subday_type = 4, @freq_subday_interval = 2"));
    assert_eq!(jobs::ensure_job(&jobs::MAINTENANCE).matches("sp_add_jobstep").count(), 2);
}
