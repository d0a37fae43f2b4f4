"""What a TDS server has to do whatever it serves: types, results, errors, packets, calls, attention, logins, TLS."""

import datetime
import os
import threading
import time

from asserts import equal, expect_error, expect_refusal, judge_apart, marker, query, scalar
from registry import Skipped, case
from type_table import D, ROWS, TYPES


def type_cases():
    for name, expression, expected in TYPES:
        def value(driver, connection, expression=expression, expected=expected):
            equal(scalar(connection, f"SELECT {expression} AS v"), expected)

        def null(driver, connection, name=name):
            assert scalar(connection, f"SELECT CAST(NULL AS {name}) AS v") is None

        case(f"type {name}")(value)
        case(f"null {name}")(null)


type_cases()


@case("column names, one row of many types, NULL among them")
def mixed(driver, connection):
    cursor = connection.cursor()
    cursor.execute("SELECT 1 AS a, N'x' AS [b c], CAST(NULL AS int) AS n, 2 AS z")
    assert [column[0] for column in cursor.description] == ["a", "b c", "n", "z"]
    assert tuple(cursor.fetchall()[0]) == (1, "x", None, 2)


@case("several results, one of them empty")
def results(driver, connection):
    cursor = connection.cursor()
    cursor.execute("SELECT 1 AS a; SELECT N'none' AS b WHERE 1 = 0; SELECT 3 AS c;")
    found = [[tuple(row) for row in cursor.fetchall()]]
    while cursor.nextset():
        found.append([tuple(row) for row in cursor.fetchall()])
    assert found == [[(1,)], [], [(3,)]], found


@case("an error has number, state, class, line and text")
def raised(driver, connection):
    expect_error(driver, connection, "SELECT 1 AS a;\nRAISERROR(N'it''s wrong', 16, 7);", 50000, 7, 16, 2, "it's wrong")


@case("an unknown table is 208 with its line")
def unknown_table(driver, connection):
    sql = "\n\nSELECT * FROM no_such_table;"
    expect_error(driver, connection, sql, 208, 1, 16, 3, "Invalid object name 'no_such_table'.")


@case("an unknown database is 911")
def unknown_database(driver, connection):
    expect_error(driver, connection, "USE no_such_database;", 911, 1, 16, 1, "no_such_database")


@case("an unknown procedure, called by name, is 2812")
def unknown_procedure(driver, connection):
    try:
        if driver.name == "mssql-python":
            connection.cursor().execute("{CALL no_such_procedure (?)}", ("x",))
        else:
            connection.cursor().callproc("no_such_procedure", ("x",))
    except driver.errors as caught:
        found = driver.error(caught)
        assert found[0] == 2812, f"{found!r}"
        assert "no_such_procedure" in found[4], f"{found!r}"
        return
    raise AssertionError("no error")


@case("information does not fail a statement")
def information(driver, connection):
    assert scalar(connection, "PRINT N'hello'; RAISERROR(N'careful', 10, 1); SELECT 4 AS v;") == 4


@case("the connection lives on after an error")
def after_error(driver, connection):
    expect_error(driver, connection, "RAISERROR(N'once', 16, 1);", 50000, 1, 16, 1, "once")
    assert scalar(connection, "SELECT 5 AS v") == 5


@case("10,000 rows in order")
def many_rows(driver, connection):
    rows = query(connection, ROWS)
    assert rows == [(n, f"row {n}") for n in range(10000)]


@case("10,000 rows and long values with small and large packets")
def packets(driver, connection):
    for size in driver.packet_sizes():
        other = driver.connect(packet=size)
        assert [row[0] for row in query(other, ROWS)] == list(range(10000)), size
        assert scalar(other, "SELECT REPLICATE(CAST(N'äx' AS nvarchar(max)), 60000) AS v") == "äx" * 60000, size
        other.close()


@case("a text of 400,000 bytes comes whole")
def long_value(driver, connection):
    assert scalar(connection, "SELECT REPLICATE(CAST(N'äx' AS nvarchar(max)), 100000) AS v") == "äx" * 100000


@case("a batch over many packets goes whole")
def long_batch(driver, connection):
    text = "ü日" * 60000
    assert scalar(connection, f"SELECT CAST(N'{text}' AS nvarchar(max)) AS v") == text


@case("parameters of every kind through a prepared or parameterised call")
def parameters(driver, connection):
    values = [7, -(2**40), "Grüße 日本 😀", None, b"\x00\x01\xff", D("-12.345"), 1.25, True,
              datetime.datetime(2026, 2, 28, 12, 30, 15, 123000), datetime.date(2026, 2, 28)]
    types = ["int", "bigint", "nvarchar(40)", "nvarchar(10)", "varbinary(8)", "decimal(10, 3)", "float", "bit",
             "datetime2(3)", "date"]
    for value, ty in zip(values, types):
        found = scalar(connection, f"SELECT CAST({marker(driver)} AS {ty}) AS v", driver.argument(value))
        assert found == value, f"{ty}: {found!r} is not {value!r}"


@case("many parameters keep their order")
def ordered_parameters(driver, connection):
    names = ", ".join(f"CAST({marker(driver)} AS int) AS c{n}" for n in range(40))
    assert query(connection, f"SELECT {names}", *range(40)) == [tuple(range(40))]


@case("one statement executed again and again with other values")
def prepared(driver, connection):
    cursor = connection.cursor()
    for n in range(30):
        cursor.execute(f"SELECT CAST({marker(driver)} AS int) AS a, CAST({marker(driver)} AS nvarchar(20)) AS b", (n, f"v{n}"))
        assert [tuple(row) for row in cursor.fetchall()] == [(n, f"v{n}")]


@case("a long parameter goes and comes whole")
def long_parameter(driver, connection):
    text = "ü日x" * 50000
    assert scalar(connection, f"SELECT CAST({marker(driver)} AS nvarchar(max)) AS v", text) == text
    data = bytes(range(256)) * 500
    if driver.name != "pymssql":
        assert scalar(connection, f"SELECT CAST({marker(driver)} AS varbinary(max)) AS v", driver.argument(data)) == data


@case("an error in a prepared call leaves the statement usable")
def prepared_error(driver, connection):
    try:
        query(connection, f"SELECT CAST({marker(driver)} AS int) AS v FROM no_such_table", 1)
        raise AssertionError("no error")
    except driver.errors as caught:
        assert "no_such_table" in driver.error(caught)[4]
    assert scalar(connection, f"SELECT CAST({marker(driver)} AS int) AS v", 9) == 9


@case("an attention ends a wait at once and the connection lives on")
def attention(driver, connection):
    for _ in range(2):
        started = time.monotonic()
        if driver.cancels_by == "timeout":
            other = driver.connect(timeout=1)
            try:
                cursor = other.cursor()
                cursor.execute("WAITFOR DELAY '00:01:00'; SELECT 1 AS a;")
                cursor.fetchall()
                raise AssertionError("not cancelled")
            except driver.errors:
                pass
        else:
            # A time-out of this client closes its socket; its cancel() sends the attention.
            other = driver.connect(timeout=30)
            cursor = other.cursor()
            threading.Timer(0.5, cursor._session.put_cancel).start()
            try:
                cursor.execute("WAITFOR DELAY '00:01:00'; SELECT 1 AS a;")
            except driver.errors:
                pass
        assert time.monotonic() - started < 20
        if driver.name == "pymssql":
            # DB-Library marks the connection dead after a time-out; that it was told at once is the point.
            other = driver.connect()
        assert scalar(other, "SELECT 6 AS v") == 6
        other.close()


@case("a result left half read does not spoil the next statement")
def half_read(driver, connection):
    cursor = connection.cursor()
    cursor.execute(ROWS)
    assert tuple(cursor.fetchone()) == (0, "row 0")
    cursor.close()
    assert scalar(connection, "SELECT 8 AS v") == 8


@case("a wrong password is refused with 18456")
def wrong_password(driver, connection):
    expect_refusal(driver, 18456, "Login failed for user", password="not it")


@case("an unknown database in the login is refused")
def wrong_database(driver, connection):
    # Two errors come, 4060 and 18456; most clients show one of them.
    expect_refusal(driver, None, "ailed", database="nowhere")


@case("a certificate of another authority is refused by the client")
def other_authority(driver, connection):
    stranger = os.path.join(os.path.dirname(os.path.abspath(__file__)), "other-authority.pem")
    judge_apart(driver, None, driver.refuses_certificate, stranger, {})


@case("a certificate for another name is refused by the client")
def other_name(driver, connection):
    refusal = getattr(driver, "refuses_name", driver.refuses_certificate)
    expect_refusal(driver, None, refusal, name="sql9.corp.example")


@case("TDS 8: TLS first")
def strict(driver, connection):
    try:
        other = driver.connect(strict=True)
    except NotImplementedError as reason:
        raise Skipped(str(reason))
    assert scalar(other, "SELECT 1 AS v") == 1
    assert len(query(other, ROWS)) == 10000
    other.close()


@case("the database of the login and USE")
def databases(driver, connection):
    other = driver.connect(database="tempdb")
    assert scalar(other, "SELECT DB_NAME() AS v") == "tempdb"
    other.cursor().execute("USE master;")
    assert scalar(other, "SELECT DB_NAME() AS v") == "master"
    other.close()


@case("the program's name reaches the server")
def program(driver, connection):
    other = driver.connect(program="judge of the wire")
    found = scalar(other, "SELECT APP_NAME() AS v")
    assert found == ("judge of the wire" if driver.name != "mssql-python" else found) and found, found
    other.close()


@case("transactions without autocommit: commit and rollback")
def transactions(driver, connection):
    other = driver.connect(autocommit=False)
    assert scalar(other, "SELECT 1 AS v") == 1
    other.commit()
    assert scalar(other, "SELECT 2 AS v") == 2
    other.rollback()
    assert scalar(other, "SELECT 3 AS v") == 3
    other.rollback()
    other.close()


@case("BEGIN and COMMIT in text")
def text_transaction(driver, connection):
    cursor = connection.cursor()
    cursor.execute("BEGIN TRANSACTION;")
    cursor.close()
    assert scalar(connection, "SELECT @@TRANCOUNT AS v") == 1
    cursor = connection.cursor()
    cursor.execute("COMMIT TRANSACTION;")
    cursor.close()
    assert scalar(connection, "SELECT @@TRANCOUNT AS v") == 0


@case("twenty connections at once, each its own session")
def twenty(driver, connection):
    others = [driver.connect() for _ in range(20)]
    assert len({scalar(other, "SELECT @@SPID AS v") for other in others}) == 20
    for other in others:
        other.close()


@case("a killed session loses its connection, others do not")
def killed(driver, connection):
    victim = driver.connect()
    spid = scalar(victim, "SELECT @@SPID AS v")
    connection.cursor().execute(f"KILL {spid};")
    try:
        scalar(victim, "SELECT 1 AS v")
        raise AssertionError("alive")
    except (*driver.errors, OSError):
        pass
    assert scalar(connection, "SELECT 2 AS v") == 2
