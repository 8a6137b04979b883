"""Clipboard: text on its way to the clipboard of the terminal, by OSC 52: also over SSH, where the terminal lets it.

A terminal takes so much and no more, and says nothing when it is too much; what is longer than MOST is cut at a line's
end, and that is said. Nothing tells whether it has arrived: what is told here is what was sent.
"""

from typing import Any, Final

from textual.app import App

from mailtop.query import Slice, Span
from mailtop.tui.cells import plain
from mailtop.tui.desk import Desk

MOST: Final = 56_000
"""octets, 74,668 when encoded: xterm and those who do as it does take 74,994"""


def copy_text(app: App[Any], text: str) -> bool:
    """Send a text of several lines, with no other control character than their ends; whether all of it went."""
    lines = ("".join(_pieces(line)) for line in text.split("\n"))
    whole = "\n".join(lines)
    sent = whole
    if len(whole.encode()) > MOST:
        sent = whole.encode()[:MOST].decode("utf-8", "ignore")
        sent = sent[: sent.rfind("\n") + 1] or sent
    app.copy_to_clipboard(sent)
    return sent == whole


def _pieces(line: str) -> list[str]:
    """A line of any length, harmless: `plain` cuts what is longer than a value."""
    return [plain(line[at : at + 500]) for at in range(0, len(line), 500)]


def copy_line(app: App[Any], text: str) -> str:
    """Send one line; what is to be said of it."""
    copy_text(app, text)
    return f"copied {text}"


def copy_report(app: App[Any], desk: Desk, where: Slice, span: Span) -> str:
    """Send a report about a slice, ready to be pasted into a mail to an abuse desk; what is to be said of it."""
    if desk.abuse is None:
        return "this screen was started without a writer of reports"
    text = desk.abuse(desk.core, where, span)
    whole = copy_text(app, text)
    about = text.partition("\n")[0]
    return f"copied {text.count(chr(10))} lines: {about}" + ("" if whole else " (cut: too long for a clipboard)")
