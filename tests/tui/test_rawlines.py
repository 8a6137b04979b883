"""Raw lines: those of the slice, as they stand in the files, however these have been rotated, and no more than fit."""

# ruff: noqa: RUF001

import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from mailtop.query import Span, Where
from mailtop.report.abuse import abuse_text
from mailtop.tui import rawlines
from mailtop.tui.marking import FOUND, MARK
from mailtop.tui.rawlines import RawLines
from mailtop.tui.rawpage import REMEMBERED
from tests.tui.fake import FakeMonitor, Settings
from tests.tui.logged import BEGIN, Logged, connect, refuse
from tests.tui.screen import Shown, shown
from tests.tui.test_hostile import STEERING

SIZES = [(80, 24), (160, 50)]
ONE, OTHER = "203.0.113.7", "203.0.113.77"


@pytest.fixture
def log(tmp_path: Path) -> Logged:
    """A log of 600 lines, of two clients in turn."""
    logged = Logged(tmp_path / "mail.log")
    logged.write(*(refuse(at, (ONE, OTHER)[at % 2], f"r{at:03}@example.org") for at in range(600)))
    return logged


@asynccontextmanager
async def raw(log: Logged, size: tuple[int, int] = (80, 24), *where: Where, **more: Any) -> AsyncIterator[Shown]:
    """The screen of raw lines over the overview of a log."""
    settings = Settings(show=None)
    async with shown(cast(FakeMonitor, log), size, settings=settings, abuse=abuse_text, **more) as at:
        rawlines.open_raw_lines(at.app, at.app.desk, where)
        await at.settle()
        yield at


def top(at: Shown) -> RawLines:
    """The screen of raw lines."""
    screen = at.app.screen
    assert isinstance(screen, RawLines)
    return screen


def recipients(at: Shown) -> list[str]:
    """The recipients of the lines on the page, from top to bottom, as their texts have them."""
    page = top(at).pages
    return [page.texts[row.at].partition("to=<")[2].partition("@")[0] for row in page.rows if row.at in page.texts]


def listed(at: Shown) -> list[str]:
    """The screen's rows that are lines."""
    return at.lines()[2 : 2 + len(top(at).pages.rows)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_newest_lines_of_everything_stand_as_in_the_log(log: Logged, size: tuple[int, int]) -> None:
    async with raw(log, size) as at:
        rows = listed(at)
        assert len(rows) == top(at).list.shown > 10
        assert recipients(at) == [f"r{n:03}" for n in range(600 - len(rows), 600)]
        written = log.path.read_text().splitlines()[-len(rows) :]
        assert [row[1:].rstrip("…") for row in rows] == [line[: size[0] - 2] for line in written]
        assert rows[-1].startswith("›2026-11-21T17:09:59")
        assert f"{601 - len(rows)}-600 of 600" in at.lines()[1]
        detail = " ".join(line.strip() for line in at.lines()[2 + len(rows) :])
        assert "2026-11-21T17:09:59+00:00" in detail
        assert "proto=ESMTP helo=<ylmf-pc>" in detail.replace(" helo", "helo").replace("helo", " helo")


@pytest.mark.parametrize("size", SIZES)
async def test_only_the_slices_lines_are_there(log: Logged, size: tuple[int, int]) -> None:
    async with raw(log, size, Where("client", ONE)) as at:
        assert f"of ip={ONE}" in at.lines()[1]
        assert "of 300" in at.lines()[1]
        assert recipients(at)[-3:] == ["r594", "r596", "r598"]
        assert all(f"[{OTHER}]" not in row for row in listed(at))


async def test_l_takes_the_slice_of_the_screen_below(log: Logged) -> None:
    settings = Settings(show=None)
    async with shown(cast(FakeMonitor, log), (120, 40), settings=settings) as at:
        await at.press("l")
        assert "600 of 600" in at.lines()[1]
        await at.press("escape", "slash", *f"ip:{ONE}", "enter", "l")
        assert top(at).where == (Where("client", ONE),)
        assert "of 300" in at.lines()[1]
        await at.press("q")
        assert not isinstance(at.app.screen, RawLines)


@pytest.mark.parametrize("size", SIZES)
async def test_l_takes_the_slice_of_a_drill_down(log: Logged, size: tuple[int, int]) -> None:
    async with shown(cast(FakeMonitor, log), size, settings=Settings(show=None), abuse=abuse_text) as at:
        row = at.screen.current.copyable
        await at.press("enter", "l")
        assert top(at).where == (Where("client", row),)
        assert "of 300" in at.lines()[1]
        await at.press("escape", "Y")
        assert at.app.clipboard.startswith(f"Abuse report: {row}\n")


async def test_a_fixed_stretch_of_time_does_not_go_on(log: Logged) -> None:
    async with shown(cast(FakeMonitor, log), settings=Settings(show=None)) as at:
        rawlines.open_raw_lines(at.app, at.app.desk, (), Span(10.0, BEGIN + 99.0))
        await at.settle()
        assert recipients(at) == [f"r{n:03}" for n in range(90, 100)]
        assert "following" not in at.lines()[1]
        await at.press("plus")
        assert "fixed stretch" in at.lines()[-1]


async def test_a_pause_stands_still_too(log: Logged) -> None:
    async with shown(cast(FakeMonitor, log), settings=Settings(show=None)) as at:
        await at.press("space", "l")
        assert "paused" in at.lines()[1]
        log.write(refuse(601, ONE, "new@example.org"))
        await at.later()
        assert recipients(at)[-1] == "r599"


@pytest.mark.parametrize("size", SIZES)
async def test_no_more_is_held_than_the_screen_needs(log: Logged, size: tuple[int, int]) -> None:
    async with raw(log, size) as at:
        page = top(at).pages
        height = top(at).list.shown
        for key in ["pageup"] * 12 + ["home", "pagedown", "end", "home", *"jjjj", "G"]:
            await at.press(key)
            assert len(page.rows) <= height
            assert len(page.texts) <= max(REMEMBERED, 2 * height)
            assert all(row.at in page.texts for row in page.rows)
        assert max(query.limit for query in log.pages) <= height
        assert min(query.skip for query in log.pages) == 0
        assert max(query.skip for query in log.pages) == 600 - height


async def test_nor_after_a_search_through_everything(log: Logged) -> None:
    async with raw(log) as at:
        await at.press("slash", *"r000@", "enter")
        page = top(at).pages
        assert recipients(at)[0] == "r000"
        assert len(page.texts) <= REMEMBERED
        assert len(page.rows) == page.height


@pytest.mark.parametrize("size", SIZES)
async def test_it_follows_while_at_the_end(log: Logged, size: tuple[int, int]) -> None:
    async with raw(log, size, Where("client", ONE)) as at:
        assert "following" in at.lines()[1]
        log.write(connect(600, OTHER), refuse(601, ONE, "new1@example.org"), refuse(602, ONE, "new2@example.org"))
        await at.later()
        assert recipients(at)[-2:] == ["new1", "new2"]
        assert listed(at)[-1].startswith("›2026-11-21T17:10:02")
        assert "of 302" in at.lines()[1]


async def test_it_stands_still_when_it_is_left_and_goes_on_at_the_end(log: Logged) -> None:
    async with raw(log) as at:
        await at.press("up", "up")
        before = listed(at)
        assert "standing still" in at.lines()[1]
        assert before[-3].startswith("›")
        log.write(*(refuse(599, ONE, f"same{n}@example.org") for n in range(3)))  # of the same second
        log.write(*(refuse(600 + n, ONE, f"new{n}@example.org") for n in range(40)))
        await at.later()
        assert [row[1:] for row in listed(at) if row.startswith("›")] == [before[-3][1:]]
        assert "new" not in " ".join(recipients(at))
        await at.press("G")
        assert recipients(at)[-1] == "new39"
        assert "following" in at.lines()[1]
        await at.press("f")
        assert "standing still" in at.lines()[1]
        await at.press("down")
        assert "following" in at.lines()[1]


async def test_lines_that_the_store_let_go_of_move_nothing(log: Logged) -> None:
    async with raw(log) as at:
        await at.press("pageup")
        before = listed(at)
        store = log.store
        store._rolling.window = 300_000_000  # type: ignore[attr-defined]
        log.write(*(refuse(600 + n, ONE) for n in range(20)))
        await at.later()
        assert listed(at) == before


@pytest.mark.parametrize("size", SIZES)
async def test_search_goes_towards_older_lines_and_back(log: Logged, size: tuple[int, int]) -> None:
    async with raw(log, size) as at:
        await at.press("slash", *"R3", "3")
        assert at.lines()[-1].split() == ["search", "R33"]
        await at.press("enter")
        current = top(at).pages.current
        assert current is not None
        assert "to=<r339@" in top(at).pages.texts[current.at]
        for key, expected in (("n", "r338"), ("n", "r337"), ("N", "r338"), ("N", "r339")):
            await at.press(key)
            current = top(at).pages.current
            assert current is not None
            assert f"to=<{expected}@" in top(at).pages.texts[current.at]
        await at.press("N")
        assert "no newer line has 'R33': 260 looked through" in at.lines()[-1]
        assert "/R33" in at.lines()[1]
        current = top(at).pages.current
        assert current is not None
        assert (("r33", FOUND) in top(at)._pieces(current)) or (("R33", FOUND) in top(at)._pieces(current))


async def test_a_search_in_small_steps_says_how_far_it_is_and_any_key_ends_it(
    log: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rawlines, "SLICE", -1.0)
    async with raw(log) as at:
        steps: list[Any] = []
        monkeypatch.setattr(top(at), "set_timer", lambda delay, then: steps.append(then))
        await at.press("slash", *"nowhere", "enter")
        assert "searching towards older lines: 64 looked through" in at.lines()[-1]
        steps.pop()()
        await at.settle()
        assert "128 looked through" in at.lines()[-1]
        while steps:
            steps.pop()()
        await at.settle()
        assert "no older line has 'nowhere': 600 looked through" in at.lines()[-1]
        await at.press("n")
        assert steps
        await at.press("down")
        last = at.lines()[-1]
        steps.pop()()
        await at.settle()
        assert at.lines()[-1] == last
        assert not steps


async def test_escape_drops_what_was_typed(log: Logged) -> None:
    async with raw(log) as at:
        await at.press("slash", *"r5")
        assert any(("r5", FOUND) in top(at)._pieces(row) for row in top(at).pages.rows)
        await at.press("escape")
        assert isinstance(at.app.screen, RawLines)
        assert top(at).sought == ""
        assert "Search" in at.lines()[-1]


@pytest.mark.parametrize("size", SIZES)
async def test_lines_are_found_after_rotation_and_compression_and_said_to_be_lost(
    log: Logged, size: tuple[int, int]
) -> None:
    path = log.path
    async with raw(log, size) as at:
        await at.press("home")
        rotated = path.rename(path.with_name("mail.log.1"))
        path.write_text(refuse(700, OTHER, "after@example.org") + "\n")
        await at.press("pagedown")
        assert len(recipients(at)) == top(at).list.shown
        rotated.with_name("mail.log.1.gz").write_bytes(gzip.compress(rotated.read_bytes()))
        rotated.unlink()
        await at.press("pagedown", "pagedown", "pagedown")
        assert recipients(at)[-1] > "r050"
        assert len(recipients(at)) == top(at).list.shown
        assert "[lost]" not in at.text()
        rotated.with_name("mail.log.1.gz").unlink()
        top(at).pages.texts.clear()
        await at.press("end")
        assert recipients(at) == []
        assert all(row[1:].startswith("[lost] mx1  smtpd  reject  203.0.113.7") for row in listed(at))
        detail = "".join(line.strip() for line in at.lines()[2 + len(listed(at)) :])
        assert "cannot be read back: rotated away:" in detail
        assert f"{path} is another file now".replace(" ", "") in detail.replace(" ", "")
        await at.press("slash", *"nowhere", "enter")
        assert "of them cannot be read" in at.lines()[-1]


async def test_a_lost_file_is_asked_for_once_and_again_after_a_while(
    log: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw(log) as at:
        calls: list[tuple[str, int, int]] = []
        lines = log.lines

        def counted(places: Sequence[tuple[str, int, int]]) -> list[str | None]:
            calls.extend(places)
            return lines(places)

        monkeypatch.setattr(log, "lines", counted)
        away = log.path.rename(log.path.with_name("elsewhere"))
        await at.press("home")
        assert "is gone" in at.text()
        assert len(calls) == 1
        away.rename(log.path)
        await at.later(rawlines.LOOK_AGAIN + 1)
        log.write(connect(605, ONE))
        await at.later()
        assert recipients(at)[0] == "r000"


async def test_lines_of_an_archive(tmp_path: Path) -> None:
    log = Logged(tmp_path / "mail.log")
    archive = tmp_path / "mail.log.2.gz"
    archive.write_bytes(
        gzip.compress("".join(refuse(n, ONE, f"old{n}@example.org") + "\n" for n in range(50)).encode())
    )
    log.files.read(archive, 0, str(log.path))
    log.write(refuse(100, ONE, "new@example.org"), file=1)
    async with raw(log) as at:
        assert recipients(at)[-2:] == ["old49", "new"]
        archive.unlink()
        await at.press("home")
        assert recipients(at) == []
        assert "[lost] mx1  smtpd" in listed(at)[0]
        assert "is gone" in at.text()
        assert "cannot be read back: the archive" in at.text()


async def test_what_came_from_a_stream_is_told_by_its_event(tmp_path: Path) -> None:
    log = Logged(tmp_path / "mail.log")
    stream = tmp_path / "stream"
    stream.write_text(refuse(1, ONE) + "\n")
    log.files.read(stream, -1, "-")
    async with raw(log, (160, 50)) as at:
        await at.later()
        assert "[lost] mx1  smtpd  reject  203.0.113.7  554" in listed(at)[0]
        assert "it came from a stream, which cannot be read again" in at.text()
        await at.press("y")
        assert "there is no line to copy" in at.lines()[-1]


HOSTILE = b"\x1b]2;owned\x07\x9b31m\xe2\x80\xae[/][@click=app.quit]\xff\x00\t\xf0\x9f\x98\x80"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_hostile_lines_are_harmless(tmp_path: Path, size: tuple[int, int], ascii_only: bool) -> None:
    from mailtop.tui.terminal import Terminal

    log = Logged(tmp_path / "mail.log")
    head = refuse(1, ONE).partition(" to=<")[0].encode()
    log.write(head + b" to=<" + HOSTILE + b"> proto=ESMTP helo=<" + HOSTILE * 3 + b">", refuse(2, ONE, helo="x" * 9000))
    async with raw(log, size, Where("client", ONE), terminal=Terminal(ascii_only=ascii_only)) as at:
        for key in ("up", "right", "right", "right", "right", "y", "Y", "slash", "escape"):
            await at.press(key)
            text = at.text().replace("\n", "")
            assert not STEERING.search(text)
            assert not ascii_only or text.isascii()
        assert "\\x1b]2;owned\\x07" in at.text().replace("\n ", "")
        assert "[/][@click=app.quit]" in at.text().replace("\n ", "")
        assert not STEERING.search(at.app.clipboard.replace("\n", ""))
        assert "[/]" in at.app.clipboard


async def test_keys_of_paid_lists_are_masked(tmp_path: Path) -> None:
    log = Logged(tmp_path / "mail.log")
    log.write(refuse(1, ONE).replace("zen.example.org", "abcdefgh1234567890abcdef.zen.dq.spamhaus.net"))
    async with raw(log, (160, 50)) as at:
        assert "***.zen.dq.spamhaus.net" in at.text()
        assert "abcdefgh" not in at.text()
        await at.press("Y")
        assert "***.zen.dq.spamhaus.net" in at.app.clipboard
        assert "abcdefgh" not in at.app.clipboard


async def test_what_belongs_to_the_slice_is_marked(log: Logged) -> None:
    async with raw(log, (160, 50), Where("helo", "ylmf-pc"), Where("recipient", "r598", "has")) as at:
        row = top(at).pages.current
        assert row is not None
        found = [text for text, ink in top(at)._pieces(row) if ink == MARK]
        assert found == [ONE, ONE, "r598", "ylmf-pc"]


async def test_a_long_line_is_shown_whole_and_sideways(log: Logged) -> None:
    log.write(refuse(601, ONE, "long@example.org", helo="h" * 100 + "END"))
    async with raw(log) as at:
        detail = "".join(line.strip() for line in at.lines()[-6:-1])
        assert "END>" in detail
        assert "END>" not in listed(at)[-1]
        for _ in range(12):
            await at.press("right")
        assert "hhh" in listed(at)[-1]
        for _ in range(12):
            await at.press("left")
        assert listed(at)[-1].startswith("›2026")
        await at.press("y")
        assert at.app.clipboard == log.path.read_text().splitlines()[-1]
        assert "copied 2026" in at.lines()[-1]


async def test_the_report_of_a_row_and_of_a_slice_reaches_the_clipboard(log: Logged) -> None:
    settings = Settings(show=None)
    async with shown(cast(FakeMonitor, log), (120, 40), settings=settings, abuse=abuse_text) as at:
        await at.press("Y")
        row = at.screen.current.copyable
        assert row in (ONE, OTHER)
        assert at.app.clipboard.startswith(f"Abuse report: {row}\n")
        assert f"connect from unknown[{row}]" in at.app.clipboard or f"RCPT from unknown[{row}]" in at.app.clipboard
        assert "copied" in at.lines()[-1]
        await at.press("l", "Y")
        assert at.app.clipboard.startswith("Abuse report: 2 addresses\n")


async def test_windows_help_and_nothing_at_all(tmp_path: Path) -> None:
    log = Logged(tmp_path / "mail.log")
    async with raw(log) as at:
        assert "no line in this window" in at.text()
        for key in ("up", "home", "end", "pagedown", "n", "escape", "y", "f"):
            await at.press(key)
        log.write(*(refuse(n, ONE) for n in range(0, 600, 10)))
        await at.later()
        assert "of 60" in at.lines()[1]
        await at.press("plus", "plus", "plus", "plus", "plus")
        assert top(at).desk.window == 300
        assert "of 30" in at.lines()[1]
        await at.press("minus")
        assert "of 60" in at.lines()[1]
        await at.press("plus")
        await at.press("0")
        assert "of 60" in at.lines()[1]
        await at.press("question_mark")
        assert "Search, towards older lines" in at.text()
        await at.press("escape", "escape")
        assert not isinstance(at.app.screen, RawLines)


@pytest.mark.parametrize("size", [(40, 10), (300, 100)])
async def test_it_fits_wherever_there_is_a_terminal(log: Logged, size: tuple[int, int]) -> None:
    async with raw(log, size) as at:
        assert recipients(at)[-1] == "r599"
        await at.pilot.resize_terminal(60, 15)
        await at.settle()
        await at.press("home", "pagedown")
        assert len(listed(at)) == top(at).list.shown
