"""Terminal: what this terminal can show, decided from its environment before anything is drawn.

The screen is drawn on standard error and keys are read from standard input (Textual's choice). Log text may come down
standard input; then keys are read from the terminal itself.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from mailtop.source.stdin import keys_from
from mailtop.tui.theme import NAMES


@dataclass(frozen=True, slots=True)
class Terminal:
    """`problem` is why there can be no screen, in one line; `theme` fits the colours; `no_color` asks for none."""

    problem: str = ""
    ascii_only: bool = False
    theme: str = "mailtop"
    no_color: bool = False
    mouse: bool = True


def terminal(
    environ: Mapping[str, str],
    *,
    is_tty: bool,
    encoding: str,
    theme: str | None = None,
    ascii_only: bool = False,
    mouse: bool | None = None,
) -> Terminal:
    """Decide. `is_tty`: standard error is a terminal; `encoding`: of it; the rest is what the user settled."""
    term = environ.get("TERM", "")
    instead = "; `mailtop report` prints the same views as text"
    if not is_tty:
        return Terminal("standard error is not a terminal" + instead)
    if term in ("dumb", "unknown", ""):
        return Terminal(f"TERM={term or '(not set)'} cannot show a screen" + instead)
    if theme is not None and theme not in NAMES:
        return Terminal(f"no theme {theme!r}; there are {', '.join(NAMES)}")
    no_color = bool(environ.get("NO_COLOR"))
    many = "256" in term or environ.get("COLORTERM", "") in ("truecolor", "24bit") or _modern(term)
    light = theme in ("mailtop-light", "ansi-light")
    plainest = "ansi-light" if light else "ansi-dark"
    remote = "SSH_CONNECTION" in environ or "SSH_TTY" in environ
    return Terminal(
        ascii_only=ascii_only or term == "linux" or not _speaks_utf8(environ, encoding),
        theme=plainest if no_color or not many else theme or "mailtop",
        no_color=no_color,
        mouse=not remote if mouse is None else mouse,
    )


def _modern(term: str) -> bool:
    return any(name in term for name in ("kitty", "alacritty", "ghostty", "wezterm", "foot", "direct"))


def _speaks_utf8(environ: Mapping[str, str], encoding: str) -> bool:
    """By the locale's variables: under LC_ALL=C Python writes UTF-8 all the same, and the terminal shows rubbish."""
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if encoding.lower().replace("-", "") != "utf8":
        return False
    return "UTF-8" in locale.upper() or "UTF8" in locale.upper()


def keys_from_terminal() -> str:
    """Let standard input be the terminal, if it is not; why that cannot be, or an empty text.

    Who wants what came down standard input must have duplicated the descriptor before.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        return ""
    try:
        keys_from()
    except OSError as error:
        return f"no terminal to read keys from: {error.strerror}; `mailtop report` prints the same views as text"
    return ""
