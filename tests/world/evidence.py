"""Evidence from the log as a stranger checks it: with the program of docs/ and with nothing of ours."""

import json
import subprocess
import sys
from pathlib import Path

CHECKER = Path(__file__).parents[2] / "docs" / "verify_evidence.py"


def checked(folder: Path, made: object, keys: object, log: str) -> subprocess.CompletedProcess[str]:
    """In a process that sees nothing of ours: not even the folder in which we are."""
    for name, content in (("evidence.json", made), ("keys.json", keys)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    argv = [sys.executable, "-I", str(CHECKER), "evidence.json", "keys.json", log]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
