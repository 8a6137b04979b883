"""The hint: what is watched, what counts as a change of a log, and what is said where there is no hint to be had."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailtop.source import wake as wake_module
from mailtop.source.mounts import is_remote
from mailtop.source.wake import Wake, directories

Changes = set[tuple[Any, str]]


class Watcher:
    """Stands in for watchfiles: gives the changes that the test has in store, then waits to be stopped."""

    def __init__(self, *rounds: Changes | Exception) -> None:
        self.rounds = list(rounds)
        self.calls: list[tuple[str, ...]] = []
        self.options: dict[str, Any] = {}
        self.idle = threading.Event()

    def __call__(self, *folders: str, stop_event: threading.Event, **options: Any) -> Iterator[Changes]:
        self.calls.append(folders)
        self.options = options
        while self.rounds:
            this = self.rounds.pop(0)
            if isinstance(this, Exception):
                raise this
            yield this
        self.idle.set()
        stop_event.wait()


def no_remote(_: str) -> bool:
    """Every directory is local."""
    return False


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks around at once."""
    monkeypatch.setattr(wake_module, "LOOK_AROUND", 1)


def test_a_change_of_the_log_is_a_hint(log: Path) -> None:
    watcher = Watcher({(1, str(log))})
    wake = Wake([str(log)], watcher, no_remote)
    assert wake.wait(10)
    assert watcher.idle.wait(10)
    assert not wake.wait(0)
    assert wake.without is None
    wake.close()


def test_a_rotated_file_is_one_and_another_log_is_none(log: Path) -> None:
    watcher = Watcher({(1, str(log.with_name("auth.log")))}, set())
    wake = Wake([str(log)], watcher, no_remote)
    assert watcher.idle.wait(10)
    assert not wake.wait(0)
    wake.close()
    watcher = Watcher({(1, str(log.with_name("mail.log.1")))})
    wake = Wake([str(log)], watcher, no_remote)
    assert wake.wait(10)
    wake.close()


def test_one_watcher_for_all_directories_and_never_by_polling(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "real").touch()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "b" / "real")
    watcher = Watcher()
    wake = Wake([str(tmp_path / "a" / "link"), str(tmp_path / "a" / "other")], watcher, no_remote)
    assert watcher.idle.wait(10)
    wake.close()
    assert watcher.calls == [(str(tmp_path / "a"), str(tmp_path / "b"))]
    assert watcher.options["force_polling"] is False
    assert watcher.options["recursive"] is False
    assert watcher.options["watch_filter"] is None


def test_a_directory_that_was_replaced_is_watched_again(tmp_path: Path, quick: None) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    watcher = Watcher()

    def watch(*folders: str, stop_event: threading.Event, **options: Any) -> Iterator[Changes]:
        if not watcher.calls:
            watcher.calls.append(folders)
            folder.rename(tmp_path / "old")
            folder.mkdir()
            yield set()
        yield from watcher(*folders, stop_event=stop_event, **options)

    wake = Wake([str(folder / "mail.log")], watch, no_remote)
    assert watcher.idle.wait(10)
    assert wake.wait(10)  # whatever happened between the two watches is looked at
    wake.close()
    assert len(watcher.calls) == 2


@pytest.mark.parametrize("error", [OSError("inotify instance limit"), RuntimeError("no space left for watches")])
def test_a_watch_that_fails_is_said_and_tried_again(log: Path, quick: None, error: Exception) -> None:
    said: list[str | None] = []
    watcher = Watcher()

    def watch(*folders: str, **options: Any) -> Iterator[Changes]:
        said.append(wake.without)
        if len(said) < 3:
            raise error
        return watcher(*folders, **options)

    started = threading.Event()

    def remote(_: str) -> bool:
        return not started.wait(10)

    wake = Wake([str(log)], watch, remote)
    started.set()
    assert watcher.idle.wait(10)
    assert wake.without is None
    wake.close()
    assert len(said) == 3


def test_watchfiles_that_cannot_be_imported(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("no module")

    monkeypatch.setattr(wake_module, "_watchfiles", missing)
    wake = Wake([str(log)], None, no_remote)
    wake.close()
    assert wake.without is not None
    assert "watchfiles cannot be used" in wake.without
    assert not wake.wait(0)


def test_on_a_network_file_system_none_is_sought(log: Path, quick: None) -> None:
    watcher = Watcher({(1, str(log))})
    wake = Wake([str(log)], watcher, lambda _: True)
    wake.close()
    assert watcher.calls == []
    assert not wake.wait(0)


def test_directories_that_are_not_there(tmp_path: Path) -> None:
    assert directories([str(tmp_path / "no" / "mail.log")], no_remote) == {}


MOUNTS = """\
21 1 8:1 / / rw - ext4 /dev/sda1 rw
22 21 0:40 / /srv rw - nfs4 server:/srv rw
23 22 8:2 / /srv/local rw - ext4 /dev/sdb1 rw
24 21 0:41 / /mnt/with\\040blank rw shared:3 - fuse.sshfs host:/ rw
25 21 0:42 / /var/log rw - cifs //server/log rw
26 21 8:3 / /var/log rw - xfs /dev/sdc1 rw
broken line
"""


@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/var/mail", False),
        ("/srv", True),
        ("/srv/log", True),
        ("/srvx", False),
        ("/srv/local/log", False),
        ("/mnt/with blank/log", True),
        ("/var/log", False),  # mounted over
    ],
)
def test_the_innermost_mount_decides(tmp_path: Path, folder: str, remote: bool) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert is_remote(folder, str(table)) is remote


def test_without_the_table_nothing_is_remote(tmp_path: Path) -> None:
    assert not is_remote("/srv", str(tmp_path / "none"))
