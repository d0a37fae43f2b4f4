"""What a case may ask of a client."""

import json
import os
import subprocess
import sys


def marker(driver):
    """How a parameter stands in a statement."""
    return driver.paramstyle


def run(connection, sql):
    """To the end of the last result."""
    cursor = connection.cursor()
    cursor.execute(sql)
    while cursor.nextset():
        pass
    cursor.close()


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
    """The login fails; with a number of `None`, whatever the client calls it."""
    if driver.refused_once and driver.target.shared:
        judge_apart(driver, number, text, driver.target.authority, options)
        return
    try:
        driver.connect(**options)
    except driver.errors as caught:
        found = driver.error(caught)
        assert number is None or found[0] == number, f"{found!r}"
        assert text in found[4], f"{text!r} is not in {found[4]!r}"
        return
    raise AssertionError("connected")


def judge_apart(driver, number, text, authority, options):
    """The same in a process of its own, which trusts `authority`: clients read authorities once."""
    target = driver.target
    judge = os.path.join(os.path.dirname(os.path.abspath(__file__)), "judge.py")
    command = [sys.executable, judge, driver.name, target.host, str(target.port), target.user, authority, target.name]
    wanted = json.dumps({"number": number, "text": text, "options": options})
    given = f"{target.password}\n{wanted}\n"
    done = subprocess.run([*command, "refused"], input=given, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, (done.stdout + done.stderr)[-400:]
