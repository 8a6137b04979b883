"""RawLines: the lines of a slice as they stand in the log, read back from their files, archives among them.

    mailtop > Top clients > 203.0.113.77                              window 5m   LIVE
    - Raw lines of ip=203.0.113.77  2,380-2,395 of 2,408  following ------------------
     Nov 21 18:02:09 mx1 postfix/smtpd[292]: connect from unknown[203.0.113.77]
    >Nov 21 18:02:10 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from unknown[203~
    - 2026-11-21T18:02:10+00:00  /var/log/mail.log, octet 1,204,117 ------------------
     Nov 21 18:02:10 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from unknown[203.0.
     113.77]: 554 5.7.1 Service unavailable; ...                  the line in full
    Esc Back  f Follow  / Search  n Older  N Newer  y Copy  Y Report

The newest lines are at the bottom. While it follows, new ones appear there; a step up lets it stand still, a step
beyond the end goes on. What belongs to the slice is marked, and what is searched for. A line that cannot be read any
more shows what its event says, and why. What is held is RawPage's business (mailtop/tui/rawpage.py): a page, no more.

`/` looks from the line under the cursor towards older ones, `n` goes on, `N` the other way; a search through millions
of lines takes a while, says how far it is, and any key ends it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from time import monotonic
from typing import Any, ClassVar, Final, Literal

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Key, ScreenResume
from textual.screen import Screen
from textual.widgets import Input

from mailtop.query import Slice, Span
from mailtop.tui.cells import plain
from mailtop.tui.clipboard import copy_line, copy_report
from mailtop.tui.desk import Desk, window_name
from mailtop.tui.ink import Piece
from mailtop.tui.marking import marked, values_of
from mailtop.tui.rawlist import RawDetail, RawList
from mailtop.tui.rawpage import RawPage, RawRow, Sought
from mailtop.tui.slices import told
from mailtop.tui.status import Keys, Line, status_right

SLICE: Final = 0.03
"""seconds of reading, or searching, between which keys are answered"""

PAN: Final = 20
"""characters that Left and Right move by"""

LOOK_AGAIN: Final = 30.0
"""seconds after which it is tried again to read what could not be read: a rotation may have been under way"""

LONGEST: Final = 200
"""characters that may be searched for"""


class RawLines(Screen[None]):
    """See the module. `span`: None for the desk's window, which goes on."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-mid"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-short"), (30, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace,q,l", "leave", "Back", id="raw_back"),
        Binding("f,space,p", "follow", "Follow", tooltip="Follow new lines, or stand still", id="follow"),
        Binding("slash", "search", "Search", tooltip="Search, towards older lines", id="search"),
        Binding("n", "again('older')", "Older", tooltip="The next older line that has it", id="search_older"),
        Binding("N", "again('newer')", "Newer", tooltip="The next newer line that has it", id="search_newer"),
        Binding("y", "copy", "Copy", tooltip="Copy the line", id="copy_line"),
        Binding("Y", "report", "Report", tooltip="Copy a report for an abuse mail", id="copy_raw_report"),
        Binding("down,j", "move(1)", "Newer line", show=False),
        Binding("up,k", "move(-1)", "Older line", show=False),
        Binding("pagedown", "page(1)", "A page towards newer lines", show=False),
        Binding("pageup", "page(-1)", "A page towards older lines", show=False),
        Binding("home,g", "oldest", "Oldest line", show=False),
        Binding("end,G", "newest", "Newest line; follow", show=False),
        Binding("left", f"pan(-{PAN})", "To the left", show=False),
        Binding("right", f"pan({PAN})", "To the right", show=False),
        Binding("minus", "window(1)", "Longer window", show=False),
        Binding("plus,equals_sign", "window(-1)", "Shorter window", show=False),
        Binding("0", "window(0)", "All that is held", show=False),
        Binding("ctrl+r", "look_again", "Try again to read what could not be read", show=False),
        Binding("question_mark,f1", "help", "Help", show=False, id="raw_help"),
    ]

    def __init__(self, desk: Desk, where: Slice, span: Span | None = None, crumbs: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.desk = desk
        self.where = where
        self.fixed = span
        self.crumbs = crumbs
        self.sought = ""
        self.values = values_of(where)
        self.pages = RawPage(desk.core, where, self.span)
        ascii_only = desk.ascii_only
        self.status = Line(ascii_only=ascii_only, id="status")
        self.list = RawList(ascii_only=ascii_only, id="raw")
        self.detail = RawDetail(ascii_only=ascii_only, id="detail")
        hints = (("Esc", "Back"), ("f", "Follow"), ("/", "Search"), ("n", "Older"), ("N", "Newer"), ("y", "Copy"),
                 ("Y", "Report"), ("?", "Help"))  # fmt: skip
        self.keys = Keys(hints, ascii_only=ascii_only, id="keys")
        self._tried_at = desk.clock()
        self._reading: Iterator[None] | None = None
        self._searching: Iterator[Sought] | None = None
        self._state = Sought(0)
        self._towards: Literal["older", "newer"] = "older"

    def span(self) -> Span:
        """The stretch of time that is asked about."""
        return self.desk.span() if self.fixed is None else self.fixed

    # -- layout ----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """What it is about, the lines, the one that is looked at, the keys."""
        yield self.status
        yield self.list
        yield self.detail
        yield self.keys

    def on_mount(self) -> None:
        """Lines at once."""
        self.list.focus()
        self.call_after_refresh(self.draw)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Covered screens are not drawn: catch up."""
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        """Another page has room."""
        self.call_after_refresh(self.draw)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Ask for the page and show it; lines whose text is not there yet follow."""
        for _ in self.drawing():
            pass

    def drawing(self) -> Iterator[None]:
        """As `mailtop.tui.frame.Frame.drawing`."""
        if not self.is_attached or not self.is_current:
            return
        page = self.pages
        page.height = self.list.shown
        if self.desk.clock() - self._tried_at >= LOOK_AGAIN:
            self._tried_at = self.desk.clock()
            page.look_again()
        try:
            page.ask()
        except ValueError as error:
            self.keys.tell(str(error), "warn")
            return
        yield
        self._reading = page.reading()
        self._read()

    def _read(self) -> None:
        """Read back what is missing for a while, show, and go on when keys have been answered."""
        began = monotonic()
        for _ in self._reading or ():
            if monotonic() - began > SLICE:
                self.set_timer(0.001, self._read)
                break
        else:
            self._reading = None
        self.show()

    def show(self) -> None:
        """Show the page as far as it has been read."""
        page = self.pages
        lines = [tuple(self._pieces(row)) for row in page.rows]
        self.list.empty = "no line in this window: - makes it longer, 0 is all that is held"
        self.list.show(lines, page.index(page.cursor))
        self.list.set_title(self._title(), self._note())
        self._say_detail(page.current)
        status = self.desk.core.status()
        left: list[Piece] = [("mailtop", "title")]
        apart = " > " if self.desk.ascii_only else " \u203a "
        for crumb in self.crumbs:
            left += [(apart, "faint"), (self._plain(crumb), "key")]
        self.status.say(left, status_right(self.desk, status))

    def _pieces(self, row: RawRow) -> list[Piece]:
        """One line: its text; what its event says while that is not read, or where it is lost."""
        text = self.pages.texts.get(row.at)
        if text is None:
            lost = self.pages.why_lost(row) is not None
            return [("[lost] " if lost else "", "warn"), (self._plain(row.told), "soft")]
        own = (str(row.fields[name]) for name in ("client", "queue_id") if row.fields[name])
        return marked(self._plain(text), (*own, *self.values), self.sought)

    def _say_detail(self, row: RawRow | None) -> None:
        if row is None:
            self.detail.say([], [])
            return
        time, offset = row.fields["time"], row.fields["utc_offset"]
        title: list[Piece] = []
        if isinstance(time, int | float):
            zone = timezone(timedelta(minutes=offset if isinstance(offset, int) else 0))
            title.append((datetime.fromtimestamp(time, zone).isoformat(), "key"))
        source, _, place = row.at
        title.append((f"  {self._plain(source)}" + (f", octet {place:,}" if row.at[1] >= 0 else ""), "soft"))
        why = self.pages.why_lost(row)
        if why is not None and row.at not in self.pages.texts:
            said: list[Piece] = [(self._plain(f"cannot be read back: {why}"), "warn")]
            self.detail.say(title, [*said, (f"   {self._plain(row.told)}", "soft")])
        else:
            self.detail.say(title, self._pieces(row))

    def _title(self) -> list[Piece]:
        parts = "  ".join(told(self.where))
        title: list[Piece] = [("Raw lines", "title")]
        return [*title, (" of ", "note"), (self._plain(parts), "key")] if parts else title

    def _note(self) -> list[Piece]:
        page = self.pages
        note: list[Piece] = []
        if page.total:
            last = page.total - page.below
            note.append((f"{last - len(page.rows) + 1:,}-{last:,} of {page.total:,}", "note"))
        if self.sought:
            note.append((f"  /{self._plain(self.sought)}", "warn"))
        if self.desk.pause is not None and self.fixed is None:
            note.append(("  paused", "warn"))
        elif self.fixed is None:
            note.append(("  following", "state") if page.following else ("  standing still: f follows", "warn"))
        return note

    def _plain(self, text: str) -> str:
        # A line is longer than the values that `plain` is made for, which cuts what it is given.
        return "".join(plain(text[at : at + 500], self.desk.ascii_only) for at in range(0, len(text), 500))

    # -- moving ----------------------------------------------------------------------------------------------------

    def on_key(self, event: Key) -> None:
        """Any key takes a message away, and ends a search."""
        self._searching = None
        self.keys.tell("")

    def action_move(self, lines: int) -> None:
        """Up or down."""
        self.pages.move(lines)
        self.draw()

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.action_move(pages * max(1, self.list.shown - 1))

    def action_oldest(self) -> None:
        """To the first line there is."""
        self.pages.go(self.pages.total - 1)
        self.draw()

    def action_newest(self) -> None:
        """To the end, and on with it."""
        self.pages.follow()
        self.draw()

    def action_follow(self) -> None:
        """Follow, or stand still."""
        if self.pages.following:
            self.pages.stand()
        else:
            self.pages.follow()
        self.draw()

    def action_pan(self, characters: int) -> None:
        """Sideways."""
        self.list.pan(characters)

    def action_window(self, step: int) -> None:
        """Longer, shorter, or everything; to its end."""
        if self.fixed is not None:
            self.keys.tell("these are the lines of a fixed stretch of time", "warn")
            return
        if step == 0:
            self.desk.window = None
        else:
            self.desk.zoom_time(step)
        self.keys.tell(f"window {window_name(self.desk.window)}", "soft")
        self.action_newest()

    def action_look_again(self) -> None:
        """Try what could not be read."""
        self.pages.look_again()
        self.draw()

    def action_leave(self) -> None:
        """Back to where it was asked."""
        self._reading = self._searching = None
        self.dismiss()

    def action_help(self) -> None:
        """The keys."""
        from mailtop.tui.help import Help

        self.app.push_screen(Help((type(self), RawList, type(self.app)), [], self.desk.ascii_only))

    # -- hands -----------------------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """The line under the cursor, whole."""
        row = self.pages.current
        text = None if row is None else self.pages.texts.get(row.at)
        self.keys.tell(copy_line(self.app, text) if text else "there is no line to copy", "good" if text else "warn")

    def action_report(self) -> None:
        """A report about the slice."""
        self.keys.tell(copy_report(self.app, self.desk, self.where, self.pages.pinned or self.span()))

    # -- search ----------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type what to look for."""
        if not self.query("SearchBar"):
            self.mount(SearchBar(self.sought, self.desk.ascii_only), after=self.keys)
            self.keys.display = False

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Mark it at once where it can be seen."""
        event.stop()
        self.sought = event.value
        self.show()

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self.close_search(kept=True)
        self._search("older", self.pages.cursor)

    async def close_search(self, kept: bool) -> None:
        """Typing is over."""
        if not kept:
            self.sought = ""
        await self.query("SearchBar").remove()
        self.keys.display = True
        self.list.focus()
        self.show()

    def action_again(self, towards: Literal["older", "newer"]) -> None:
        """The next line that has it, this way or the other."""
        if not self.sought:
            self.action_search()
        else:
            self._search(towards, self.pages.cursor + (1 if towards == "older" else -1))

    def _search(self, towards: Literal["older", "newer"], start: int) -> None:
        if self.sought:
            self._towards = towards
            self._state = Sought(0)
            self._searching = self.pages.search(self.sought, towards, start)
            self._seek()

    def _seek(self) -> None:
        """Search for a while, say how far it is, and go on when keys have been answered."""
        began = monotonic()
        if self._searching is None:  # a key has ended it
            return
        for state in self._searching:
            self._state = state
            if state.found is None and monotonic() - began > SLICE:
                self.keys.tell(f"searching towards {self._towards} lines: {state.looked:,} looked through", "soft")
                self.set_timer(0.001, self._seek)
                return
        state, self._searching = self._state, None
        if state.found is not None:
            self.keys.tell("")
            self.pages.go(state.found)
        else:
            lost = f", {state.unreadable:,} of them cannot be read" if state.unreadable else ""
            self.keys.tell(
                f"no {self._towards} line has {self.sought!r}: {state.looked:,} looked through{lost}", "warn"
            )
        self.draw()


class SearchBar(Horizontal):
    """The line in which it is typed what to look for: Enter searches, Escape drops it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "drop", "Drop the search", show=False)]

    def __init__(self, text: str, ascii_only: bool = False) -> None:
        super().__init__(id="searchbar")
        self._text = text
        self._prompt = Line(ascii_only=ascii_only, id="search-prompt")

    def compose(self) -> ComposeResult:
        """The prompt, the line."""
        yield self._prompt
        yield Input(self._text, max_length=LONGEST, compact=True, select_on_focus=True)

    def on_mount(self) -> None:
        """Ready to type."""
        self._prompt.say([("search", "soft")])
        self.query_one(Input).focus()

    async def action_drop(self) -> None:
        """Take it back."""
        if isinstance(self.screen, RawLines):
            await self.screen.close_search(kept=False)


def open_raw_lines(
    app: App[Any], desk: Desk, where: Slice = (), span: Span | None = None, crumbs: tuple[str, ...] = ()
) -> None:
    """Show the lines of a slice on top of the screen; of the desk's window, which goes on, or of a fixed span."""
    app.push_screen(RawLines(desk, where, span, (*crumbs, "Raw lines")))
