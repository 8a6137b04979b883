"""The report of a simulated log says what its author meant: each total in events, sessions and clients, each reason,
each list, the loudest client, the deliveries. Nothing here is counted by a parser twice.
"""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from mailtop.demo import Traffic, rfc3164, rfc3339, table
from mailtop.ingest.reader import Reader
from mailtop.report import Reading, as_csv, as_json, as_text
from mailtop.store.memory import MemoryStore

BEGIN = 1_795_132_800.0
MINUTES = 20


@pytest.fixture(scope="module", params=["rfc3164", "iso with repeats"])
def told(request: pytest.FixtureRequest) -> tuple[MemoryStore, dict[str, Any]]:
    iso = request.param != "rfc3164"
    traffic = Traffic(
        11, BEGIN, 3.0, rfc3339() if iso else rfc3164(), bots=900, storms=(BEGIN + 300,), storm_seconds=300, repeats=iso
    )
    data = (traffic.until(BEGIN + 60 * MINUTES) + traffic.rest()).encode()
    store = MemoryStore(window=None, networks=table())
    reader = Reader("mail.log", 0, BEGIN + 86400)
    for batch in [*reader.feed(data, 0, 1), reader.batch()]:
        store.append(batch)
    return store, traffic.tally.truth()


@pytest.fixture(scope="module")
def said(told: tuple[MemoryStore, dict[str, Any]]) -> dict[str, Any]:
    store, _ = told
    answer: dict[str, Any] = json.loads(as_json(store, Reading(store.holding(), ("mail.log",)), limit=50))
    return answer


@pytest.mark.parametrize(
    "measure",
    ["connections", "submissions", "refused", "deferred", "greylisted", "warned", "accepted", "hung_up", "auth_failed",
     "auth_ok", "screened", "passed"],
)  # fmt: skip
def test_totals(measure: str, said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    _, truth = told
    assert said["totals"][measure] == truth["totals"][measure]
    assert truth["totals"][measure]["events"] > 0


def test_what_lists_said(said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    """dnsblog names no port: where a client has two sessions at once, nobody can say whose answer it was."""
    _, truth = told
    counted, meant = said["totals"]["listed"], truth["totals"]["listed"]
    assert (counted["events"], counted["clients"]) == (meant["events"], meant["clients"])
    assert 0.97 * meant["sessions"] <= counted["sessions"] <= meant["sessions"]


def test_every_line_is_understood(said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    _, truth = told
    assert said["meta"]["counts"]["lines"] == truth["lines"]
    assert said["meta"]["counts"]["unparsed"] == 0


def test_reasons(said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    _, truth = told
    expected: dict[str, int] = {}
    for reason, verdicts in truth["reasons"].items():
        events = sum(count["events"] for verdict, count in verdicts.items() if verdict != "warned")
        if events:
            expected[reason] = events
    assert {reason: count["events"] for reason, count in said["reasons"].items()} == expected


def test_lists(said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    _, truth = told
    rows = {row["zone"]: row for row in said["views"]["dnsbl"]["rows"]}
    assert set(rows) == set(truth["zones"])
    for zone, count in truth["zones"].items():
        assert rows[zone]["refused"] == count["refused"]["sessions"], zone
        assert 0.97 * count["listed"]["sessions"] <= rows[zone]["listed"] <= count["listed"]["sessions"], zone


def test_the_loudest_clients(said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    _, truth = told
    rows = {row["client"]: row for row in said["views"]["clients"]["rows"]}
    loudest = truth["clients"][:20]
    for client in loudest:
        row = rows[client["client"]]
        for measure in ("refused", "connections", "accepted", "deferred", "greylisted"):
            assert row[measure] == client.get(measure, 0), (client["client"], measure)
    refused = [row["refused"] for row in said["views"]["clients"]["rows"]]
    assert refused == sorted(refused, reverse=True)


def test_deliveries(said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]]) -> None:
    _, truth = told
    assert said["delivery"]["delivered"] == truth["deliveries"]["sent"]
    assert said["delivery"]["postponed"] == truth["deliveries"]["deferred"]
    assert said["delivery"]["bounced"] == truth["deliveries"]["bounced"] + truth["deliveries"]["expired"]
    assert said["delivery"]["bytes"] == truth["bytes"]
    assert 0 < said["delivery"]["delay_p50"] <= said["delivery"]["delay_p95"] <= said["delivery"]["delay_max"]


def test_networks_have_names(said: dict[str, Any]) -> None:
    rows = said["views"]["networks"]["rows"]
    assert len(rows) > 10
    assert all(row["top.as_name"].startswith("EXAMPLE-") for row in rows)


def test_text_and_csv_have_the_same_figures(
    said: dict[str, Any], told: tuple[MemoryStore, dict[str, Any]], tmp_path: Path
) -> None:
    store, truth = told
    reading = Reading(store.holding(), ("mail.log",))
    text = as_text(store, reading)
    line = next(line for line in text.split("\n") if line.startswith("refused "))
    refused = truth["totals"]["refused"]
    assert line.split()[1:] == [f"{refused[unit]:,}" for unit in ("events", "sessions", "clients")]
    paths = as_csv(store, reading, tmp_path, BEGIN, limit=50)
    assert len(paths) == len(said["views"]) + 1
    with next(path for path in paths if path.name.endswith("-clients.csv")).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["client"] for row in rows] == [row["client"] for row in said["views"]["clients"]["rows"]]
    assert [int(row["refused"]) for row in rows] == [row["refused"] for row in said["views"]["clients"]["rows"]]
