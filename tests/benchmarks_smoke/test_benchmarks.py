"""The measuring tools measure: the generator writes what it says, and the comparison counts and reads rightly."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def loaded(name: str) -> Any:
    """A script of the benchmarks as a module."""
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)


def test_generate_writes_a_log_and_its_truth(tmp_path: Path) -> None:
    generate = loaded("generate")
    log, truth = tmp_path / "mail.log", tmp_path / "truth.json"
    generate.main(["--lines", "3000", "--hours", "1", "--truth", str(truth), "--bots", "300", str(log)])
    lines = log.read_text().splitlines()
    said = json.loads(truth.read_text())
    assert 3000 <= len(lines) == said["lines"] < 4000
    assert said["totals"]["connections"]["events"] == sum(": CONNECT from [" in line for line in lines)


def test_generate_is_a_command(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "generate.py"), "--lines", "50", "--bots", "50", "--iso", "-"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True, cwd=tmp_path)
    assert run.stdout.startswith("2026-11-20T")
    assert run.stdout.count("\n") >= 50


SUMMARY = """
Grand Totals
------------
messages

   6822   received
   7012   delivered
      0   forwarded
    120   deferred  (311  deferrals)
     90   bounced
    530k  rejected (78%)
    217   reject warnings
      0   held

   1024k  bytes received

Per-Hour Traffic Summary
------------------------

message reject detail
---------------------
  RCPT
    Relay access denied (total: 3)
           3   isp.example
    Recipient address rejected: Greylisted, see http: (total: 20)
          20   bob@example.org
    blocked using zen.example.org (total: 41)
          41   198.18.1.1
    blocked using bl.example.net (total: 2)
           2   198.18.1.2
  cleanup
    END-OF-MESSAGE (total: 5)
           5   5.7.1 Spam message rejected

message reject warning detail
-----------------------------
  RCPT
    Relay access denied (total: 999)
"""


def test_what_pflogsumm_wrote_is_read() -> None:
    totals, reasons = loaded("vs_pflogsumm").summed(SUMMARY)
    assert totals["received"] == "6822"
    assert totals["deferrals"] == "311"
    assert totals["rejected"] == "530k"
    assert totals["bytes received"] == "1024k"
    assert reasons == {"relay": 3, "greylist": 20, "dnsbl": 43, "content": 5}


@pytest.mark.parametrize(
    ("value", "written", "same"),
    [(311, "311", True), (312, "311", False), (542_720, "530k", True), (540_000, "530k", False), (0, "0", True)],
)
def test_rounded_numbers(value: int, written: str, same: bool) -> None:
    assert loaded("vs_pflogsumm").rounds_to(value, written) is same


def test_plain_counts_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    reject = "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <a@example.net>: Relay access denied; from=<>"
    log.write_text(
        f"Nov 20 00:00:01 mx1 postfix/smtpd[7]: {reject}\n"
        f"Nov 20 00:00:02 mx1 postfix/smtpd[7]: message repeated 4 times: [ {reject}]\n"
        "Nov 20 00:00:03 mx1 postfix/smtpd[7]: 3A10: client=unknown[192.0.2.1]\n"
        "Nov 20 00:00:03 mx1 postfix/postscreen[7]: PREGREET 11 after 0.1 from [192.0.2.1]:99: EHLO x\n"
    )
    counts = loaded("vs_pflogsumm").counted(str(log))
    assert (counts["rejects"], counts["repeated"], counts["dropped"], counts["received"]) == (1, 4, 1, 1)
    assert (counts["reason relay"], counts["repeated relay"]) == (1, 4)


def test_a_difference_that_nothing_explains_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    tool = loaded("vs_pflogsumm")
    assert tool.show_claims([tool.Claim("rejected", 12, "7", 7, 5, "repeats")]) == 0
    assert "+5: repeats" in capsys.readouterr().out
    assert tool.show_claims([tool.Claim("rejected", 11, "7", 7, 5, "repeats")]) == 1
    assert "UNEXPLAINED by -1" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_cost_of_a_run_has_its_children(tmp_path: Path) -> None:
    script = tmp_path / "burn.py"
    script.write_text(
        "import subprocess, sys, time\n"
        "if len(sys.argv) > 1:\n"
        "    while time.process_time() < 0.3: pass\n"
        "else:\n"
        "    subprocess.run([sys.executable, __file__, 'child'])\n"
        "    print('done')\n"
    )
    cost = loaded("processes").run([sys.executable, str(script)])
    assert cost.output == b"done\n"
    assert cost.cpu > 0.3
    assert cost.wall > 0.1
    assert 10**6 < cost.peak < 10**9


SCREEN = """
import select, sys, tty
out = sys.stdout
tty.setraw(0)
out.write("\\x1b[2J\\x1b[1;1HTop clients\\x1b[10;1HReject reasons")
out.flush()
if not select.select([0], [], [], float(sys.argv[1]))[0]:
    out.write("\\x1b[20;1HDNS blocklists\\x1b[2;1H\\x1b[1m192.0.2.7\\x1b[0m")
    out.flush()
    select.select([0], [], [], 60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_first_screen_is_when_the_last_part_is_there(tmp_path: Path) -> None:
    program = tmp_path / "screen.py"
    program.write_text(SCREEN)
    tool = loaded("first_screen")
    found = tool.once([sys.executable, str(program), "0.2"], 20.0)
    assert found is not None
    wall, cpu, used = found
    assert 0.2 < wall < 20
    assert cpu >= 0
    assert used > 10**6
    assert tool.once([sys.executable, str(program), "30"], 0.3) is None


def test_archives_are_read_as_fast_as_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    archives = loaded("archives")
    assert archives.main(["--lines", "3000", "--files", "3", "--rounds", "1", "--folder", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["files", "plain", "gz", "rate", "totals"]
    assert list(tmp_path.iterdir()) == []
