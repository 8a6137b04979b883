"""wake: a hint that a log may have grown; the one door to watchfiles.

The directories of the paths are watched (a watch on a file dies with its first rotation), those of a symlink and of
what it points to. A hint may be missing, late or wrong: whoever waits looks at the files again after a quarter of a
second in any case. On network file systems the kernel gives no hints, so none are sought there.
"""

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

DEBOUNCE: Final = 50
"""milliseconds over which changes are gathered"""

STEP: Final = 5
"""milliseconds without a change after which they are given"""

LOOK_AROUND: Final = 2000
"""milliseconds after which the directories are determined anew"""

REMOTE: Final = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "9p", "ceph", "glusterfs", "afs", "vboxsf")


class Wake:
    """Waits for a hint. `without` says why there will be none, or is None."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)
        self._hinted = threading.Event()
        self._stop = threading.Event()
        self.without: str | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for a hint, at most `seconds`; whether one came."""
        hinted = self._hinted.wait(seconds)
        self._hinted.clear()
        return hinted

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _watch(self) -> None:
        try:
            from watchfiles import watch
        except ImportError as error:
            self.without = f"watchfiles cannot be used ({error}); looking every quarter of a second"
            return
        while not self._stop.is_set():
            folders = directories(self._paths)
            if not folders:
                self._stop.wait(LOOK_AROUND / 1000)
                continue
            try:
                for changes in watch(
                    *folders,
                    watch_filter=None,
                    debounce=DEBOUNCE,
                    step=STEP,
                    stop_event=self._stop,
                    rust_timeout=LOOK_AROUND,
                    yield_on_timeout=True,
                    recursive=False,
                    raise_interrupt=False,
                    force_polling=False,
                ):
                    if changes:
                        self._hinted.set()
                    elif directories(self._paths) != folders:
                        break
            except (OSError, RuntimeError) as error:
                self.without = f"no hints from the kernel ({error}); looking every quarter of a second"
                self._stop.wait(LOOK_AROUND / 1000)


def directories(paths: Iterable[str]) -> list[str]:
    """The local directories in which the paths and what they point to lie."""
    remote = remote_mounts()
    found: dict[str, None] = {}
    for path in paths:
        for place in (os.path.abspath(path), os.path.realpath(path)):
            folder = os.path.realpath(os.path.dirname(place))
            if os.path.isdir(folder) and not any(_under(folder, mount) for mount in remote):
                found[folder] = None
    return list(found)


def remote_mounts(table: str = "/proc/self/mountinfo") -> list[str]:
    """Mount points of file systems whose changes the kernel does not see."""
    found: list[str] = []
    with suppress(OSError), open(table, encoding="utf-8", errors="replace") as mounts:
        for line in mounts:
            head, _, tail = line.partition(" - ")
            kind = tail.split(" ", 1)[0]
            if kind.split(".", 1)[0] in REMOTE and len(fields := head.split(" ")) > 4:
                found.append(fields[4].replace("\\040", " "))
    return found


def _under(folder: str, mount: str) -> bool:
    return folder == mount or folder.startswith(mount.rstrip("/") + "/")
