"""Looking back: the cursor's arithmetic, its line, and that the panes show what was there at that moment."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.demo import Traffic, rfc3339
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.query import Query, Span, Table
from mailtop.store.memory import MemoryStore
from mailtop.tui.cursor import STEPS, Cursor, bar_of, laid_out, step_for
from mailtop.tui.desk import WINDOWS, Desk
from mailtop.tui.lookback import HINT
from mailtop.tui.overview import PANES
from mailtop.tui.terminal import Terminal
from mailtop.tui.timeline import AROUND, Timeline
from mailtop.views import VIEWS
from tests.test_monitor import Told
from tests.tui.fake import NOW, busy
from tests.tui.screen import Shown, shown

BEGIN = 1_795_000_000.0
SECONDS = 900
SIZES = [(80, 24), (160, 50)]


# -- arithmetic -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [w for w in WINDOWS if w])
@pytest.mark.parametrize("room", [1, 20, 60, 140, 300])
def test_bars_are_of_round_lengths_and_fit(window: float, room: int) -> None:
    step, bars = laid_out(Cursor.opened(0, 10**6), window, room)
    assert 1 <= bars <= room
    assert bars * step >= window
    assert step in STEPS or step % STEPS[-1] == 0
    assert (bars - 1) * step < window


@given(st.floats(0.001, 1e9), st.integers(1, 500))
def test_a_step_is_the_shortest_that_fits(seconds: float, bars: int) -> None:
    step = step_for(seconds, bars)
    assert bars * step >= seconds - 1e-3
    shorter = [other for other in STEPS if other < step]
    assert not shorter or shorter[-1] * bars < seconds


@given(
    st.floats(0, 1e5), st.floats(0, 1e5), st.sampled_from(WINDOWS), st.integers(1, 200),
    st.lists(st.integers(-70, 70), max_size=12),
)  # fmt: skip
def test_a_cursor_stays_among_what_is_held_and_on_its_strip(
    oldest: float, length: float, window: float | None, room: int, moves: list[int]
) -> None:
    cursor = Cursor.opened(oldest, oldest + length)
    step, bars = laid_out(cursor, window, room)
    assert bars <= room
    for by in moves:
        before = cursor.at
        cursor = cursor.moved(by, step, bars)
        strip = cursor.strip(step, bars)
        assert cursor.oldest - 1e-6 <= cursor.at <= cursor.newest + 1e-6
        assert (cursor.at - before) * by >= 0
        assert cursor.at == cursor.newest or cursor.at % step == 0
        assert 0 <= strip.here < bars
        assert strip.since + strip.here * step < cursor.at + 1e-5
        assert cursor.at <= strip.since + (strip.here + 1) * step + 1e-5
        assert strip.until - strip.since == bars * step
    assert cursor.moved(10**9, step, bars).at == cursor.newest
    assert bar_of(cursor.moved(-(10**9), step, bars).at, step) in (bar_of(oldest, step), bar_of(oldest + length, step))


def test_a_bar_back_and_on_is_where_it_was() -> None:
    cursor = Cursor.opened(0.0, 1003.2)
    back = cursor.moved(-1, 5, 60)
    assert back.at == 1000
    assert back.moved(-1, 5, 60).at == 995
    assert back.moved(1, 5, 60).at == 1003.2


# -- on the screen --------------------------------------------------------------------------------------------------


def line_of(at: Shown) -> str:
    """The timeline's row."""
    timeline = at.screen.timeline
    assert timeline is not None
    return at.lines()[timeline.region.y]


@pytest.mark.parametrize("size", [*SIZES, (40, 10), (300, 60)])
async def test_t_opens_a_line_of_bars_and_space_is_back_at_now(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        before = at.text()
        await at.press("t")
        assert at.app.focused is at.screen.timeline
        step = {40: 15, 80: 5, 160: 5, 300: 2}[size[0]]
        assert line_of(at).strip().startswith({2: "17:57:12"}.get(step, "17:57:15"))
        assert line_of(at).endswith({2: "18:02:12"}.get(step, "18:02:15"))
        assert "Nov 21 18:02:11" in at.lines()[0]
        assert at.screen.desk.span() == Span(300.0, NOW)
        await at.press("left", "left", "left")
        assert at.screen.desk.span() == Span(300.0, (NOW // step - 2) * step)
        assert " back" in at.lines()[0]
        assert at.monitor.still
        await at.press("space")
        assert at.screen.timeline is None
        assert not any(timeline.display for timeline in at.screen.query(Timeline))
        assert at.text() == before
        assert at.screen.current.has_focus
        assert not at.monitor.still
        await at.press("t")
        assert line_of(at)
        await at.press("escape")
        assert at.text() == before


async def test_all_panes_are_asked_about_the_moment_and_those_below_it_too() -> None:
    async with shown(size=(160, 50)) as at:
        await at.press("t", "comma", "left")
        moment = at.screen.desk.span().until
        assert moment == NOW // 5 * 5 - 50
        at.monitor.asked.clear()
        at.monitor.changed = True
        await at.later()
        spans = {query.span for query in at.monitor.asked if len(getattr(query, "measures", "ab")) != 1}
        assert spans == {Span(300.0, moment)}
        await at.press("tab", "down", "enter")
        assert at.screen.timeline is not None
        assert at.screen.desk.span() == Span(300.0, moment)
        await at.press("right")
        assert at.screen.desk.span() == Span(300.0, moment + 5)
        await at.press("space")
        assert at.screen.timeline is None
        await at.press("escape")
        assert at.screen.timeline is None
        assert not any(timeline.display for timeline in at.screen.query(Timeline))


async def test_events_that_come_meanwhile_change_nothing_that_is_asked() -> None:
    async with shown() as at:
        await at.press("t", "left")
        span = at.screen.desk.span()
        at.monitor.arrive(500)
        await at.later()
        assert at.screen.desk.span() == span


async def test_beyond_its_left_end_the_strip_goes_on_to_the_oldest_event() -> None:
    async with shown() as at:
        await at.press("t")
        for _ in range(10):
            await at.press("shift+left")
        assert at.screen.desk.span().until == NOW // 5 * 5 + 5 - 500
        assert line_of(at).strip().startswith("17:53:5")
        for _ in range(80):
            at.screen.action_scrub(-10)
        await at.settle()
        until = at.screen.desk.span().until
        assert until is not None
        assert NOW - 3600 <= until < NOW - 3594
        for _ in range(90):
            at.screen.action_scrub(10)
        await at.settle()
        assert at.screen.desk.span().until == NOW


async def test_a_key_held_down_does_not_pile_up_drawings() -> None:
    async with shown() as at:
        await at.press("t")
        at.monitor.asked.clear()
        for _ in range(50):
            at.screen.action_scrub(-1)
        await at.settle()
        totals = [query for query in at.monitor.asked if "connections.rate" in getattr(query, "measures", ())]
        assert 1 <= len(totals) <= 2
        assert at.screen.desk.span().until == NOW // 5 * 5 + 5 - 250


async def test_enter_takes_the_bar_and_escape_peels_it_off() -> None:
    async with shown() as at:
        await at.press("t", *["left"] * 7)
        moment = at.screen.desk.span().until
        assert moment is not None
        await at.press("enter")
        assert at.screen.desk.span() == Span(5.0, moment)
        assert "window 5s" in at.lines()[0]
        await at.press("left")
        assert at.screen.desk.span() == Span(5.0, moment - 1)
        await at.press("enter")
        assert at.screen.desk.span() == Span(1.0, moment - 1)
        await at.press("escape")
        assert at.screen.desk.span() == Span(5.0, moment - 1)
        await at.press("backspace")
        assert at.screen.desk.span() == Span(300.0, moment)
        await at.press("enter", "space")
        assert at.screen.desk.span() == Span(300.0, NOW)
        assert at.screen.timeline is None


async def test_other_windows_have_other_bars() -> None:
    async with shown() as at:
        await at.press("t", "minus")
        assert at.screen.desk.window == 900.0
        assert line_of(at).split()[0] == "17:47:15"
        await at.press("0", "left")
        assert at.screen.desk.span() == Span(None, NOW // 120 * 120)


async def test_the_bar_under_the_cursor_is_told_apart_and_what_is_after_it_is_faint() -> None:
    async with shown() as at:
        await at.press("t", "left")
        timeline = at.screen.timeline
        assert timeline is not None
        inks = [ink for _, ink in timeline.pieces()]
        assert inks == ["soft", "trend", "cursor", "faint", "soft"]
        texts = [text for text, _ in timeline.pieces()]
        assert [len(text) for text in texts[1:4]] == [58, 1, 1]
        assert timeline.room == 80 - AROUND == 60


async def test_in_ascii_it_is_ascii_and_it_says_which_keys_there_are() -> None:
    async with shown(terminal=Terminal(ascii_only=True, theme="ansi-dark")) as at:
        await at.press("t")
        assert HINT in at.lines()[-1]
        assert at.text().isascii()
        await at.press("left", "space")
        assert HINT not in at.text()
        assert at.lines()[-1].startswith(" ? Help")


async def test_without_events_there_is_nothing_to_look_back_on() -> None:
    from dataclasses import replace

    from mailtop.query import Holding

    monitor = busy()
    monitor.state = replace(monitor.state, holding=Holding())
    async with shown(monitor) as at:
        await at.press("t", "left")
        assert at.screen.timeline is None
        assert at.screen.desk.pause is None


async def test_arrow_keys_do_nothing_while_it_is_closed_and_nothing_is_asked() -> None:
    async with shown() as at:
        at.monitor.asked.clear()
        await at.press("left", "right", "comma")
        assert not at.monitor.asked
        at.monitor.changed = True
        await at.later()
        assert all(getattr(query, "measures", ()) != ("connections.trend",) for query in at.monitor.asked)


# -- what a moment shows --------------------------------------------------------------------------------------------


def lines_until(moment: float) -> bytes:
    text = Traffic(5, BEGIN, 2.0, rfc3339(0), bots=60, storms=(BEGIN + 200,), storm_seconds=30.0).until(BEGIN + SECONDS)
    return "".join(line + "\n" for line in text.splitlines() if stamp(line) <= moment).encode("ascii")


def stamp(line: str) -> float:
    return datetime.fromisoformat(line.split(" ", 1)[0]).astimezone(UTC).timestamp()


def monitor_of(text: bytes) -> Monitor:
    inbox = Told(following=False)
    reader = Reader("mail.log", 0, BEGIN)
    inbox.messages += [*reader.feed(text, 0), reader.batch()]
    monitor = Monitor(MemoryStore(86400.0, 10**6), inbox, ("mail.log",), lambda: BEGIN + SECONDS)
    while monitor.pump(5.0):
        pass
    return monitor


def shown_by(monitor: Monitor, span: Span) -> Iterator[Table]:
    """What the panes of the first screen and the pane of lines are told."""
    for name in (*PANES, "lines"):
        yield monitor.ask(VIEWS[name].query((), span))


@pytest.mark.parametrize("back", [1, 7, 40, 55])
@pytest.mark.parametrize("window", [60.0, 300.0])
def test_a_moment_shows_what_a_store_that_has_only_what_came_before_it_shows(back: int, window: float) -> None:
    whole = monitor_of(lines_until(BEGIN + SECONDS))
    desk = Desk(whole, window)
    assert desk.look_back()
    assert desk.cursor is not None
    desk.cursor = desk.cursor.moved(-back, *laid_out(desk.cursor, window, 60))
    moment = desk.span().until
    assert moment is not None
    then = monitor_of(lines_until(moment))
    tables = list(shown_by(whole, desk.span()))
    wanted = list(shown_by(then, Span(window, moment)))
    assert any(table.rows for table in tables)
    assert tables == wanted


def test_the_strip_counts_what_its_bars_hold() -> None:
    whole = monitor_of(lines_until(BEGIN + SECONDS))
    cursor = Cursor.opened(BEGIN, BEGIN + SECONDS).moved(-100, 5, 60)
    strip = cursor.strip(5, 60)
    span = Span(strip.until - strip.since, strip.until)
    (row,) = whole.ask(Query(("connections.trend",), span=span, buckets=60)).rows
    bar = whole.ask(Query(("connections",), span=Span(5.0, cursor.at))).rows[0][0]
    assert isinstance(row[0], tuple)
    assert row[0][strip.here] == bar
    assert bar
