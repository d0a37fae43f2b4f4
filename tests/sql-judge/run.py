#!/usr/bin/env python3
"""Parses every T-SQL batch of crates/sql with Microsoft's ScriptDom. Exit code 0: all are legal."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from judge_environment import environment  # noqa: E402

VERSIONS = ("2017", "2019", "2022")
# The grammar for these is a pre-release of 2012.
LEFT_OUT = ("CREATE AVAILABILITY GROUP", "ALTER AVAILABILITY GROUP")
# Batches that must be refused, so that a parser that accepts everything is noticed.
WRONG = ("SELECT FROM WHERE;", "CREATE LOGIN [x] WITH PASSWORD = ;", "IF 1 = 1 BEGIN SELECT 1;", "GRANT ON x TO y z;")


def refusal(command, version, text):
    """None if the batch parses, else what the parser says."""
    run = subprocess.run(
        [command, "--parser-version", version], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    refused = run.returncode != 0 or "could not be parsed" in run.stderr
    return run.stderr.strip() or "refused" if refused else None


def statements(folder):
    """Name and text of every batch."""
    test = [os.environ.get("CARGO", "cargo"), "test", "--quiet", "-p", "scaleout-sql", "every_statement_can_be_judged"]
    subprocess.run(test, check=True, env=dict(os.environ, SCALEOUT_SQL_STATEMENTS=folder), stdout=subprocess.DEVNULL)
    return sorted((path.stem, path.read_text(encoding="utf-8")) for path in pathlib.Path(folder).glob("*.sql"))


def main():
    command = environment("sql-judge", HERE / "requirements.txt") / "bin" / "maxdop"
    for text in WRONG:
        if refusal(command, VERSIONS[-1], text) is None:
            sys.exit(f"the parser accepts what is wrong: {text}")
    with tempfile.TemporaryDirectory() as folder:
        batches = statements(folder)
    judged = [(name, text) for name, text in batches if not text.startswith(LEFT_OUT)]
    if len(judged) < 60:
        sys.exit(f"only {len(judged)} batches were written")
    failed = 0
    for version in VERSIONS:
        for name, text in judged:
            reason = refusal(command, version, text)
            if reason is not None:
                failed += 1
                print(f"{version} {name}: {reason}\n{text}\n")
    left = len(batches) - len(judged)
    print(f"{len(judged)} batches in {len(VERSIONS)} grammars; {left} left to crates/sim-tds")
    print(f"{len(judged) * len(VERSIONS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
