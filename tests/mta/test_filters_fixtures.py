"""Every line under fixtures/filters says what its JSON says."""

import json
from pathlib import Path

import pytest

from tests.mta.test_fixtures import KNOWN, events

ROOT = Path(__file__).parents[2] / "fixtures" / "filters"
CASES = sorted(ROOT.glob("*/[0-9][0-9][0-9][0-9]-*.log"))


@pytest.mark.parametrize("log", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_line_says_what_the_fixture_says(log: Path) -> None:
    case = json.loads(log.with_suffix(".json").read_text("utf-8"))
    assert set(case) == {"about", "source", "events"}
    for event in case["events"]:
        assert set(event) <= KNOWN
    assert events(log.read_bytes()) == case["events"]


def test_there_are_fixtures() -> None:
    assert len(CASES) >= 22


def test_fixtures_name_only_documentation_addresses() -> None:
    allowed = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:", "127.0.0.1")
    for path in ROOT.glob("*/0*.json"):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            assert event.get("client", "192.0.2.1").startswith(allowed), path
