"""What a case may ask of a client."""


def query(connection, sql, *parameters):
    """All rows of the first result, as tuples; statements without one before it are passed over."""
    cursor = connection.cursor()
    if parameters:
        cursor.execute(sql, parameters)
    else:
        cursor.execute(sql)
    while cursor.description is None and cursor.nextset():
        pass
    rows = [tuple(row) for row in cursor.fetchall()]
    cursor.close()
    return rows


def scalar(connection, sql, *parameters):
    [[value]] = query(connection, sql, *parameters)
    return value


def equal(found, expected):
    assert found == expected and type(found) is type(expected), f"{found!r} is not {expected!r}"


def expect_error(driver, connection, sql, number, state, severity, line, text):
    """The statement fails with exactly these parts, as far as the client tells them."""
    try:
        if driver.name == "pymssql":
            # The DB-API layer hides state and line; the layer below tells them.
            connection._conn.execute_query(sql)
            list(connection._conn)
            while connection._conn.nextresult():
                pass
        else:
            cursor = connection.cursor()
            cursor.execute(sql)
            while cursor.nextset():
                pass
    except driver.errors as caught:
        found = driver.error(caught)
        assert found[:4] == (number, state, severity, line), f"{found!r}"
        assert text in found[4], f"{text!r} is not in {found[4]!r}"
        return
    raise AssertionError("no error")


def expect_refusal(driver, number, text, **options):
    try:
        driver.connect(**options)
    except driver.errors as caught:
        found = driver.error(caught)
        assert found[0] == number, f"{found!r}"
        assert text in found[4], f"{text!r} is not in {found[4]!r}"
        return
    raise AssertionError("connected")
