"""The drill-down: who a client is, what it did, who stands beside it, down to the raw lines."""

# ruff: noqa: RUF001

import pytest

from mailtop.query import Listing, Query, Where
from mailtop.tui.drilldown import Drilldown
from tests.tui.fake import busy
from tests.tui.screen import shown


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50), (40, 10)])
async def test_a_client_has_its_screen(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        await at.press("enter")
        lines = at.lines()
        assert isinstance(at.screen, Drilldown)
        assert "203.0.113.1" in lines[0] + lines[1]
        if size[0] >= 80:
            assert "mailtop › Top clients › 203.0.113.1" in lines[0]
            assert "AS64500 EXAMPLE-NET" in lines[1]
            assert ("203.0.113.0/24" in lines[1]) == (size[0] >= 100)
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
        for query in at.monitor.asked:
            by = query.by if isinstance(query, Query) else ()
            if by == ("client",) and isinstance(query, Query) and len(query.measures) > 1:
                assert query.where in ((of_client,), (Where("prefix", "203.0.113.0/24"),))
            elif by != ("client",) and of_client not in query.where:
                pytest.fail(f"asked without the client: {query}")


async def test_neighbours_share_the_prefix() -> None:
    async with shown(size=(160, 50)) as at:
        await at.press("enter")
        assert {row.key.rsplit(".", 1)[0] for row in at.pane("clients").rows} == {"203.0.113"}


async def test_raw_lines_are_read_back_for_rows_that_can_be_seen() -> None:
    monitor = busy()
    monitor.raw = {0: "Nov 21 18:02:11 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from unknown"}
    async with shown(monitor, size=(160, 50)) as at:
        await at.press("enter")
        assert "NOQUEUE: reject: RCPT from unknown" in at.text()
        assert "info@example.org" in at.lines()[-4] or "smtpd" in at.text()
        assert any(isinstance(query, Listing) for query in monitor.asked)


@pytest.mark.parametrize(
    ("digit", "crumb", "field"), [("2", "dnsbl", "reason"), ("3", "zen.example.org", "zone"), ("4", "AS64500", "asn")]
)
async def test_any_row_opens(digit: str, crumb: str, field: str) -> None:
    async with shown(size=(120, 40)) as at:
        await at.press(digit, "enter")
        screen = at.screen
        assert isinstance(screen, Drilldown)
        assert screen.crumbs[-1] == crumb
        assert screen.field == field
        await at.press("escape")
        assert not isinstance(at.screen, Drilldown)


async def test_slices_stack_and_peel_off() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("2", "enter", "3", "enter")
        assert at.screen.crumbs == ("Reject reasons", "dnsbl", "203.0.113.1")
        assert at.screen.base == (Where("reason", "dnsbl"), Where("client", "203.0.113.1"))
        await at.press("escape")
        assert len(at.screen.base) == 1
        await at.press("q")
        assert not at.screen.base


async def test_the_chart_is_drawn_anew_only_when_its_numbers_change() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("enter")
        screen = at.screen
        assert isinstance(screen, Drilldown)
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
