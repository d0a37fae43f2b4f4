//! Which batches are taken, where statements end, and which are refused with which error.

use super::{ArgumentValue, Kind, parse_batch};

fn kinds(text: &str) -> Vec<Kind> {
    let batch = parse_batch(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    batch.statements.into_iter().map(|statement| statement.kind).collect()
}

#[test]
fn statements_need_no_separator() {
    for (text, count) in [
        ("SELECT 1 SELECT 2", 2),
        ("SELECT 1 UNION ALL SELECT 2 SELECT 3", 2),
        ("(SELECT 1) UNION SELECT 2 SELECT 3", 2),
        ("INSERT #t VALUES (1) SELECT 2", 2),
        ("SELECT CASE WHEN 1=1 THEN 2 ELSE 3 END SELECT 4", 2),
        ("DECLARE @a int = 1, @b nvarchar(10) SET @a = @a + 1 SELECT @a", 3),
        ("IF EXISTS (SELECT 1) SELECT 2 ELSE SELECT 3", 1),
        ("IF 1 = 1 BEGIN SELECT 2; END ELSE BEGIN SELECT 3 END; SELECT 4", 2),
        ("WHILE 1 = 0 BREAK", 1),
        ("BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH SELECT ERROR_NUMBER(); THROW; END CATCH", 1),
        ("BEGIN TRAN COMMIT TRAN", 2),
        ("EXEC p @a = 1, @b = N'x' EXEC @r = q 'y', @o OUTPUT", 2),
        ("sp_who2", 1),
        ("SET NOCOUNT, XACT_ABORT ON SET TRANSACTION ISOLATION LEVEL READ COMMITTED", 2),
        ("WITH c AS (SELECT 1 AS x) SELECT * FROM c", 1),
        (
            "CREATE TABLE #t (a int NOT NULL, b nvarchar(9) DEFAULT N'x') INSERT INTO #t (a) VALUES (1), (2) DELETE FROM #t UPDATE #t SET a = 2 WHERE a = 1 DROP TABLE #t",
            5,
        ),
        ("INSERT #t SELECT 1 EXEC p", 2),
        ("INSERT INTO #t EXEC p", 1),
        ("RAISERROR(N'x %s', 16, 1, @a) WITH NOWAIT PRINT 'a' + 'b' RETURN", 3),
        ("WAITFOR DELAY '00:00:01' USE master KILL 55 RECONFIGURE WITH OVERRIDE", 4),
        ("DECLARE @t TABLE (id int IDENTITY(1,1) PRIMARY KEY, n sysname NULL)", 1),
        ("SELECT a FROM t WITH (NOLOCK) WHERE a LIKE N'%x%' -- end", 1),
        (";;", 0),
    ] {
        assert_eq!(kinds(text).len(), count, "{text}");
    }
}

#[test]
fn refused_batches() {
    for (text, number) in [
        ("SELECT 1; SELEC 1", 102),
        ("SELECT 1; FLY", 102),
        ("SELECT FROM t", 156),
        ("SELECT 1 WITH c AS (SELECT 1) SELECT 2", 319),
        ("SELECT 'abc", 105),
        ("SELECT [abc", 105),
        ("/* x", 113),
        ("BEGIN SELECT 1", 102),
        ("BEGIN END", 156),
        ("END", 156),
        ("IF 1=1", 102),
        ("DECLARE @a nonsense", 2715),
        ("DECLARE a int", 102),
        ("DECLARE @a xml", 50000),
        ("SET FLY ON", 195),
        ("SET NOCOUNT", 102),
        ("EXEC p @a = 1, 2", 119),
        ("EXEC p 1 + 2", 102),
        ("EXEC a.b.c.d.e", 117),
        ("THROW 50000, 'x'", 102),
        ("RAISERROR('x')", 102),
        ("GOTO x", 50000),
        ("CREATE TABLE t (a int)", 50000),
        ("DBCC CHECKDB", 50000),
        ("EXECUTE AS LOGIN = 'x'", 50000),
    ] {
        let error = parse_batch(text).expect_err(text);
        assert_eq!(error.number, number, "{text}: {error}");
    }
}

#[test]
fn lines_are_counted() {
    let batch = parse_batch("\nSELECT 1\n/* a\nb */ SELECT 2").unwrap();
    let lines: Vec<u32> = batch.statements.iter().map(|statement| statement.line).collect();
    assert_eq!(lines, [2, 4]);
    assert_eq!(parse_batch("SELECT 1\n\nSELECT 1 +\n").unwrap_err().line, 3);
}

#[test]
fn else_belongs_to_the_nearest_if() {
    let Some(Kind::If { then, otherwise, .. }) = kinds("IF 1=1 IF 2=2 SELECT 1 ELSE SELECT 2").pop() else {
        panic!()
    };
    assert!(otherwise.is_none());
    assert!(matches!(then.kind, Kind::If { otherwise: Some(_), .. }));
}

#[test]
fn arguments_of_execute() {
    let Some(Kind::Execute(execute)) =
        kinds("EXEC @rc = SSISDB..[p] N'it''s', -5, @o OUT, DEFAULT, word, @x = NULL").pop()
    else {
        panic!()
    };
    assert_eq!(execute.status.as_deref(), Some("@rc"));
    assert_eq!(execute.arguments.len(), 6);
    assert_eq!(execute.arguments[2].value, ArgumentValue::Variable { name: "@o".into(), output: true });
    assert_eq!(execute.arguments[4].value, ArgumentValue::Word("word".into()));
}
