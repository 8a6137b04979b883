"""The writing process: the past is there when it says so, lines are whole, and it does not outlive its starter."""

import os
import subprocess
import sys
from pathlib import Path

START = "import sys; from mailtop.demo.writer import main; main(sys.argv[1:])"
ROOT = Path(__file__).resolve().parents[2]


def test_past_first_then_lines_as_they_come(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    command = [sys.executable, "-c", START, str(log), "300", "2", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"\n"
            past = log.stat().st_size
            assert log.read_bytes()[:past].endswith(b"\n")
            assert log.read_bytes().count(b"\n") > 5000
            while log.stat().st_size == past:
                assert writer.poll() is None
        finally:
            writer.kill()
    # The last line may be cut: a kill stops a write between two pages. None before it is.
    grown = log.read_bytes()[past:].split(b"\n")[:-1]
    assert all(b" mx1 " in line for line in grown)


def test_it_ends_with_its_starter(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    starter = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {START!r}, {str(log)!r}, '30', '1', '1'],"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", starter], capture_output=True, text=True, cwd=ROOT, check=True, timeout=50
    )
    writer = int(run.stdout)
    while _runs(writer):
        pass
    assert log.stat().st_size > 0


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
