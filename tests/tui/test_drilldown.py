"""The drill-down: who a client is, what it did, who stands beside it, down to the raw lines."""

# ruff: noqa: RUF001

import pytest

from mailtop.query import EVERYTHING, Listing, Query, Table, Value, Where
from mailtop.tui.drilldown import Drilldown
from mailtop.tui.messages import Opened
from mailtop.views import DRILLDOWN, OTHER, VIEWS
from tests.tui.fake import NOW, FakeMonitor, busy
from tests.tui.screen import Shown, shown


def drilled(at: Shown) -> Drilldown:
    """The drill-down on top."""
    assert isinstance(at.screen, Drilldown)
    return at.screen


async def opened(at: Shown, *parts: Where) -> None:
    """As if a row that stands for the last part had been opened within the others."""
    at.screen.post_message(Opened(parts[-1], parts[:-1]))
    await at.settle()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50), (40, 10)])
async def test_a_client_has_its_screen(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        await at.press("enter")
        lines = at.lines()
        assert isinstance(at.screen, Drilldown)
        assert "203.0.113.1" in lines[0] + lines[1]
        if size[0] >= 80:
            assert "mailtop › ip=203.0.113.1" in lines[0]
            assert "AS64500 EXAMPLE-NET" in lines[1]
            assert "rank 1 of 54" in lines[1]
            assert "connections 1,160" in lines[2]
            assert "refused 1,060 (91%)" in lines[2]
            text = at.text()
            assert all(word in text for word in ("Rate", "peak", "Verdicts", "Neighbours in 203.0.113.0/24", "Lines"))


async def test_everything_is_asked_with_the_client_in_the_slice_but_its_neighbours() -> None:
    async with shown(size=(160, 50)) as at:
        at.monitor.asked.clear()
        await at.press("enter")
        of_client = Where("client", "203.0.113.1")
        around = [query for query in at.monitor.asked if of_client not in query.where]
        assert {query.where for query in around} == {(), (Where("prefix", "203.0.113.0/24"),)}
        for query in around:  # its place among all, and its neighbours
            assert isinstance(query, Query)
            assert query.by == ("client",)


async def test_neighbours_share_the_prefix_and_are_opened_beside_it() -> None:
    async with shown(size=(160, 50)) as at:
        await at.press("enter")
        assert {row.key.rsplit(".", 1)[0] for row in at.pane("clients").rows} == {"203.0.113"}
        await at.press("4", "down", "enter")
        assert at.screen.base == (Where("client", "203.0.113.2"),)


async def test_raw_lines_are_read_back_for_rows_that_can_be_seen() -> None:
    monitor = busy()
    monitor.raw = {0: "Nov 21 18:02:11 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from unknown"}
    async with shown(monitor, size=(160, 50)) as at:
        await at.press("enter")
        assert "NOQUEUE: reject: RCPT from unknown" in at.text()
        assert any(isinstance(query, Listing) for query in monitor.asked)


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ("2", Where("reason", "dnsbl")),
        ("3", Where("zone", "zen.example.org")),
        ("4", Where("asn", "64500")),
        ("5", Where("kind", "connect")),
        ("5j", Where("verdict", "refused")),
        ("6", Where("client", "203.0.113.1")),
    ],
)
async def test_any_row_of_the_first_screen_opens(keys: str, part: Where) -> None:
    async with shown(size=(120, 40)) as at:
        await at.press(*keys, "enter")
        assert drilled(at).part == part
        await at.press("escape")
        assert not isinstance(at.screen, Drilldown)


FIELDS = sorted({*DRILLDOWN, "kind", "daemon", "client_name"})


def values() -> FakeMonitor:
    """A monitor that has something of every field."""
    monitor = busy()
    monitor.events = [event | {"queue_id": "3A10C", "relay_host": "mx.example.net"} for event in monitor.events]
    for view in VIEWS.values():
        by = getattr(view, "by", ())
        if by and by[0] not in monitor.groups:
            row: dict[str, Value] = {by[0]: f"some {by[0]}", "sessions": 3, "events": 4, "last": NOW, "first": NOW - 9}
            monitor.groups[by[0]] = [row]
    return monitor


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 10)], ids=str)
@pytest.mark.timeout(180)
async def test_each_kind_has_its_screen(size: tuple[int, int]) -> None:
    async with shown(values(), size=size) as at:
        for field in FIELDS:
            kind = DRILLDOWN.get(field, OTHER)
            await opened(at, Where(field, "192.0.2.0/24" if field in ("prefix", "network") else "7"))
            screen = drilled(at)
            assert screen.field == field
            assert [pane.view.name for pane in screen.panes] == [*(sight.view for sight in kind.sights), "lines"]
            assert [pane.number for pane in screen.panes] == list(range(1, len(screen.panes) + 1))
            seen = screen.visible_panes
            assert len(seen) >= (1 if size[0] < 80 else min(4, len(kind.sights)))
            assert seen[0].caption in at.text()
            if size[0] >= 80:
                assert seen[-1].view.name == "lines"
                assert all(pane.size.height >= 4 and pane.size.width >= 38 for pane in seen), field
            if size[0] >= 160:
                assert len(seen) == len(screen.panes), field
            await at.press("escape")


async def test_what_has_no_room_is_reached_by_its_digit() -> None:
    async with shown(size=(80, 24)) as at:
        await at.press("enter")
        screen = drilled(at)
        await at.press("8")
        assert screen.visible_panes == [at.pane("tests")]
        await at.press("9")
        assert screen.visible_panes == [at.pane("lines")]
        await at.press("escape")
        assert len(screen.visible_panes) == 5


async def test_slices_stack_and_peel_off() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("2", "enter", "enter")
        assert at.screen.crumbs == ("reason=dnsbl", "ip=203.0.113.1")
        assert at.screen.base == (Where("reason", "dnsbl"), Where("client", "203.0.113.1"))
        assert "mailtop › reason=dnsbl › ip=203.0.113.1" in at.lines()[0]
        await at.press("backspace")
        assert len(at.screen.base) == 1
        await at.press("q")
        assert not at.screen.base


async def test_the_chart_is_drawn_anew_only_when_its_numbers_change() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("enter")
        screen = drilled(at)
        drawn = screen.chart._lines
        assert drawn
        at.monitor.changed = True
        await at.later()
        assert screen.chart._lines is drawn
        at.monitor.groups["client"][0]["connections"] = 5000
        at.monitor.changed = True
        await at.later()
        assert screen.chart._lines is not drawn


async def test_the_covered_screen_is_not_asked_for() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("enter")
        at.monitor.asked.clear()
        at.monitor.changed = True
        await at.later()
        assert all(query.where for query in at.monitor.asked if not (isinstance(query, Query) and query.limit == 1000))


async def test_brackets_go_to_the_rows_beside_without_leaving() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("down", "enter")
        screen = drilled(at)
        await at.press("right_square_bracket")
        assert at.screen is screen
        assert screen.base == (Where("client", "203.0.113.3"),)
        assert "ip=203.0.113.3" in at.lines()[0]
        assert "connections 1,080" in at.lines()[2]
        # the rows hold still, however the numbers go on
        at.monitor.groups["client"].reverse()
        at.monitor.groups["client"][-1]["refused"] = 0
        await at.press("left_square_bracket", "left_square_bracket")
        assert screen.value == "203.0.113.1"
        await at.press("left_square_bracket")
        assert screen.value == "203.0.113.1"
        assert "no row beyond" in at.lines()[-1]
        await at.press("right_square_bracket", "escape")
        assert at.pane("clients").cursor == "203.0.113.2"


async def test_brackets_go_through_the_order_in_which_rows_stood() -> None:
    async with shown(size=(160, 50)) as at:
        await at.press("less_than_sign", "r", "enter", "right_square_bracket")
        assert drilled(at).value == "198.51.100.28"


async def test_keys_go_to_the_network_and_the_as_of_a_client() -> None:
    monitor = busy()
    monitor.groups["client"][0]["last.asn"] = 64500
    async with shown(monitor, size=(120, 40)) as at:
        await at.press("enter", "n")
        assert at.screen.base == (Where("prefix", "203.0.113.0/24"),)
        await at.press("escape", "a")
        assert at.screen.base == (Where("asn", "64500"),)
        await at.press("escape", "escape", "3", "enter", "n")
        assert "no network is known of it" in at.lines()[-1]


async def test_a_message_is_followed_from_its_connection_on() -> None:
    monitor = busy()
    first = monitor.events[0]
    monitor.groups["client"][0]["last.session"] = 12345
    newest_first = ("remove", "deliver", "connect")
    monitor.events = [first | {"kind": kind, "time": NOW - n} for n, kind in enumerate(newest_first)]
    async with shown(monitor, size=(120, 40)) as at:
        monitor.asked.clear()
        await opened(at, Where("client", "203.0.113.1"), Where("queue_id", "3A10C"))
        lives = {query.where for query in monitor.asked if isinstance(query, Listing)}
        assert lives == {(Where("session", "12345"), Where("queue_id", "3A10C", more=(None,)))}
        assert {query.span for query in monitor.asked} == {EVERYTHING}
        life = at.pane("life")
        kinds = [row.cells[1] for row in life.rows]
        assert kinds == ["connect", "deliver", "remove"]
        assert "oldest first" in at.text()


async def test_a_client_is_told_by_its_tries() -> None:
    monitor = busy()
    starts: tuple[tuple[float, int], ...] = ((NOW - 900, 1), (NOW - 300, 0), (NOW - 60, 0))
    monitor.groups["session"] = [
        {"session": n, "first": first, "last": first + 2.0, "refused": 0, "deferred": deferred, "greylisted": 0,
         "accepted": 1 - deferred}
        for n, (first, deferred) in enumerate(starts)
    ]  # fmt: skip
    async with shown(monitor, size=(160, 50)) as at:
        await at.press("enter")
        assert "Tries: 3, median gap 7m, back 10m after a 4xx and accepted" in at.text()
        tries = at.pane("tries")
        shown_by = {heading.title: i for i, heading in enumerate(tries.headings)}
        gaps = [row.cells[shown_by["GAP"]] for row in tries.rows]
        assert gaps == ["4m", "10m", ""]
        assert [row.cells[shown_by["TOOK"]] for row in tries.rows] == ["2s"] * 3


def test_gaps_are_told_only_where_the_newest_stand_first() -> None:
    from mailtop.views.view import with_gaps

    columns = ("session", "first", "last")
    made = with_gaps(Table(columns, ((2, 100.0, 110.0), (1, 40.0, 50.0)), (None, 40.0, 110.0)))
    assert made.rows == ((2, 100.0, 110.0, 50.0, 10.0), (1, 40.0, 50.0, None, 10.0))
    assert made.totals == (None, 40.0, 110.0, None, None)
    mixed = with_gaps(Table(columns, ((1, 40.0, 50.0), (2, 100.0, 110.0))))
    assert [row[3] for row in mixed.rows] == [None, None]
    overlapping = with_gaps(Table(columns, ((2, 45.0, 50.0), (1, 40.0, 60.0))))
    assert overlapping.rows[0][3] == 0.0
    assert with_gaps(Table(columns, ((1, None, None),))).rows == ((1, None, None, None, None),)


async def test_copy_gives_the_row_or_else_the_value() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("enter", "y")
        assert at.app.clipboard == "dnsbl:zen.example.org"
        at.monitor.groups["why"].clear()
        await at.later()
        at.monitor.changed = True
        await at.later()
        await at.press("y")
        assert at.app.clipboard == "203.0.113.1"
