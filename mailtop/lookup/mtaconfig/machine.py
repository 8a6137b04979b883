"""machine: the one way for the readers of configurations to run a command, read a file or list files.

A Machine is an argument of every reader, so that a test starts no process and reads no file that it did not write.
`Local` is this machine. Commands are run without a shell, with a limit of time, and their output is cut at
MAX_BYTES; nothing here writes.

BUGS: a command that needs root (exim -bP for others than admin users) fails as it does on a terminal, and the reader
says so with the command's own last words.
"""

import glob
import os
import subprocess
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

MAX_BYTES: Final = 4 << 20
"""of a file or an output that are read; a configuration is never that long"""
MAX_FILES: Final = 1000
SECONDS: Final = 10.0
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Output(NamedTuple):
    """What a command left: its exit status and its two outputs."""

    status: int
    out: str
    error: str

    @property
    def last_words(self) -> str:
        """The last line that it wrote to stderr, or its status."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        return lines[-1][:200] if lines else f"exit status {self.status}"


class Machine(Protocol):
    """What a reader may ask of the machine it runs on."""

    def run(self, command: Sequence[str]) -> Output:
        """Run a command to its end. OSError when it cannot be run or takes too long."""
        ...

    def read(self, path: str) -> str:
        """The text of a file, what is no UTF-8 replaced. OSError when it cannot be read."""
        ...

    def files(self, pattern: str) -> list[str]:
        """The paths that match a shell pattern, sorted."""
        ...


class Local:
    """This machine."""

    def run(self, command: Sequence[str]) -> Output:
        environment = {"PATH": os.environ.get("PATH", "") + ":" + _PATH, "LC_ALL": "C"}
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"no answer in {SECONDS:g} s") from None
        return Output(done.returncode, _text(done.stdout), _text(done.stderr))

    def read(self, path: str) -> str:
        with open(path, "rb") as file:
            return _text(file.read(MAX_BYTES))

    def files(self, pattern: str) -> list[str]:
        return sorted(path for path in glob.glob(pattern) if os.path.isfile(path))[:MAX_FILES]


def _text(data: bytes) -> str:
    return data[:MAX_BYTES].decode("utf-8", "replace")


def why(error: OSError) -> str:
    """An error in a few words: `No such file or directory`."""
    return error.strerror or str(error) or type(error).__name__
