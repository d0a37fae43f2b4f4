"""Virtual environments for the judges: made at their first use, outside the repository, one for each requirements.txt."""

import hashlib
import os
import pathlib
import subprocess
import sys

NEEDED = "the judges need Python 3.10 or newer with venv (Debian: python3 python3-venv)"
LIBRARIES = "Microsoft's driver needs libltdl and libgssapi_krb5 (Debian: libltdl7 libgssapi-krb5-2)"


def environment(name, requirements):
    """The folder of a complete environment."""
    if sys.version_info < (3, 10):
        sys.exit(NEEDED)
    wanted = requirements.read_bytes() + sys.version.encode()
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    home = cache / "scaleout-operator" / name / hashlib.sha256(wanted).hexdigest()[:16]
    if not (home / "complete").exists():
        print(f"installing what {requirements.parent.name} needs into {home}", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=False).returncode != 0:
            sys.exit(NEEDED)
        pip = [home / "bin" / "pip", "install", "--quiet", "--requirement", requirements]
        if subprocess.run(pip, check=False).returncode != 0:
            sys.exit(f"{requirements} can't be installed")
        (home / "complete").touch()
    return home


def enter(name, requirements, probe):
    """Goes on in the environment's own interpreter, once `probe` can be imported there."""
    home = environment(name, requirements)
    if pathlib.Path(sys.prefix) == home:
        return
    python = home / "bin" / "python"
    if subprocess.run([python, "-c", f"import {probe}"], check=False).returncode != 0:
        sys.exit(LIBRARIES)
    os.execv(python, [python, *sys.argv])
