"""Real filters behind a real Postfix: each verdict is the client's whose message it is, and no refusal counts twice.

fixtures/filters/genuine is what fixtures/lab/filters_run.py made, beside what its clients saw. With
MAILTOP_FILTER_PACKAGES naming a directory of unpacked packages (see there), and as root, it is made anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.live.agreement import QUESTIONS, Event, Sent, queue_ids, queue_ids_seen, verdicts

ROOT = Path(__file__).resolve().parents[2]
FILTERS = {
    "rspamd", "spamd", "opendkim", "opendmarc", "postgrey", "sqlgrey", "policyd-spf", "policy-spf", "policyd-weight",
    "postfwd2", "amavis", "clamav-milter",
}  # fmt: skip


def _run(*words: str) -> Any:
    command = [sys.executable, "-m", "mailtop", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module", params=["kept", pytest.param("made now", marks=pytest.mark.mta)])
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "kept":
        return ROOT / "fixtures" / "filters" / "genuine" / "filters.log"
    packages = os.environ.get("MAILTOP_FILTER_PACKAGES")
    if not packages or os.geteuid() != 0:
        pytest.skip("needs root and MAILTOP_FILTER_PACKAGES: see fixtures/lab/filters_run.py")
    out = tmp_path_factory.mktemp("filters")
    lab = [sys.executable, str(ROOT / "fixtures/lab/filters_run.py"), str(out), "--packages", packages]
    subprocess.run(lab, check=True, timeout=220, capture_output=True)
    return out / "filters.log"


@pytest.fixture(scope="module")
def events(log: Path) -> list[Event]:
    return [json.loads(line) for line in _run("events", str(log)).splitlines()]


@pytest.fixture(scope="module")
def sent(log: Path) -> Sent:
    told: Sent = json.loads(log.with_suffix(".sent.json").read_text())
    return told


@pytest.mark.timeout(240)
def test_every_line_is_understood_and_every_filter_was_there(events: list[Event]) -> None:
    assert [event["text"] for event in events if event["kind"] == "unparsed"] == []
    assert {event["daemon"] for event in events} >= FILTERS


@pytest.mark.parametrize("question", QUESTIONS)
def test_events_say_what_clients_saw(events: list[Event], sent: Sent, question: str) -> None:
    truth, seen = QUESTIONS[question]
    assert seen(events, sent) == truth(sent)


def test_the_report_counts_each_refusal_and_session_once(log: Path, events: list[Event], sent: Sent) -> None:
    totals = json.loads(_run("report", "--json", str(log)))["totals"]
    seen = Counter({name: totals[name]["sessions"] for name in ("refused", "deferred", "greylisted")})
    assert seen == verdicts(sent)
    handed_back = sum(event["kind"] == "connect" and event["client"] == "127.0.0.1" for event in events)
    assert handed_back > 0, "amavis did not hand a message back"
    assert totals["connections"]["sessions"] - handed_back == len(sent["sessions"])
    # a queue ID is given before a milter judges the message
    given = [s for s in sent["sessions"] if any(reply["stage"] == "END-OF-MESSAGE" for reply in s["replies"])]
    assert totals["accepted"]["sessions"] == len(given)


def test_each_verdict_is_on_a_message_of_the_client_it_names(events: list[Event], sent: Sent) -> None:
    assert queue_ids(sent) <= queue_ids_seen(events)
    givers = {event["queue_id"]: event["client"] for event in events if event["kind"] == "accept"}
    spoken = [event for event in events if event["kind"] == "filter" and event["queue_id"]]
    assert len(spoken) >= 20
    for event in spoken:
        assert event["client"] in (None, givers[event["queue_id"]])


def test_lists_named_the_clients_they_hold(events: list[Event]) -> None:
    listed = {(event["client"], event["zone"]) for event in events if event["kind"] == "listed"}
    assert {("203.0.113.3", "zen.spamhaus.org"), ("198.51.100.120", "list.dnswl.org")} <= listed
    assert not any(client == "198.51.100.20" for client, _ in listed), "its message had a listed host in Received"


def test_a_list_that_does_not_answer_is_told(events: list[Event]) -> None:
    assert {event["zone"] for event in events if event["kind"] == "lookup_error"} >= {"openres.test"}
