//! Batches: variables, control flow, errors, procedures, temporary tables, transactions.

use super::test_world::{TestWorld, errors, rows, run, run_in, session, shown};
use super::{BatchParameter, Item, ProcedureArgument, TransactionChange, run_procedure};
use crate::value::{SqlType, SqlValue};

#[test]
fn scripts_that_end_in_one_result() {
    for (script, expected) in [
        ("DECLARE @a int = 1, @b nvarchar(3) = N'abcdef'; SET @a += 2; SELECT @a, @b", "3 abc"),
        ("DECLARE @i int = 0 WHILE @i < 5 BEGIN SET @i = @i + 1 IF @i = 3 BREAK END SELECT @i", "3"),
        ("DECLARE @n sysname SELECT @n = name FROM sys.databases WHERE database_id = 4 SELECT @n", "msdb"),
        (
            "DECLARE @n sysname = 'x' SELECT @n = name FROM sys.databases WHERE 1 = 0 SELECT @n, @@ROWCOUNT",
            "x 0",
        ),
        ("IF EXISTS (SELECT 1 FROM sys.databases WHERE name = 'x') SELECT 1 ELSE SELECT 2", "2"),
        (
            "BEGIN TRY SELECT 1 / 0 AS c END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_LINE(), ERROR_SEVERITY() END CATCH",
            "8134 1 16",
        ),
        (
            "BEGIN TRY EXEC fails END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_MESSAGE() END CATCH",
            "27100 The value is NULL.",
        ),
        (
            "BEGIN TRY RAISERROR('x %s %d', 16, 2, 'a', 5) END TRY BEGIN CATCH SELECT ERROR_MESSAGE(), ERROR_STATE() END CATCH",
            "x a 5 2",
        ),
        (
            "BEGIN TRY EXEC('SELECT * FROM nothing') END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
            "208",
        ),
        (
            "BEGIN TRY THROW 50001, 'm', 3 END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_STATE() END CATCH",
            "50001 3",
        ),
        ("DECLARE @s nvarchar(100) = N'SELECT ' + N'7' EXEC(@s)", "7"),
        ("EXEC sp_executesql N'SELECT @x + @y', N'@x int, @y int', @y = 2, @x = 5", "7"),
        (
            "DECLARE @o int EXEC sys.sp_executesql N'SET @p = 8', N'@p int OUTPUT', @p = @o OUTPUT SELECT @o",
            "8",
        ),
        (
            "CREATE TABLE #t (a int IDENTITY(1,1), b nvarchar(5) NOT NULL DEFAULT N'd') INSERT INTO #t (b) VALUES (N'x'), (N'y') INSERT #t DEFAULT VALUES UPDATE #t SET b = b + N'!' WHERE a = 1 DELETE FROM #t WHERE b = N'y' SELECT a, b FROM #t",
            "1 x!;3 d",
        ),
        (
            "DECLARE @t TABLE (n sysname) INSERT INTO @t SELECT name FROM sys.databases SELECT COUNT(*) FROM @t",
            "3",
        ),
        ("DECLARE @t TABLE (x int) INSERT INTO @t EXEC answer SELECT x FROM @t", "42"),
        ("USE SSISDB SELECT COUNT(*) FROM catalog.worker_agents", "3"),
        ("SELECT @@TRANCOUNT, XACT_STATE()", "0 0"),
        ("BEGIN TRAN BEGIN TRAN COMMIT SELECT @@TRANCOUNT, XACT_STATE()", "1 1"),
    ] {
        assert_eq!(shown(&rows(script)), expected, "{script}");
    }
}

#[test]
fn which_errors_end_a_batch() {
    for (script, numbers, results) in [
        ("SELECT 1/0 AS c; SELECT 1", &[8134][..], 1),
        ("EXEC nothing; SELECT 1", &[2812], 1),
        ("SELECT * FROM nothing; SELECT 1", &[208], 0),
        ("SELECT CAST('x' AS int); SELECT 1", &[245], 0),
        ("EXEC('SELECT * FROM nothing'); SELECT 1", &[208], 1),
        ("EXEC('SELECT CAST(''x'' AS int)'); SELECT 1", &[245], 0),
        ("EXEC('SELEC FROM'); SELECT 1", &[156], 1),
        ("RAISERROR('x', 16, 1); SELECT 1", &[50000], 1),
        ("EXEC sp_executesql 'SELECT 1'", &[214], 0),
        ("EXEC sp_executesql N'SELECT @a', '@a int', 1", &[214], 0),
        ("THROW 50005, 'x', 1; SELECT 1", &[50005], 0),
        ("SET XACT_ABORT ON; DROP LOGIN x; SELECT 1", &[15151], 0),
        ("DROP LOGIN x; SELECT 1", &[15151], 1),
        ("SELECT 1; SELECT FROM", &[156], 0),
        ("BEGIN TRY SELECT * FROM nothing END TRY BEGIN CATCH SELECT 1 END CATCH", &[208], 0),
        ("BEGIN TRY DROP LOGIN x END TRY BEGIN CATCH THROW END CATCH SELECT 1", &[15151], 0),
        ("RETURN SELECT 1", &[], 0),
        ("DECLARE @x int = SERVERPROPERTY('Edition')", &[257], 0),
        ("DECLARE @x varbinary(5) = 'a'", &[257], 0),
        ("SET @x = 1", &[137], 0),
        ("DECLARE @a int, @A int", &[134], 0),
        ("USE nothing", &[911], 0),
        ("COMMIT", &[3902], 0),
        ("ROLLBACK", &[3903], 0),
        (
            "CREATE TABLE #t (a nvarchar(2) NOT NULL) INSERT #t VALUES (NULL) INSERT #t VALUES (N'abc') INSERT #t VALUES (1, 2)",
            &[515, 2628, 213],
            0,
        ),
        ("INSERT INTO dbo.t VALUES (1)", &[50000], 0),
        ("SET ANSI_NULLS OFF", &[50000], 0),
    ] {
        let items = run(script);
        assert_eq!(errors(&items), numbers, "{script}");
        let sets =
            items.iter().filter(|item| matches!(item, Item::Rows(rows) if !rows.rows.is_empty())).count();
        assert_eq!(sets, results, "{script}");
    }
}

#[test]
fn administration_is_placed() {
    let group = "ALTER AVAILABILITY GROUP ag FAILOVER";
    for (script, numbers) in [
        (group.to_owned(), &[][..]),
        (format!("USE SSISDB EXEC('{group}')"), &[35208]),
        (format!("SELECT 1 {group}"), &[50000]),
        (format!("EXEC('{group}')"), &[]),
        (format!("BEGIN TRAN EXEC('{group}')"), &[574]),
        ("BEGIN TRAN ALTER DATABASE d SET RECOVERY FULL".into(), &[226]),
        ("BEGIN TRAN BACKUP DATABASE d TO DISK = N'NUL'".into(), &[3021]),
        ("BEGIN TRAN CREATE USER u ROLLBACK".into(), &[50000]),
    ] {
        assert_eq!(errors(&run(&script)), numbers, "{script}");
    }
}

#[test]
fn procedures() {
    let world = TestWorld::default();
    let items = run_in(
        &mut session(),
        &world,
        "DECLARE @o int, @r int EXEC @r = SSISDB.dbo.answer 1, @o OUTPUT SELECT @o, @r",
        &[],
    );
    let sets: Vec<String> = items
        .iter()
        .filter_map(|i| if let Item::Rows(rows) = i { Some(shown(rows)) } else { None })
        .collect();
    assert_eq!(sets, ["42", "7 3"]);

    let items = run("DECLARE @b nvarchar(10), @r int EXEC @r = stored @b = @b OUTPUT SELECT @b, @r");
    let sets: Vec<String> = items
        .iter()
        .filter_map(|i| if let Item::Rows(rows) = i { Some(shown(rows)) } else { None })
        .collect();
    assert_eq!(sets, ["5", "5 9"]);
    assert_eq!(errors(&run("EXEC stored 1, 2, 3")), [8144]);
    assert_eq!(errors(&run("EXEC stored @c = 1")), [8145]);
    assert_eq!(errors(&run("EXEC stored")), [201]);
}

#[test]
fn a_remote_call_returns_status_and_outputs() {
    let argument = |name: &str, output| ProcedureArgument {
        name: Some(name.into()),
        ty: SqlType::BigInt,
        value: Some(SqlValue::Null),
        output,
    };
    let arguments = vec![argument("@a", false), argument("@b", true)];
    let mut session = session();
    let items = futures::executor::block_on(run_procedure(
        &TestWorld::default(),
        &mut session,
        "[dbo].answer",
        arguments,
    ));
    assert!(items.contains(&Item::ReturnStatus(3)));
    assert!(items.contains(&Item::Output {
        name: "@b".into(),
        ty: SqlType::BigInt,
        value: SqlValue::BigInt(7)
    }));
}

#[test]
fn parameters_are_variables() {
    let parameter = |name: &str, ty, value, output| BatchParameter { name: name.into(), ty, value, output };
    let parameters = [
        parameter(
            "@P1",
            SqlType::NVarChar(crate::value::Length::Limited(4000)),
            SqlValue::text("msdb"),
            false,
        ),
        parameter("@out", SqlType::Int, SqlValue::Null, true),
    ];
    let text = "SELECT database_id FROM sys.databases WHERE name = @P1; SET @out = 4";
    let items = run_in(&mut session(), &TestWorld::default(), text, &parameters);
    assert!(items.iter().any(|item| matches!(item, Item::Rows(rows) if shown(rows) == "4")));
    assert!(items.contains(&Item::Output { name: "@out".into(), ty: SqlType::Int, value: SqlValue::Int(4) }));
}

#[test]
fn sessions_keep_tables_options_and_transactions() {
    let (mut session, world) = (session(), TestWorld::default());
    run_in(&mut session, &world, "CREATE TABLE #t (a int) SET NOCOUNT ON", &[]);
    let items =
        run_in(&mut session, &world, "BEGIN TRAN INSERT #t VALUES (1) SELECT a FROM #t ROLLBACK", &[]);
    assert!(items.contains(&Item::Done(None)) && !items.contains(&Item::Done(Some(1))));
    assert!(items.contains(&Item::Transaction(TransactionChange::RolledBack)));
    let items = run_in(&mut session, &world, "SELECT COUNT(*) FROM #t", &[]);
    assert!(items.iter().any(|item| matches!(item, Item::Rows(rows) if shown(rows) == "0")));
    session.reset("master".into());
    assert_eq!(errors(&run_in(&mut session, &world, "SELECT 1 FROM #t", &[])), [208]);
}

#[test]
fn the_database_of_a_nested_batch_is_its_own() {
    let (mut session, world) = (session(), TestWorld::default());
    run_in(&mut session, &world, "EXEC('USE SSISDB')", &[]);
    assert_eq!(session.info.database, "master");
    run_in(&mut session, &world, "USE ssisdb", &[]);
    assert_eq!(session.info.database, "SSISDB");
}

#[test]
fn the_world_is_asked() {
    let (mut session, world) = (session(), TestWorld::default());
    run_in(
        &mut session,
        &world,
        "WAITFOR DELAY '00:00:02' KILL 60 CREATE LOGIN l WITH PASSWORD = 'x' EXEC sp_x",
        &[],
    );
    assert_eq!(*world.log.lock().unwrap(), ["wait 2s", "KILL 60", "CREATE LOGIN", "master: sp_x"]);
}

#[test]
fn endless_recursion_ends() {
    let text = "DECLARE @s nvarchar(max) = N'EXEC sp_executesql @s, N''@s nvarchar(max)'', @s = @s' EXEC sp_executesql @s, N'@s nvarchar(max)', @s = @s";
    assert_eq!(errors(&run(text)), [217]);
}

#[test]
fn requests_of_the_wire_are_answered() {
    use crate::wire::{self, Command, Parameter, Request};
    let parameter = Parameter {
        name: "@n".into(),
        ty: SqlType::NVARCHAR_MAX,
        value: SqlValue::text("ms%"),
        output: false,
        default: false,
        declared: Some("nvarchar(2)".into()),
    };
    let text = "SELECT name FROM sys.databases WHERE name LIKE @n + '%'";
    let request = Request { command: Command::Text(text.into()), parameters: vec![parameter] };
    let mut reply: Vec<wire::Item> = Vec::new();
    let mut session = session();
    let world = TestWorld::default();
    let answer = super::run_request(&world, &mut session, request, &mut reply);
    futures::executor::block_on(answer).unwrap();
    assert!(matches!(&reply[..], [wire::Item::Columns(_), wire::Item::Row(row), wire::Item::Done(Some(1))]
        if row[0] == SqlValue::text("msdb")));
}
