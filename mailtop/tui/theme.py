"""Themes: what the inks look like. Blue for what moves, orange for what is refused; a word always comes first.

Five themes. Colours are taken from the 256-colour table, because that is what most terminals get over SSH, where
COLORTERM is not forwarded: there they arrive as they were meant, and with 24-bit colour they look the same.
"""

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

_INK_NAMES: Final = ("rule", "faint", "soft", "head", "key", "title", "bad", "warn", "good", "trend", "ember")
_ROW_NAMES: Final = ("cursor", "cursor-ink", "rest", "paused", "paused-ink", "focus")


def _theme(name: str, dark: bool, ground: str, text: str, inks: str, rows: str) -> Theme:
    """A theme from a ground, a text colour, and colours in the order of the names above."""
    colours = dict(zip(_INK_NAMES, inks.split(), strict=True)) | dict(zip(_ROW_NAMES, rows.split(), strict=True))
    return Theme(
        name=name,
        dark=dark,
        ansi=name.startswith("ansi"),
        primary=colours["trend"],
        warning=colours["warn"],
        error=colours["bad"],
        success=colours["good"],
        accent=colours["focus"],
        foreground=text,
        background=ground,
        surface=ground,
        panel=ground,
        boost=ground,
        variables=(BUILTIN_THEMES[name].variables if name in BUILTIN_THEMES else {})
        | {f"ink-{key}": colour for key, colour in colours.items()},
    )


THEMES: Final = (
    _theme(
        "mailtop", True, "#121212", "#d0d0d0",
        "#444444 #6c6c6c #9e9e9e #808080 #ffffff #d0d0d0 #ff875f #ffaf5f #87afd7 #5f87af #d7875f",
        "#005f87 #ffffff #262626 #ffaf5f #121212 #5fafff",
    ),
    _theme(
        "mailtop-light", False, "#ffffff", "#303030",
        "#bcbcbc #949494 #626262 #767676 #000000 #303030 #d75f00 #af5f00 #005faf #5f87af #d7875f",
        "#afd7ff #000000 #eeeeee #d75f00 #ffffff #005faf",
    ),
    _theme(
        "high-contrast", True, "#000000", "#ffffff",
        "#8a8a8a #bcbcbc #e4e4e4 #ffffff #ffffff #ffffff #ffaf00 #ffff00 #5fd7ff #5fd7ff #ffaf00",
        "#ffffff #000000 #303030 #ffff00 #000000 #5fd7ff",
    ),
    _theme(
        "ansi-dark", True, "ansi_default", "ansi_default",
        "ansi_default ansi_default ansi_default ansi_default ansi_default ansi_default ansi_bright_red ansi_yellow "
        "ansi_cyan ansi_blue ansi_red",
        "ansi_blue ansi_bright_white ansi_default ansi_yellow ansi_black ansi_cyan",
    ),
    _theme(
        "ansi-light", False, "ansi_default", "ansi_default",
        "ansi_default ansi_default ansi_default ansi_default ansi_default ansi_default ansi_red ansi_red ansi_blue "
        "ansi_blue ansi_red",
        "ansi_cyan ansi_black ansi_default ansi_red ansi_white ansi_blue",
    ),
)  # fmt: skip

NAMES: Final = tuple(theme.name for theme in THEMES)
