"""journal: systemd's journal, through journalctl(1) as a child process.

In: since when, and whether to go on. Out: a child whose standard output is one JSON object a line
(`mailtop.record.envelope` reads them). Asked for are the entries of the syslog facility mail, of the programs that log
elsewhere but belong to it, and of journald itself, which says `Suppressed N messages` where it dropped some.

BUGS: a mail program whose unit writes to its standard output is found only when it is one of PROGRAMS.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

from mailtop.source.refusal import SourceError

NAME: Final = "journal"
"""what the journal is called where a log's path stands"""

MAIL: Final = 2
"""the syslog facility (RFC 5424)"""

JOURNALD: Final = "systemd-journald"

PROGRAMS: Final = (
    JOURNALD,
    "postfix",
    "exim",
    "exim4",
    "sendmail",
    "sm-mta",
    "smtpd",
    "dovecot",
    "saslauthd",
    "rspamd",
    "spamd",
    "amavis",
    "opendkim",
    "opendmarc",
    "postgrey",
    "clamav-milter",
    "policyd-spf",
)
"""SYSLOG_IDENTIFIERs asked for whatever their facility"""

FIELDS: Final = (
    "MESSAGE",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_PID",
    "_PID",
    "_COMM",
    "_HOSTNAME",
    "_TRANSPORT",
)

SHORTEST: Final = 300 * 1_000_000
"""microseconds of the newest stretch of time that is read at once"""

MOST: Final = 14
"""stretches; they reach back two months, and the last one as far as is asked for"""

PATIENCE: Final = 10.0
"""seconds that a first look at the journal may take"""

_DENIED: Final = ("insufficient permissions", "not seeing messages from other users", "Permission denied")
_WAY_IN: Final = (
    "the journal: permission denied; it is readable by groups systemd-journal and adm: "
    "run `sudo usermod -aG systemd-journal $USER` and log in again, or run mailtop with sudo"
)


def command(
    since: int | None = None,
    until: int | None = None,
    follow: bool = False,
    most: int | None = None,
    programs: Sequence[str] = PROGRAMS,
) -> list[str]:
    """The command line: entries from `since` on (microseconds since 1970 UTC; None: all) and before `until`, the
    newest `most` of them."""
    made = ["journalctl", "--no-pager", "--all", "--output=json", f"--output-fields={','.join(FIELDS)}"]
    made.append(f"--lines={'all' if most is None else most}")
    if since is not None:
        made.append(f"--since={_moment(since)}")
    if until is not None:
        made.append(f"--until={_moment(until - 1)}")
    if follow:
        made.append("--follow")
    made.append(f"SYSLOG_FACILITY={MAIL}")
    for program in programs:
        made += ["+", f"SYSLOG_IDENTIFIER={program}"]
    return made


def _moment(microseconds: int) -> str:
    """As systemd.time(7) has it; `--until` takes the moment in."""
    return f"@{microseconds // 1_000_000}.{microseconds % 1_000_000:06}"


def stretches(since: int | None, until: int) -> list[tuple[int, int]]:
    """The time from `since` (None: all) up to `until` in stretches, the newest first: short at first, so that there is
    something to see soon, then each twice as long."""
    first, length, end = since or 0, SHORTEST, until
    made: list[tuple[int, int]] = []
    while end > first:
        begin = max(first, end - length) if len(made) < MOST - 1 else first
        made.append((begin, end))
        end, length = begin, 2 * length
    return made


def check(program: str = "journalctl") -> bool:
    """Whether there is mail in the journal. SourceError, with what to do, when it cannot be read."""
    if shutil.which(program) is None:
        raise SourceError("the journal: there is no journalctl on this machine; name a log file instead")
    asked = [program, *command(most=1, programs=PROGRAMS[1:])[1:]]
    try:
        ran = subprocess.run(asked, capture_output=True, timeout=PATIENCE, env=_environment(), check=False)
    except subprocess.TimeoutExpired:
        return True
    except OSError as error:
        raise SourceError(f"the journal: journalctl cannot be run: {error.strerror or error}") from None
    said = ran.stderr.decode("utf-8", "replace")
    if any(word in said for word in _DENIED):
        raise SourceError(_WAY_IN)
    if ran.returncode and said.strip() and not said.startswith("No journal files were found"):
        raise SourceError(f"the journal: journalctl says: {said.strip().splitlines()[0]}")
    return ran.stdout.startswith(b"{")


def start(since: int | None = None, until: int | None = None, follow: bool = False) -> subprocess.Popen[bytes]:
    """The child. Who started it must end it."""
    return subprocess.Popen(
        command(since, until, follow),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,  # a Ctrl-C is for the face, which then ends it
    )


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"}
