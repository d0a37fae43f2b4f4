"""Virtual environments for the judges: made at their first use, outside the repository, one for each requirements.txt."""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

NEEDED = "the judges need Python 3.10 or newer with venv (Debian: python3 python3-venv)"


def environment(name, requirements):
    """The folder of a complete environment."""
    if sys.version_info < (3, 10):
        sys.exit(NEEDED)
    wanted = requirements.read_bytes() + sys.version.encode()
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache").resolve()
    home = cache / "scaleout-operator" / name / hashlib.sha256(wanted).hexdigest()[:16]
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(home.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            install(home, requirements)
    return home


def install(home, requirements):
    print(f"installing what {requirements.parent.name} needs into {home}", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=False).returncode != 0:
        sys.exit(NEEDED)
    pip = [home / "bin" / "pip", "install", "--quiet", "--requirement", requirements]
    if subprocess.run(pip, check=False).returncode != 0:
        sys.exit(f"{requirements} can't be installed")
    (home / "complete").touch()


def enter(name, requirements):
    """Goes on in the environment's own interpreter."""
    home = environment(name, requirements)
    if not os.path.samefile(sys.prefix, home):
        python = home / "bin" / "python"
        os.execv(python, [python, *sys.argv])
