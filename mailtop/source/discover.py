"""discover: which log to read when none is named, and whether the named ones can be read.

Every refusal is a `SourceError`: one line that says what was found and what to do.
"""

import os
from collections.abc import Sequence
from typing import Final

from mailtop.source.tail import SourceError, explain

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


def discover(paths: Sequence[str] = USUAL) -> str:
    """The first of the usual logs that can be read. SourceError says what to do when there is none."""
    refused: list[str] = []
    for path in paths:
        try:
            with open(path, "rb", buffering=0):
                return path
        except FileNotFoundError:
            continue
        except OSError as error:
            if not isinstance(error, IsADirectoryError):
                refused.append(explain(path, error))
    if refused:
        raise SourceError(refused[0])
    raise SourceError(
        "no mail log at any of the usual places; name one (`mailtop /path/to/mail.log`), "
        "read the journal (`journalctl -f | mailtop -`), or see a simulated storm (`mailtop demo`)"
    )


def check(path: str) -> None:
    """Nothing when `path` can be read as a file. SourceError with what to do when it cannot.

    A file that is not there passes when its directory is: it may still come, and following waits for it.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            file.read(0)
            if os.path.isdir(path):
                raise IsADirectoryError
    except FileNotFoundError as error:
        if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            raise SourceError(explain(path, error)) from None
    except OSError as error:
        raise SourceError(explain(path, error)) from None
