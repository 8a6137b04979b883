"""Every line under fixtures/courier says what its JSON says."""

import json
from pathlib import Path

import pytest

from tests.mta.test_fixtures import KNOWN, events

ROOT = Path(__file__).parents[2] / "fixtures" / "courier"
CASES = sorted(ROOT.glob("*/[0-9][0-9][0-9][0-9]-*.log"))


@pytest.mark.parametrize("log", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_line_says_what_the_fixture_says(log: Path) -> None:
    case = json.loads(log.with_suffix(".json").read_text("utf-8"))
    assert set(case) == {"about", "source", "events"}
    for event in case["events"]:
        assert set(event) <= KNOWN
    assert events(log.read_bytes()) == case["events"]


def test_there_are_fixtures() -> None:
    assert len(CASES) >= 11
