"""series: which files are one log: the one that is written to, and what was rotated away from it.

In: the paths that were named. Out: for each log its files, the oldest first. Known are the names that logrotate(8),
savelog(8) and newsyslog(8) give, packed or not:

    mail.log.1  mail.log.2.gz          counted: the higher the older
    mail.log-20261101.gz  mail.log.20261101  mail-20261101.log.gz          dated, with hours or seconds where they are

Where both kinds lie side by side, or a number says nothing, the time of the last change decides. Exim's rejectlog is a
copy of what its mainlog has as well, and is left out where both are named.

BUGS: other directories (logrotate's `olddir`) are not searched.
"""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from mailtop.source.packed import is_packed

MOST: Final = 4096
"""entries of a directory that are looked at, at most"""

_DATE: Final = r"(?P<date>(?:19|20)\d{6}(?:[-_T.]?\d{2,10})?|(?:19|20)\d\d-\d\d-\d\d)"
_PACKED: Final = r"(?P<packed>\.(?:gz|bz2|xz|zst))?"
_BEHIND = re.compile(rf"(?P<base>.+?)(?:\.(?P<count>\d{{1,4}})|[-._]{_DATE}){_PACKED}")
_WITHIN = re.compile(rf"(?P<stem>.+?)[-._]{_DATE}(?P<end>\.(?:log|txt)){_PACKED}")


class Series(NamedTuple):
    """One log."""

    name: str
    """the path that it is called by: that of the file written to, whether or not it is among `files`"""
    files: tuple[str, ...]
    """the oldest first"""
    live: bool
    """the last of the files is the one written to; an archive never is"""


class Rotated(NamedTuple):
    """What a name says of a rotated file."""

    base: str
    """the path of the log it was"""
    number: int | None
    date: str
    packed: bool


def rotated(path: str) -> Rotated | None:
    """What the name of a rotated file says; None for a name that is none."""
    folder, name = os.path.split(path)
    if found := _WITHIN.fullmatch(name):
        base = found["stem"] + found["end"]
    elif found := _BEHIND.fullmatch(name):
        base = found["base"]
    else:
        return None
    count = found.groupdict().get("count")
    digits = re.sub(r"\D", "", found["date"] or "")
    return Rotated(os.path.join(folder, base), None if count is None else int(count), digits, bool(found["packed"]))


def rotations(path: str) -> list[str]:
    """What was rotated away from a log and lies beside it, the oldest first."""
    folder = os.path.dirname(path)
    found: list[str] = []
    with suppress(OSError), os.scandir(folder or ".") as entries:
        for entry, _ in zip(entries, range(MOST), strict=False):
            beside = os.path.join(folder, entry.name)
            told = rotated(beside)
            if told is not None and told.base == path and entry.is_file():
                found.append(beside)
    return in_order(found)


def in_order(paths: Iterable[str]) -> list[str]:
    """Files of one log, the oldest first; an archive whose original is there as well is left out."""
    known = dict.fromkeys(paths)
    told = {path: about for path in known if (about := rotated(path)) is not None}
    whole = {path for path, about in told.items() if not about.packed}
    twice = {path for path, about in told.items() if about.packed and os.path.splitext(path)[0] in whole}
    rest = [path for path in told if path not in twice]
    if all(told[path].number is not None for path in rest):
        rest.sort(key=lambda path: -(told[path].number or 0))
    elif all(told[path].date for path in rest):
        rest.sort(key=lambda path: told[path].date.ljust(18, "0"))
    else:
        rest.sort(key=_changed)
    return rest + [path for path in known if path not in told]


def series(paths: Iterable[str], with_rotated: bool = False) -> list[Series]:
    """The logs that the named files make up, in the order in which they were named; `with_rotated` adds what was
    rotated away from each."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        told = rotated(path)
        groups.setdefault(path if told is None else told.base, []).append(path)
    made = []
    for name, named in groups.items():
        files = in_order([*(rotations(name) if with_rotated else ()), *named])
        if len(files) == 1:
            name = files[0]
        made.append(Series(name, tuple(files), files[-1] == name and not is_packed(name)))
    return made


def without_copies(logs: Iterable[Series]) -> tuple[list[Series], list[str]]:
    """The logs without Exim's rejectlogs whose mainlog is among them; and one line for each of these."""
    found = list(logs)
    names = {log.name for log in found}
    kept: list[Series] = []
    notices: list[str] = []
    for log in found:
        folder, name = os.path.split(log.name)
        main = os.path.join(folder, name.replace("reject", "main", 1))
        if main != log.name and main in names and name.removeprefix("exim_").startswith(("rejectlog", "reject.log")):
            notices.append(f"{log.name} is not read: what it has is in {main} as well")
        else:
            kept.append(log)
    return kept, notices


def _changed(path: str) -> float:
    with suppress(OSError):
        return os.stat(path).st_mtime
    return 0.0
