"""What the simulated SQL Server has to do: its own views and procedures, DDL that takes effect or is refused, rights."""

import time

import drivers
from asserts import expect_error, expect_refusal, marker, query, run, scalar
from registry import case

PASSWORD = "Judges' own, 1"


def own_name(driver):
    return f"judge by {driver.name}"


def create_login(driver, connection):
    name = own_name(driver)
    text = PASSWORD.replace("'", "''")
    run(connection, f"CREATE LOGIN [{name}] WITH PASSWORD = N'{text}', CHECK_POLICY = OFF;")
    return name


def drop_login(driver, connection, name):
    """Once its sessions have ended: a closed connection is still known for a moment."""
    sql = f"SELECT COUNT(*) AS n FROM sys.dm_exec_sessions WHERE login_name = {marker(driver)}"
    deadline = time.monotonic() + 10
    while scalar(connection, sql, name) > 0:
        assert time.monotonic() < deadline, f"{name} is still connected"
    run(connection, f"DROP LOGIN [{name}];")


def as_login(driver, name, **options):
    return driver.connect(user=name, password=PASSWORD, **options)


def count_of_login(driver, connection):
    sql = f"SELECT COUNT(*) AS n FROM sys.server_principals WHERE name = {marker(driver)}"
    return scalar(connection, sql, own_name(driver))


@case("the server tells its name and version")
def server(driver, connection):
    [[name, version, hadr]] = query(
        connection,
        "SELECT @@SERVERNAME AS name, SERVERPROPERTY('ProductVersion') AS version, "
        "CAST(SERVERPROPERTY('IsHadrEnabled') AS int) AS hadr",
    )
    assert name == driver.target.name.split(".")[0].upper(), name
    # A sql_variant, which DB-Library hands out as bytes.
    version = version.decode() if isinstance(version, bytes) else version
    assert len(version.split(".")) == 4 and hadr in (0, 1), (version, hadr)


@case("sys.databases has the system databases")
def system_databases(driver, connection):
    rows = query(connection, "SELECT database_id, name, state_desc FROM sys.databases WHERE database_id <= 4 ORDER BY 1")
    expected = ["master", "tempdb", "model", "msdb"]
    assert rows == [(n, name, "ONLINE") for n, name in enumerate(expected, 1)], rows


@case("a parameter chooses rows of a view")
def view_parameter(driver, connection):
    sql = f"SELECT name FROM sys.databases WHERE database_id = {marker(driver)} OR name = {marker(driver)} ORDER BY name"
    assert query(connection, sql, 1, "msdb") == [("master",), ("msdb",)]
    assert query(connection, sql, -1, "none") == []


@case("views are joined, grouped and counted")
def joined(driver, connection):
    sql = (
        "SELECT p.type_desc, COUNT(*) AS n FROM sys.server_principals p LEFT JOIN sys.sql_logins l "
        "ON l.principal_id = p.principal_id WHERE p.name = N'sa' GROUP BY p.type_desc HAVING COUNT(*) = 1"
    )
    assert query(connection, sql) == [("SQL_LOGIN", 1)]


@case("sys.dm_exec_sessions shows this session and those of others")
def sessions(driver, connection):
    other = driver.connect()
    spids = {scalar(each, "SELECT @@SPID AS v") for each in (connection, other)}
    rows = query(connection, "SELECT session_id, login_name FROM sys.dm_exec_sessions WHERE is_user_process = 1")
    found = {spid for spid, login in rows if login == driver.target.user}
    assert spids <= found, (spids, rows)
    other.close()


@case("an unknown column is 207")
def unknown_column(driver, connection):
    sql = "\nSELECT name, no_such_column FROM sys.databases;"
    expect_error(driver, connection, sql, 207, 1, 16, 2, "Invalid column name 'no_such_column'.")


@case("a table of an unknown database is 208")
def unknown_database_table(driver, connection):
    sql = "SELECT * FROM no_such_database.dbo.t;"
    expect_error(driver, connection, sql, 208, 1, 16, 1, "Invalid object name 'no_such_database.dbo.t'.")


@case("an unknown procedure in text is 2812")
def unknown_in_text(driver, connection):
    text = "Could not find stored procedure 'no_such_procedure'."
    expect_error(driver, connection, "\nEXEC no_such_procedure 1;", 2812, 62, 16, 2, text)


@case("what does not parse is 102 with its line, and nothing of the batch runs")
def syntax(driver, connection):
    name = own_name(driver)
    sql = f"CREATE LOGIN [{name}] WITH PASSWORD = N'x', CHECK_POLICY = OFF;\nSELECT * FROM;"
    expect_error(driver, connection, sql, 102, 1, 15, 2, "Incorrect syntax near ")
    assert count_of_login(driver, connection) == 0


@case("DDL takes effect for every session; the same again is refused")
def ddl(driver, connection):
    name = create_login(driver, connection)
    other = driver.connect()
    assert count_of_login(driver, other) == 1
    again = f"CREATE LOGIN [{name}] WITH PASSWORD = N'x', CHECK_POLICY = OFF;"
    expect_error(driver, connection, again, 15025, 1, 16, 1, f"The server principal '{name}' already exists.")
    run(other, f"DROP LOGIN [{name}];")
    assert count_of_login(driver, connection) == 0
    gone = f"Cannot drop the login '{name}', because it does not exist or you do not have permission."
    expect_error(driver, connection, f"DROP LOGIN [{name}];", 15151, 1, 16, 1, gone)
    other.close()


@case("a database is created once, entered and dropped; not in a transaction")
def database(driver, connection):
    name = own_name(driver)
    run(connection, f"CREATE DATABASE [{name}];")
    expect_error(driver, connection, f"CREATE DATABASE [{name}];", 1801, 1, 16, 1, f"Database '{name}' already exists.")
    other = driver.connect(database=name)
    assert scalar(other, "SELECT DB_NAME() AS v") == name
    other.close()
    run(connection, f"DROP DATABASE [{name}];")
    text = "CREATE DATABASE statement not allowed within multi-statement transaction."
    expect_error(driver, connection, f"BEGIN TRANSACTION; CREATE DATABASE [{name}];", 226, drivers.UNKNOWN, 16, 1, text)
    run(connection, "IF @@TRANCOUNT > 0 ROLLBACK;")
    assert query(connection, f"SELECT name FROM sys.databases WHERE name = {marker(driver)}", name) == []


@case("a login without rights sees itself and is refused the rest")
def rights(driver, connection):
    name = create_login(driver, connection)
    other = as_login(driver, name)
    assert scalar(other, "SELECT SUSER_SNAME() AS v") == name
    assert query(other, "SELECT DISTINCT login_name FROM sys.dm_exec_sessions") == [(name,)]
    refused = [
        ("CREATE LOGIN [other] WITH PASSWORD = N'x', CHECK_POLICY = OFF;", 15247, drivers.UNKNOWN, 16, "permission"),
        ("SELECT * FROM sys.dm_hadr_cluster;", 300, drivers.UNKNOWN, 14, "VIEW SERVER STATE permission was denied"),
        ("SELECT name FROM msdb.dbo.sysjobs;", 229, 5, 14, "The SELECT permission was denied on the object 'sysjobs'"),
        ("CREATE DATABASE d;", 262, 1, 14, "CREATE DATABASE permission denied in database 'master'."),
    ]
    for sql, number, state, severity, text in refused:
        expect_error(driver, other, sql, number, state, severity, 1, text)
    run(connection, f"GRANT VIEW SERVER STATE TO [{name}];")
    assert len(query(other, "SELECT DISTINCT login_name FROM sys.dm_exec_sessions")) > 1
    other.close()
    drop_login(driver, connection, name)


@case("a changed password, a disabled login: the next login feels it")
def logins(driver, connection):
    name = create_login(driver, connection)
    as_login(driver, name).close()
    run(connection, f"ALTER LOGIN [{name}] DISABLE;")
    expect_refusal(driver, 18470, "The account is disabled.", user=name, password=PASSWORD)
    run(connection, f"ALTER LOGIN [{name}] ENABLE; ALTER LOGIN [{name}] WITH PASSWORD = N'Another, 2';")
    expect_refusal(driver, 18456, "Login failed for user", user=name, password=PASSWORD)
    driver.connect(user=name, password="Another, 2").close()
    drop_login(driver, connection, name)


@case("TRY and CATCH tell the error, and the batch goes on")
def caught(driver, connection):
    sql = (
        "BEGIN TRY\n DROP LOGIN [no such login];\nEND TRY\nBEGIN CATCH\n"
        " SELECT ERROR_NUMBER() AS n, ERROR_STATE() AS s, ERROR_SEVERITY() AS c, ERROR_LINE() AS l;\n"
        "END CATCH; SELECT 1 AS v;"
    )
    assert query(connection, sql) == [(15151, 1, 16, 2)]


@case("THROW ends the batch with its number")
def thrown(driver, connection):
    expect_error(driver, connection, "SELECT 1 AS a;\nTHROW 50123, N'thrown', 9;", 50123, 9, 16, 2, "thrown")


@case("a temporary table lives with its session")
def temporary(driver, connection):
    run(connection, "CREATE TABLE #judged (n int NOT NULL, label nvarchar(20) NULL);")
    run(connection, "INSERT INTO #judged (n, label) VALUES (1, N'a'), (2, NULL), (3, N'c');")
    run(connection, "UPDATE #judged SET label = N'z' WHERE n = 2; DELETE FROM #judged WHERE n = 1;")
    assert query(connection, "SELECT n, label FROM #judged ORDER BY n DESC") == [(3, "c"), (2, "z")]
    other = driver.connect()
    expect_error(driver, other, "SELECT * FROM #judged;", 208, drivers.UNKNOWN, 16, 1, "Invalid object name '#judged'.")
    other.close()


@case("rows that a statement changed are counted")
def changed(driver, connection):
    run(connection, "CREATE TABLE #counted (n int NOT NULL);")
    cursor = connection.cursor()
    cursor.execute("INSERT INTO #counted (n) VALUES (1), (2), (3);")
    assert cursor.rowcount == 3, cursor.rowcount
    cursor.execute("DELETE FROM #counted WHERE n > 1;")
    assert cursor.rowcount == 2, cursor.rowcount
    cursor.close()


@case("sp_executesql as a remote procedure call")
def remote_call(driver, connection):
    sql, declared = "SELECT name FROM sys.databases WHERE name = @name", "@name nvarchar(128)"
    if driver.sends_varchar:
        try:
            driver.call(connection, "sp_executesql", sql, declared, "master")
            raise AssertionError("no error")
        except driver.errors as caught:
            assert driver.error(caught)[0] == 214, driver.error(caught)
        return
    for name in ("master", "msdb"):
        assert driver.call(connection, "sp_executesql", sql, declared, name) == [(name,)]
    assert driver.call(connection, "sp_executesql", sql, declared, "none") == []


@case("a procedure of the server as a remote procedure call")
def configured(driver, connection):
    [row] = driver.call(connection, "sp_configure", "clr enabled")
    assert row[:3] == ("clr enabled", 0, 1), row
