"""Real DNS lists (rbldnsd) in every condition, asked through a real resolver (unbound): each is named right.

The lab (fixtures/lab/lists.py) runs in private namespaces as root and takes about twenty seconds. Without root or the
packages the tests are skipped, and say how to get them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LAB = Path(__file__).resolve().parents[2] / "fixtures" / "lab"
pytestmark = [pytest.mark.mta, pytest.mark.timeout(120)]
_LACKS = "import namespace as n; print(n.missing({p: n.PROGRAMS[p] for p in ('unshare', 'ip', 'rbldnsd', 'unbound')}))"
BEFORE = {
    "ok.test": ("ok", "ok"),
    "lives.test": ("ok", "ok"),
    "six.test": ("ok", "ok"),
    "dom.test": ("ok", "ok"),
    "empty.test": ("empty", "warning"),
    "gone.test": ("gone", "warning"),
    "world.test": ("world", "critical"),
    "parked.test": ("parked", "critical"),
    "refusing.test": ("refusing", "critical"),
    "limited.test": ("limited", "critical"),
    "denied.test": ("refused", "warning"),
    "refused.test": ("servfail", "warning"),  # what a resolver makes of its upstream's REFUSED
    "dead.test": ("servfail", "warning"),
    "silent.test": ("timeout", "warning"),
    "ignoring.test": ("timeout", "warning"),
}
CHANGED = {
    "lives.test": ("world", "critical"),
    "empty.test": ("ok", "ok"),
    "parked.test": ("gone", "warning"),
    "gone.test": ("parked", "critical"),
}
Told = dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    lacks = subprocess.run([sys.executable, "-c", _LACKS], cwd=LAB, capture_output=True, text=True, check=True)
    if lack := lacks.stdout.strip():
        pytest.skip(lack)
    out = tmp_path_factory.mktemp("lists") / "told.json"
    ran = subprocess.run(
        [sys.executable, str(LAB / "lists.py"), str(out), sys.executable], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found: Told = json.loads(out.read_text())
    return found


def states(checked: Told) -> dict[str, tuple[str, str]]:
    return {row["zone"]: (row["state"], row["severity"]) for row in checked["lists"]}


def test_every_condition_is_named_right(told: Told) -> None:
    assert states(told["before"]) == BEFORE
    assert told["before"]["exit"] == 2


def test_what_died_and_what_came_to_life_again(told: Told) -> None:
    assert states(told["after"]) == BEFORE | CHANGED


def test_without_any_list_it_is_the_resolver(told: Told) -> None:
    assert told["alone"]["exit"] == 3
    assert told["alone"]["resolver"]["fault"]
    assert {row["severity"] for row in told["alone"]["lists"]} == {"info"}


def test_what_the_lists_say_is_quoted(told: Told) -> None:
    because = {row["zone"]: row["because"] for row in told["before"]["lists"]}
    assert "This list is dead" in because["world.test"]
    assert "198.51.100.80" in because["parked.test"]
    assert "open resolver" in because["refusing.test"]
