"""Judges a TDS server with one third-party client; prints each case by its name.

    judge.py DRIVER HOST PORT USER AUTHORITY NAME     (password on standard input)
"""

import json
import sys

import drivers
import site_cases
import wire_cases
from asserts import expect_refusal
from registry import CASES, Skipped

LEAST = 80


def run_case(driver, connection, name, function):
    try:
        function(driver, connection)
        print(f"ok       {driver.name}: {name}", flush=True)
        return "ok"
    except Skipped as reason:
        print(f"skipped  {driver.name}: {name}: {reason}", flush=True)
        return "skipped"
    except Exception as caught:  # a judge reports whatever went wrong and goes on
        print(f"FAILED   {driver.name}: {name}: {type(caught).__name__}: {str(caught)[:400]}", flush=True)
        return "failed"


def main():
    name, host, port, user, authority, server = sys.argv[1:7]
    password = sys.stdin.readline().rstrip("\n")
    driver = drivers.DRIVERS[name](drivers.Target(host, int(port), user, password, authority, server))
    if sys.argv[7:] == ["refused"]:
        wanted = json.loads(sys.stdin.readline())
        driver.target.shared = False
        expect_refusal(driver, wanted["number"], wanted["text"], **wanted["options"])
        return 0
    counts = {"ok": 0, "skipped": 0, "failed": 0}
    for title, function in CASES:
        connection = driver.connect()
        counts[run_case(driver, connection, title, function)] += 1
        try:
            connection.close()
        except Exception:  # a killed or cancelled connection may not close in good order
            pass
    print(f"{name}: {counts['ok']} ok, {counts['skipped']} skipped, {counts['failed']} failed")
    return 0 if counts["failed"] == 0 and counts["ok"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
