"""refusal: why a log cannot be read, in one line that says what to do about it.

In: a path and the operating system's error. Out: the line. Where permission is missing, the group that has it is
named, as far as the owner of the file (or of the directory that bars the way to it) tells.

BUGS: access control lists, SELinux and AppArmor are not looked into.
"""

import grp
import os
import pwd
import stat
from contextlib import suppress
from typing import Final

_ROOT: Final = 0


class SourceError(Exception):
    """One line that says why a log cannot be read and what to do."""


def explain(path: str, error: OSError) -> str:
    """One line for an error of the operating system, with what to do about it."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return f"{path}: there is no such file"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a directory; name a log file in it"
    if isinstance(error, PermissionError):
        return f"{path}: permission denied; {_way_in(path)}"
    return f"{path}: {error.strerror or error}"


def unlike_a_file(path: str, mode: int) -> str | None:
    """One line when what is at `path`, whose mode is `mode`, cannot be followed as a file; None when it can."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return explain(path, IsADirectoryError())
    kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    return f"{path} is {kind}, not a file; give what it holds on standard input: `mailtop - < {path}`"


def _way_in(path: str) -> str:
    """Who may read it, and how to become one of them."""
    with suppress(OSError, KeyError):
        barrier, needed = _barrier(path)
        if barrier.st_gid != _ROOT and barrier.st_mode & needed == needed:
            group = grp.getgrgid(barrier.st_gid)
            with_sudo = "or run mailtop with sudo"
            if barrier.st_gid in (os.getegid(), *os.getgroups()):
                return f"although you are in group {group.gr_name} (an access list, SELinux or AppArmor?); {with_sudo}"
            if pwd.getpwuid(os.geteuid()).pw_name in group.gr_mem:
                return f"you are in its group {group.gr_name} once you log in again, {with_sudo}"
            return (
                f"it is readable by group {group.gr_name}: "
                f"run `sudo usermod -aG {group.gr_name} $USER` and log in again, {with_sudo}"
            )
    return "only its owner may: run mailtop with sudo"


def _barrier(path: str) -> tuple[os.stat_result, int]:
    """What bars the way, the file itself or a directory on the way to it, and the permission that it would take."""
    try:
        return os.stat(path), stat.S_IRGRP
    except PermissionError:
        pass
    folder = os.path.dirname(os.path.abspath(path))
    while True:
        with suppress(PermissionError):
            return os.stat(folder), stat.S_IXGRP
        folder = os.path.dirname(folder)
