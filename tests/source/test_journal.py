"""journalctl as a child: what it is asked for, and what is said when it refuses."""

import os
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from mailtop.ingest.reader import Reader
from mailtop.source import journal
from mailtop.source.refusal import SourceError

ENTRY = (
    '{"__REALTIME_TIMESTAMP":"1795283259000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","SYSLOG_PID":"7",'
    '"MESSAGE":"connect from unknown[203.0.113.5]"}'
)
LOST = (
    '{"__REALTIME_TIMESTAMP":"1795283259000001","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"systemd-journald","_PID":"1",'
    '"MESSAGE":"Suppressed 412 messages from postfix.service"}'
)


@pytest.fixture
def journalctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journalctl of our own making, the first on the path."""
    path = tmp_path / "bin" / "journalctl"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    return path


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_what_is_asked_for() -> None:
    words = journal.command(since=1_000_900_000, until=2_000_000_000, follow=True)
    assert words[0] == "journalctl"
    assert {
        "--output=json",
        "--follow",
        "--lines=all",
        "--since=@1000.900000",
        "--until=@1999.999999",
        "SYSLOG_FACILITY=2",
    } <= set(words)
    assert "SYSLOG_IDENTIFIER=systemd-journald" in words
    assert "--follow" not in journal.command()
    assert not [word for word in journal.command() if word.startswith("--since")]


@pytest.mark.parametrize("since", [None, 0, 1_795_283_259_000_000 - 86_400_000_000, 1_795_283_258_999_999])
def test_stretches_of_time_touch_and_cover_all(since: int | None) -> None:
    until = 1_795_283_259_000_000
    made = journal.stretches(since, until)
    assert made[0][1] == until
    assert made[-1][0] == (since or 0)
    assert all(newer[0] == older[1] for newer, older in pairwise(made))
    assert 1 <= len(made) <= journal.MOST
    assert made[0][1] - made[0][0] <= journal.SHORTEST
    assert journal.stretches(until, until) == []


def test_mail_in_the_journal(journalctl: Path) -> None:
    script(journalctl, f"echo '{ENTRY}'")
    assert journal.check() is True


def test_no_mail_in_the_journal(journalctl: Path) -> None:
    script(journalctl, "exit 0")
    assert journal.check() is False
    script(journalctl, "echo 'No journal files were found.' >&2; exit 1")
    assert journal.check() is False


@pytest.mark.parametrize(
    "said",
    [
        "Hint: You are currently not seeing messages from other users and the system.",
        "No journal files were opened due to insufficient permissions.",
    ],
)
def test_a_lack_of_permission_says_which_group(journalctl: Path, said: str) -> None:
    script(journalctl, f'echo "{said}" >&2; exit 1')
    with pytest.raises(SourceError) as refused:
        journal.check()
    assert "usermod -aG systemd-journal $USER" in str(refused.value)
    assert "adm" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_any_other_refusal_is_its_first_line(journalctl: Path) -> None:
    script(journalctl, "echo 'Failed to open files: Bad message' >&2; echo more >&2; exit 1")
    with pytest.raises(SourceError, match=r"journalctl says: Failed to open files: Bad message$"):
        journal.check()


def test_a_machine_without_a_journal() -> None:
    with pytest.raises(SourceError, match="there is no journalctl"):
        journal.check("journalctl-that-is-not-there")


def test_the_child_writes_entries_and_ends_with_us(journalctl: Path) -> None:
    script(journalctl, f"echo '{ENTRY}'; exec sleep 1000")
    child = journal.start(follow=True)
    assert child.stdout is not None
    assert child.stdout.readline() == ENTRY.encode() + b"\n"
    child.kill()
    child.wait()
    child.stdout.close()


def test_entries_become_events_and_what_journald_dropped_is_counted() -> None:
    reader = Reader(journal.NAME, -1, 0.0)
    batches = [*reader.feed(f"{ENTRY}\n{LOST}\n".encode(), 0), reader.batch()]
    assert sum(map(len, batches)) == 1
    assert sum(batch.counts.get("lost", 0) for batch in batches) == 412
