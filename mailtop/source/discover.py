"""discover: which log to read when none is named, and whether the named ones can be read.

Every refusal is a `SourceError`: one line that says what was found and what to do.
"""

import os
from collections.abc import Callable, Sequence
from typing import Final

from mailtop.source.readback import open_log
from mailtop.source.refusal import SourceError, explain, unlike_a_file

USUAL: Final = (
    "/var/log/mail.log",  # Debian, Ubuntu
    "/var/log/maillog",  # Red Hat, SUSE, FreeBSD
    "/var/log/mail/mail.log",
    "/var/log/mail.info",
    "/var/log/mail",
    "/var/log/postfix.log",
    "/var/log/exim4/mainlog",  # Debian
    "/var/log/exim/main.log",  # Red Hat
    "/var/log/exim_mainlog",  # cPanel
    "/var/log/syslog",
    "/var/log/messages",
)
"""where mail logs usually are, the likeliest first"""


class NoLogError(SourceError):
    """There is no log at any of the usual places."""


def discover(paths: Sequence[str] = USUAL, opener: Callable[[str], int] = open_log) -> str:
    """The first of the usual logs that can be read. SourceError says what to do when it cannot be;
    NoLogError, when there is none."""
    refused: list[str] = []
    for path in paths:
        try:
            reason = _unlike(path, opener)
        except FileNotFoundError:
            continue
        except OSError as error:
            refused.append(explain(path, error))
            continue
        if reason is None:
            return path
    if refused:
        raise SourceError(refused[0])
    raise NoLogError(
        "no mail log at any of the usual places, nor mail in the journal; name a log (`mailtop /path/to/mail.log`), "
        "or see a simulated storm (`mailtop demo`)"
    )


def check(path: str, opener: Callable[[str], int] = open_log, may_come: bool = True) -> None:
    """Nothing when `path` can be read as a file. SourceError with what to do when it cannot.

    A file that is not there passes when its directory is and it `may_come` yet: following waits for it.
    """
    try:
        reason = _unlike(path, opener)
    except FileNotFoundError as error:
        folder = os.path.dirname(os.path.abspath(path))
        if may_come and os.path.isdir(folder):
            return
        raise SourceError(explain(path, error)) from None
    except OSError as error:
        raise SourceError(explain(path, error)) from None
    if reason is not None:
        raise SourceError(reason)


def _unlike(path: str, opener: Callable[[str], int]) -> str | None:
    """Why what is at `path` cannot be followed as a file; None when it can. OSError when it cannot be opened."""
    fd = opener(path)
    try:
        return unlike_a_file(path, os.fstat(fd).st_mode)
    finally:
        os.close(fd)
