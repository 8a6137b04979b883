"""The detectors on logs that real servers wrote (fixtures/*/genuine): what the lab's lists did is what is said."""

from pathlib import Path

import pytest

from mailtop.analysis.blocklists import findings, gather
from mailtop.ingest.whole import of_file
from mailtop.lookup.listfacts import load
from mailtop.store.memory import MemoryStore

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
NOW = 1_800_000_000.0

Told = set[tuple[str, str, str]]


def told(log: Path) -> Told:
    """Detector, list and severity of what is said of a log."""
    store = MemoryStore(window=None)
    for batch in of_file(str(log), 0, NOW):
        store.append(batch)
    for _ in store.settle():
        pass
    whole = log.read_bytes()

    def line(source: str, file: int, offset: int) -> str:
        assert (source, file) == (str(log), 0)
        return whole[offset:].partition(b"\n")[0].decode("utf-8", "replace")

    return {(one.detector, one.zone, one.severity) for one in findings(gather(store.ask, line), load())}


PARKED, REFUSING = ("D2", "parked.test", "warning"), ("D2", "openres.test", "warning")
DEAD = ("D6", "dead.test", "warning")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("postfix/genuine/3.7.11-drop.log", {PARKED, REFUSING, DEAD}),
        ("postfix/genuine/3.7.11-screen.log", {DEAD}),
        ("postfix/genuine/3.7.11-smtpd.log", {("D3", "openres.test", "critical")}),
        ("postfix/genuine/3.7.11-hostile.log", set()),
        ("postfix/genuine/3.7.11-delivery.log", set()),
        ("exim/genuine/4.96-refusals.log", {PARKED, DEAD}),
        ("filters/genuine/filters.log", {("D7", "openres.test", "critical")}),
        ("sendmail/genuine/8.17.1.9-level9.log", set()),
    ],
)
def test_what_the_labs_lists_did(log: str, said: Told) -> None:
    assert told(FIXTURES / log) == said


def test_retired_defaults_of_policyd_weight_are_told_with_date_and_source(tmp_path: Path) -> None:
    head = "Nov 21 22:24:15 mx1 postfix/policyd-weight[43]: weighted check:"
    tail = "; <client=unknown[203.0.113.5]> <helo=x.example> <from=a@sender.example> <to=bob@example.org>; rate: 8.7\n"
    log = tmp_path / "mail.log"
    log.write_text(f"{head}  IN_SBL_XBL_SPAMHAUS=4.35 IX_MANITU=ERR(0){tail}{head}  NOT_IN_SPAMCOP=-1.5{tail}")
    store = MemoryStore(window=None)
    for batch in of_file(str(log), 0, NOW):
        store.append(batch)
    said = {one.zone: dict(one.evidence) for one in findings(gather(store.ask), load()) if one.detector == "D1"}
    assert {zone: one["since"] for zone, one in said.items()} == {
        "sbl-xbl.spamhaus.org": "2006-12-04",
        "ix.dnsbl.manitu.net": "2025-01-16",
    }
    assert all(one["source"] for one in said.values())
