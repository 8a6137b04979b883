"""From what was named to what is read: which input is chosen, and what is refused."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from time import sleep, time

import pytest

from mailtop.ingest import opening
from mailtop.ingest.opening import Input, choose, each, readers
from mailtop.monitor import Monitor
from mailtop.record import wanted
from mailtop.source import journal
from mailtop.source.discover import NoLogError
from mailtop.source.refusal import SourceError
from mailtop.store.memory import MemoryStore

LINE = b"Nov 21 17:47:39 mx1 postfix/smtpd[7]: connect from unknown[203.0.113.5]\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_bytes(LINE)
    path.with_suffix(".log.1").write_bytes(2 * LINE)
    path.with_suffix(".log.2.gz").write_bytes(gzip.compress(4 * LINE))
    return path


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool | SourceError], None]:
    """No usual log, nothing on standard input, and a journal that is as it is told."""

    def discover() -> str:
        raise NoLogError("no mail log")

    def settle(found: bool | SourceError) -> None:
        def check() -> bool:
            if isinstance(found, SourceError):
                raise found
            return found

        monkeypatch.setattr(opening, "discover", discover)
        monkeypatch.setattr(opening, "is_redirected", lambda: False)
        monkeypatch.setattr(journal, "check", check)

    return settle


def read(given: Input, hosts: tuple[str, ...] = ()) -> tuple[int, tuple[str, ...]]:
    """Events, and what is noted."""
    with readers(given, None, time(), False, wanted(hosts, ())) as reading:
        monitor = Monitor(MemoryStore(None, 1000), reading, given.names)
        while monitor.pump(1.0) or reading.following or reading.backfilled() is not None:
            sleep(0.001)
        return monitor.status().holding.events, monitor.status().notes


def test_what_was_rotated_away_is_read_when_asked_for(log: Path) -> None:
    assert read(choose([str(log)])) == (1, ())
    assert read(choose([str(log)], rotated=True)) == (7, ())


def test_files_of_one_log_are_one_source(log: Path) -> None:
    given = choose([str(path) for path in sorted(log.parent.iterdir())])
    assert given.names == (str(log),)
    assert read(given) == (7, ())
    assert [sum(map(len, batches)) for batches in each(given, None, time())] == [4, 2, 1]


def test_one_host(log: Path) -> None:
    assert read(choose([str(log)]), ("mx1",)) == (1, ())
    assert read(choose([str(log)]), ("mx2",)) == (0, ())


def test_exims_rejectlog_beside_its_mainlog_is_noted(tmp_path: Path) -> None:
    for name in ("mainlog", "rejectlog"):
        (tmp_path / name).write_bytes(LINE)
    events, notes = read(choose([str(tmp_path / "rejectlog"), str(tmp_path / "mainlog")]))
    assert events == 1
    assert notes == (f"{tmp_path / 'rejectlog'} is not read: what it has is in {tmp_path / 'mainlog'} as well",)


def test_a_broken_archive_is_noted_by_a_report_and_ends_events(log: Path) -> None:
    path = log.with_suffix(".log.2.gz")
    path.write_bytes(gzip.compress(os.urandom(100_000).hex().encode() + b"\n" + LINE)[:-20])
    path.write_bytes(gzip.compress(4 * LINE)[:-5])
    events, (note,) = read(choose([str(path)]))
    assert events == 4
    assert note.startswith(f"{path}: damaged: it breaks off")
    with pytest.raises(SourceError, match="breaks off"):
        list(map(list, each(choose([str(path)]), None, time())))


def test_a_stream_stands_alone() -> None:
    assert choose(["-"]) == Input(stream="-")
    for paths, asked in ((["-", "mail.log"], False), (["mail.log"], True)):
        with pytest.raises(SourceError, match="name no files beside it"):
            choose(paths, from_journal=asked)


def test_without_any_log_the_journal_is_read_when_it_has_mail(
    nothing: Callable[[bool | SourceError], None],
) -> None:
    nothing(True)
    assert choose([]) == Input(stream=journal.NAME)
    nothing(False)
    with pytest.raises(SourceError, match=r"^no mail log$"):
        choose([])
    nothing(SourceError("the journal: permission denied"))
    with pytest.raises(SourceError, match=r"^no mail log at any .* the journal: permission denied$"):
        choose([])


def test_a_log_that_may_not_be_read_is_said_whatever_is_in_the_journal(
    nothing: Callable[[bool | SourceError], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied() -> str:
        raise SourceError("mail.log: permission denied")

    nothing(True)
    monkeypatch.setattr(opening, "discover", denied)
    with pytest.raises(SourceError, match=r"^mail\.log: permission denied$"):
        choose([])


def test_the_journal_when_asked_for_says_why_it_cannot_be_read(nothing: Callable[[bool | SourceError], None]) -> None:
    nothing(SourceError("denied"))
    with pytest.raises(SourceError, match="denied"):
        choose([], from_journal=True)
    nothing(False)
    assert choose([], from_journal=True) == Input(stream=journal.NAME)


def test_a_file_on_standard_input_need_not_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "is_redirected", lambda: True)
    assert choose([]) == Input(stream="-")
    assert choose(["mail.log"]).stream == ""
