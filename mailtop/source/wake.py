"""wake: a hint that a log may have grown; the one door to watchfiles.

The directories of the paths are watched (a watch on a file dies with its first rotation), those of a symlink and of
what it points to, by one watcher for all: the kernel allows a user 128. A hint may be missing, late or wrong: whoever
waits looks at the files again after a quarter of a second in any case. On network file systems the kernel gives no
hints, so none are sought there.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from mailtop.source.mounts import is_remote

DEBOUNCE: Final = 50
"""milliseconds over which changes are gathered, at most"""

STEP: Final = 5
"""milliseconds without a change after which they are given"""

LOOK_AROUND: Final = 1000
"""milliseconds after which it is seen to whether the watched directories are still those of the paths"""

Watch = Callable[..., Iterator[set[tuple[Any, str]]]]
Folders = dict[str, tuple[int, int]]


class Wake:
    """Waits for a hint. `without` says why there will be none, or is None. `watch` stands in for watchfiles.watch."""

    def __init__(
        self, paths: Iterable[str], watch: Watch | None = None, remote: Callable[[str], bool] = is_remote
    ) -> None:
        self._paths = tuple(os.path.abspath(path) for path in paths)
        self._remote = remote
        self._hinted = threading.Event()
        self._stop = threading.Event()
        self.without: str | None = None
        self._thread = threading.Thread(target=self._run, args=(watch,), name="wake", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for a hint, at most `seconds`; whether one came."""
        hinted = self._hinted.wait(seconds)
        self._hinted.clear()
        return hinted

    def close(self) -> None:
        """Stop watching, and wait until the watch has let go of its directories."""
        self._stop.set()
        self._thread.join(LOOK_AROUND / 1000)

    def _run(self, watch: Watch | None) -> None:
        try:
            watch = watch or _watchfiles()
        except ImportError as error:
            self.without = f"watchfiles cannot be used ({error}); looking every quarter of a second"
            return
        while not self._stop.is_set():
            folders = directories(self._paths, self._remote)
            try:
                if folders:
                    self.without = None
                    self._watch(watch, folders)
                    self._hinted.set()
                    continue
                self.without = "no local directory to watch; looking every quarter of a second"
            except Exception as error:  # the kernel's limits, a directory that has just gone: each an error of its own
                self.without = f"no hints from the kernel ({error}); looking every quarter of a second"
            self._stop.wait(LOOK_AROUND / 1000)

    def _watch(self, watch: Watch, folders: Folders) -> None:
        """Set the hint at changes until the directories are others, or it is time to stop."""
        looked = monotonic()
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
            if any(self._concerns(path) for _, path in changes):
                self._hinted.set()
            if not changes or monotonic() - looked >= LOOK_AROUND / 1000:
                looked = monotonic()
                if directories(self._paths, self._remote) != folders:
                    return

    def _concerns(self, changed: str) -> bool:
        """Whether a change may be one of a log or of its rotated files; other logs in the directory are many."""
        name = os.path.basename(changed)
        return any(
            name.startswith(os.path.basename(place).split(".", 1)[0])
            for path in self._paths
            for place in (path, os.path.realpath(path))
        )


def directories(paths: Iterable[str], remote: Callable[[str], bool] = is_remote) -> Folders:
    """The local directories in which the paths and what they point to lie, with device and inode."""
    found: Folders = {}
    for path in paths:
        for place in (os.path.abspath(path), os.path.realpath(path)):
            folder = os.path.realpath(os.path.dirname(place))
            with suppress(OSError):
                state = os.stat(folder)
                if folder not in found and not remote(folder):
                    found[folder] = (state.st_dev, state.st_ino)
    return found


def _watchfiles() -> Watch:
    from watchfiles import watch

    return watch
