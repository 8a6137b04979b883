"""Every line under fixtures/ says what its JSON says: no field more, none less, none unknown."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailtop.event import SCHEMA
from mailtop.ingest.reader import Reader
from mailtop.report.events import rows

ROOT = Path(__file__).parents[2] / "fixtures" / "postfix"
REFERENCE = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
NOT_COMPARED = {"source", "line", "offset", "session"}
KNOWN = {field.name for field in SCHEMA} - NOT_COMPARED
NUMBERED = "*/[0-9][0-9][0-9][0-9]-*"
CASES = sorted(ROOT.glob(NUMBERED + ".log"))


def events(data: bytes) -> list[dict[str, Any]]:
    """What the Reader makes of a file, absent fields left out."""
    reader = Reader("fixture", 0, REFERENCE, tz=UTC, keep_text=True)
    made = [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]
    return [{k: v for k, v in event.items() if v is not None and k not in NOT_COMPARED} for event in made]


@pytest.mark.parametrize("log", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_line_says_what_the_fixture_says(log: Path) -> None:
    case = json.loads(log.with_suffix(".json").read_text("utf-8"))
    assert set(case) == {"about", "source", "events"}
    for event in case["events"]:
        assert set(event) <= KNOWN, "a field that is not in the schema"
        assert None not in event.values()
    assert events(log.read_bytes()) == case["events"]


def test_there_are_fixtures_and_each_has_its_pair() -> None:
    assert len(CASES) >= 90
    assert {path.with_suffix("") for path in CASES} == {path.with_suffix("") for path in ROOT.glob(NUMBERED + ".json")}


def test_fixtures_name_only_documentation_addresses() -> None:
    allowed = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:", "127.0.0.1")
    for path in ROOT.glob(NUMBERED + ".json"):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            assert event.get("client", "192.0.2.1").startswith(allowed), path
