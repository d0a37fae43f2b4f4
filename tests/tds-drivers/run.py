#!/usr/bin/env python3
"""Runs the three third-party clients against the simulator's wire.

    run.py                      builds and starts the probe server of crates/sim-tds
    run.py PORT USER CA NAME    judges a server that runs already (password in TDS_PASSWORD)

The clients live in a virtual environment outside the repository, one for each state of requirements.txt.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DRIVERS = ["mssql-python", "pymssql", "python-tds"]
SERVER_NAME = "sql1.corp.example"


def environment():
    """The interpreter of a complete environment; made at its first use."""
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    home = cache / "scaleout-operator" / "tds-drivers" / digest
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        print(f"installing the TDS clients into {home}", flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        (home / "complete").touch()
    return python


def judge(python, port, user, password, authority, name):
    failed = []
    for driver in DRIVERS:
        command = [python, HERE / "judge.py", driver, str(port), user, authority, name]
        done = subprocess.run(command, input=password + "\n", text=True, timeout=600)
        if done.returncode != 0:
            failed.append(driver)
    print("TDS clients: " + (f"FAILED {', '.join(failed)}" if failed else "all ok"))
    return 1 if failed else 0


def judge_probe(python):
    subprocess.run(["cargo", "build", "--quiet", "-p", "scaleout-sim-tds", "--example", "wire-probe"], check=True, cwd=ROOT)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    with tempfile.TemporaryDirectory() as folder:
        authority = os.path.join(folder, "authority.pem")
        command = [target / "debug" / "examples" / "wire-probe", authority]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            port, user, password = server.stdout.readline().split()
            try:
                return judge(python, port, user, password, authority, SERVER_NAME)
            finally:
                server.stdin.close()


def main():
    python = environment()
    if len(sys.argv) == 5:
        port, user, authority, name = sys.argv[1:]
        return judge(python, port, user, os.environ["TDS_PASSWORD"], authority, name)
    return judge_probe(python)


if __name__ == "__main__":
    sys.exit(main())
