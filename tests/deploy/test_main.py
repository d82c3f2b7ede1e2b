"""What the person at the terminal is told when something is not as it should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.places import ROOT, free_port


@pytest.mark.parametrize(
    "arguments",
    [["deploy.local", "up", "--free-ports", "--folder"], ["deploy.topics", "--bootstrap"]],
)
class TestWithoutKafka:
    def test_is_told_in_a_sentence_and_not_by_a_trace(self, tmp_path: Path, arguments: list[str]) -> None:
        nobody = f"127.0.0.1:{free_port()}"
        env = os.environ | {"KAFKA_BOOTSTRAP": nobody, "MONGO_URL": f"mongodb://{nobody}"}
        last = str(tmp_path) if arguments[-1] == "--folder" else nobody
        done = subprocess.run(
            [sys.executable, "-m", *arguments, last],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert f"Kafka at {nobody} does not answer" in done.stderr
        assert "Traceback" not in done.stderr
