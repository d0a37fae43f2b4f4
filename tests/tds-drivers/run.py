#!/usr/bin/env python3
"""Judges a server with the three third-party clients; `cargo xtask test` starts one and runs this.

    run.py HOST PORT USER CA NAME     (password in TDS_PASSWORD)

The last line is `N passed, N failed`; failed and skipped cases stand before it by name, with --all the others too.
"""

import ctypes
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from judge_environment import enter  # noqa: E402

DRIVERS = ["mssql-python", "pymssql", "python-tds"]
LIBRARIES = {"libltdl.so.7": "libltdl7", "libgssapi_krb5.so.2": "libgssapi-krb5-2"}
LIMIT_S = 600
TOTALS = re.compile(r"(\d+) ok, (\d+) skipped, (\d+) failed")


def require_libraries():
    """Microsoft's driver would say that it can't be loaded, and not why."""
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(f"{library} (Debian: {package})")
    if missing:
        sys.exit(f"Microsoft's driver needs {' and '.join(missing)}")


def judge(driver, arguments, everything):
    """How many cases passed and failed; a client that broke off counts as one failed case."""
    command = [sys.executable, HERE / "judge.py", driver, *arguments]
    password = os.environ["TDS_PASSWORD"] + "\n"
    try:
        done = subprocess.run(command, input=password, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        print(f"FAILED   {driver}: not within {LIMIT_S} s")
        return 0, 1
    lines = done.stdout.splitlines()
    totals = TOTALS.search(lines[-1]) if lines else None
    for line in lines:
        if everything or not line.startswith("ok "):
            print(line, flush=True)
    if totals is None:
        print(f"FAILED   {driver}: broke off ({done.returncode})")
        return 0, 1
    passed, _, failed = map(int, totals.groups())
    if failed == 0 and done.returncode != 0:
        print(f"FAILED   {driver}: too few cases")
        failed = 1
    return passed, failed


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    if len(arguments) != 5:
        sys.exit(__doc__)
    require_libraries()
    enter("tds-drivers", HERE / "requirements.txt")
    results = [judge(driver, arguments, "--all" in sys.argv) for driver in DRIVERS]
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
