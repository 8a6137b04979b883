"""LookBack: a screen of panes on which one can look back in time. `t` opens a cursor on a line of its own (`Timeline`);
the arrow keys move it, all panes show the window that ends there, and Space is back at now.

While it is not open it costs one comparison a drawing. The cursor is the desk's: a screen that is opened on top of this
one shows the same moment.

BUGS: a moment is shown as it is known now: what later lines told of earlier ones (a name, why a session ended) is known
already.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType

from mailtop.tui.frame import Frame
from mailtop.tui.timeline import Timeline

FAR: Final = 10
"""bars that a long step goes"""

HINT: Final = "Left Right: a bar   , .: ten   Enter: take the bar   Space: back to now"


class LookBack(Frame):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "look_back", "Time cursor: look back", show=False, id="look_back"),
        Binding("left", "scrub(-1)", "Time cursor: back", show=False, id="time_back"),
        Binding("right", "scrub(1)", "Time cursor: on", show=False, id="time_on"),
        Binding("shift+left,comma", f"scrub({-FAR})", "Time cursor: ten bars back", show=False, id="time_far_back"),
        Binding("shift+right,full_stop", f"scrub({FAR})", "Time cursor: ten bars on", show=False, id="time_far_on"),
    ]
    _timeline: Timeline | None = None
    _behind = False

    @property
    def timeline(self) -> Timeline | None:
        """The timeline while it is open."""
        return self._timeline if self._timeline is not None and self._timeline.display else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The arrow keys are the time cursor's only while it is open."""
        return self.desk.cursor is not None if action == "scrub" else super().check_action(action, parameters)

    def action_look_back(self) -> None:
        """Open the time cursor, or let the keys go to it again."""
        if self.desk.look_back():
            self.draw()
            if self.timeline is not None:
                self.call_after_refresh(self.timeline.focus)
            self.keys.tell(HINT, "soft")
        else:
            self.keys.tell("there is nothing to look back on yet", "soft")

    def action_scrub(self, by: int) -> None:
        """Move the time cursor."""
        if self.timeline is not None:
            self.timeline.move(by)

    @on(Timeline.Moved)
    def _moved(self, event: Timeline.Moved) -> None:
        """Let the panes follow once all keys that wait have been heard: holding one down must not pile up drawings."""
        event.stop()
        if not self._behind:
            self._behind = True
            self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        self._behind = False
        self.draw()

    @on(Timeline.Left)
    def _left(self, event: Timeline.Left) -> None:
        """Back to now."""
        event.stop()
        if self.desk.cursor is not None:
            self.desk.toggle_pause()
        self.draw()

    def drawing(self) -> Iterator[None]:
        """As every frame; and the timeline, while there is one."""
        if (self.desk.cursor is None) != (self.timeline is None):
            self._open_or_close()
        yield from super().drawing()
        if self.timeline is not None:
            self.timeline.draw(self.where, self.desk.core.status())

    def _open_or_close(self) -> None:
        if not self.is_attached:
            return
        if self._timeline is None:
            self._timeline = Timeline(self.desk)
            self.mount(self._timeline, before="#panes")
            return
        if self._timeline.has_focus:
            self.current.focus()
        self._timeline.display = not self._timeline.display
        if not self._timeline.display:
            self.keys.tell("")
