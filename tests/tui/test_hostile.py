"""Whatever a stranger writes into a log: no markup, no escape sequence, no reordering reaches the terminal."""

import re

import pytest

from mailtop.query import Value, Where
from mailtop.tui.cells import fitted, plain, width_of
from mailtop.tui.messages import Opened
from tests.tui.fake import NOW, FakeMonitor, client
from tests.tui.screen import shown

EVIL = [
    "[/]",
    "[@click=app.quit]x[/]",
    "[ipv6:2001:db8::1]",
    "[bold red]mail.example[/bold red]",
    "\x1b]2;owned\x07\x1b[2J",
    "\x9b31mred",
    "\u202emoc.elpmaxe\u202c",
    "a\u200bb\u2060c\ufeff",
    "line\nfeed\rreturn\ttab\x00nul",
    "\ud800 lone surrogate",
    "e" + "\u0301" * 5000,
    "漢字" * 100,
    "A" * 1_000_000,
    "=cmd|' /C calc'!A0",
    "",
]
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_plain_text_steers_nothing_and_fits(text: str) -> None:
    for ascii_only in (False, True):
        said = plain(text, ascii_only)
        assert not STEERING.search(said)
        assert width_of(fitted(said, 20)) == 20
        assert not ascii_only or said.isascii()


def test_plain_text_is_left_alone() -> None:
    assert plain("mail.example.org [203.0.113.7] <é@example.org>") == "mail.example.org [203.0.113.7] <é@example.org>"
    assert plain("\x1b[0m") == "\\x1b[0m"


def evil_monitor(text: str) -> FakeMonitor:
    """A monitor that holds `text` in every field that a stranger can write."""
    one = client("203.0.113.1", 10, 9, **{"last.client_name": text, "top.as_name": text, "top.why": text})
    one["host"] = one["top.host"] = text
    event: dict[str, Value] = dict.fromkeys(
        ("client", "reply", "why", "helo", "sender", "recipient", "daemon", "kind"), text
    )
    event |= {"time": NOW, "source": text, "file": 1, "offset": 0}
    groups: dict[str, list[dict[str, Value]]] = {
        by: [{by: text, "turned_away": 3, "refused": 2, "sessions": 3, "clients": 1, "last": NOW, "connections": 3,
              "accepted": 0, "deferred": 0, "listed": 0, "lookup_errors": 0, "top.answer": text, "top.reply": text}]
        for by in ("reason", "zone", "asn", "why", "helo", "sender", "recipient")
    }  # fmt: skip
    monitor = FakeMonitor({"client": [one], **groups}, [event])
    monitor.raw = {0: text}
    from dataclasses import replace

    monitor.state = replace(monitor.state, sources=(text,), notes=(text,))
    return monitor


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
async def test_every_pane_shows_it_as_text(text: str) -> None:
    async with shown(evil_monitor(text), size=(160, 50)) as at:
        for keys in ((), ("2", "enter"), ("y",), ("escape", "enter")):
            await at.press(*keys)
            drawn = at.text()
            assert not STEERING.search(drawn.replace("\n", ""))
            assert all(width_of(line) <= 160 for line in at.lines())
        if text.startswith("["):
            assert text[:12] in drawn
        assert at.app.is_running


async def test_a_slice_of_it_can_be_typed() -> None:
    async with shown(evil_monitor("[/]"), size=(120, 40)) as at:
        await at.press("slash", *"helo:[/]")
        assert "filter helo:[/]" in at.lines()[0]


@pytest.mark.parametrize("text", [*EVIL[:5], EVIL[6], EVIL[8], EVIL[11], EVIL[13]], ids=range(9))
async def test_it_can_be_chosen_left_out_and_taken_away_again(text: str) -> None:
    monitor = evil_monitor(text)
    for by in ("helo_family", "sasl_user", "session", "enhanced", "recipient_domain", "queue_id"):
        monitor.groups[by] = [{by: text, "sessions": 1, "events": 1, "turned_away": 1, "first": NOW, "last": NOW}]
    async with shown(monitor, size=(120, 40)) as at:
        for part in (Where("helo", text), Where("queue_id", text, more=(text, None)), Where("sasl_user", text)):
            at.screen.post_message(Opened(part, (Where("sender", text, "has", negate=True),)))
            await at.settle()
            for keys in (("exclamation_mark",), ("x", "y"), ("b",), ("escape",), ("slash", "end", "space"), ("enter",)):
                await at.press(*keys)
                assert not STEERING.search(at.text().replace("\n", ""))
                assert all(width_of(line) <= 120 for line in at.lines())
            assert at.app.is_running
