import subprocess
from pathlib import Path

import pytest

from deploy.local.places import ROOT

SCRIPT = ROOT / "deploy" / "local" / "prerequisites.sh"
TOOLS = ("sed", "head", "printf")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs to be the whole path: what the script itself uses, and nothing to find."""
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(Path("/usr/bin") / tool)
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def said(path: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT)], env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


class TestPrerequisites:
    @pytest.mark.parametrize(
        ("missing", "command"),
        [
            ("make", "apt-get install make"),
            ("a JDK of version 17 or later", "apt-get install openjdk-17-jdk-headless"),
            ("Maven", "apt-get install maven"),
        ],
    )
    def test_names_each_missing_one_with_the_command(self, bare: Path, missing: str, command: str) -> None:
        code, text = said(bare)
        assert code == 1
        assert f"missing: {missing}" in text
        assert command in text

    def test_refuses_an_old_jdk(self, bare: Path) -> None:
        put(bare, "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
        assert "missing: a JDK" in said(bare)[1]

    def test_takes_a_newer_jdk(self, bare: Path) -> None:
        put(bare, "java", "echo 'openjdk version \"21.0.8\" 2025-07-15' >&2")
        assert "missing: a JDK" not in said(bare)[1]

    def test_does_not_believe_a_shim_that_fails(self, bare: Path) -> None:
        put(bare, "mvn", "exit 127")
        assert "missing: Maven" in said(bare)[1]
