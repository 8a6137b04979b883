"""The App between its pulses."""

from mailtop.tui.app import MailtopApp
from tests.tui.fake import FakeMonitor, Settings


async def test_what_arrives_is_taken_in_at_the_hint_and_not_only_at_the_pulse() -> None:
    monitor = FakeMonitor(changed=False)
    app = MailtopApp(monitor, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        app.pulse = lambda: None  # type: ignore[method-assign]
        await pilot.pause(0.1)
        monitor.changed = True
        assert monitor.hint is not None
        monitor.hint()
        await pilot.pause(0.05)
        assert not monitor.changed, "nobody took it in"
    monitor.hint()  # after the end: nobody is there, and nothing happens
