"""A generated mainlog (benchmarks/generate_exim.py) says to mailtop what its generator says that it says."""

import importlib.util
import json
import sys
from collections import Counter
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from mailtop.ingest.reader import Reader
from mailtop.report.events import rows

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


@pytest.mark.parametrize("options", [[], ["--connections"], ["--addresses", "any"]], ids=" ".join)
def test_what_was_written_is_what_is_read(tmp_path: Path, options: list[str]) -> None:
    log, truth = tmp_path / "mainlog", tmp_path / "truth.json"
    words = ["--lines", "4000", "--hours", "2", "--bots", "300", "--truth", str(truth), *options, str(log)]
    loaded("generate_exim").main(words)
    said = Counter(json.loads(truth.read_text()))
    reader = Reader("-", 0, 1795305600.0, tz=UTC)
    data = log.read_bytes()
    events = [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]
    kinds = Counter(event["kind"] for event in events)
    replies = Counter(event["reply"] for event in events if event["kind"] == "reject")
    statuses = Counter(event["status"] for event in events if event["kind"] == "deliver")
    zones = Counter(event["zone"] for event in events if event["kind"] == "reject" and event["zone"])
    not_offered = data.count(b' error in "AUTH LOGIN" ')
    assert said["lines"] == data.count(b"\n") >= 4000
    assert kinds["unparsed"] == 0
    assert kinds["accept"] == said["received"] - said["bounces"]
    assert kinds["connect"] == kinds["disconnect"] == said["connections"]
    assert kinds["auth"] == said["auth failures"] + not_offered
    assert replies == {"5xx": said["rejects"], "4xx": said["temporary rejects"]}
    assert statuses == {"sent": said["delivered"], "deferred": said["deferrals"], "bounced": said["failed"]}
    assert zones == {name[5:]: count for name, count in said.items() if name.startswith("zone ")}


def test_the_same_seed_writes_the_same_log(tmp_path: Path) -> None:
    logs = [tmp_path / name for name in ("a", "b")]
    for log in logs:
        loaded("generate_exim").main(["--lines", "300", "--bots", "30", "--seed", "7", str(log)])
    assert logs[0].read_bytes() == logs[1].read_bytes()


SUMMARY = """
Grand total summary
-------------------
                                                                  At least one address
  TOTAL               Volume   Messages Addresses     Hosts      Delayed       Failed
  Received              15KB         23                   4       2  8.7%      3 13.0%
  Delivered             12KB         21        22         2
  Rejects                            36                  13
  Temp Rejects                        3                   3

Deliveries by transport
-----------------------
"""


def test_eximstats_is_read_rightly() -> None:
    assert loaded("vs_eximstats").summed(SUMMARY) == {
        "received": 23, "messages delivered": 21, "delivered": 22, "rejects": 36, "temporary rejects": 3,
    }  # fmt: skip


def test_what_nothing_explains_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    script = loaded("vs_eximstats")
    assert script.show_claims([script.Claim("x", 5, 4, 4, 1, "a definition")]) == 0
    assert script.show_claims([script.Claim("x", 5, 4, 4)]) == 1
    assert "UNEXPLAINED by +1" in capsys.readouterr().out
