"""What a command costs, all its processes together: wall time, processor time, peak memory; and a terminal for it.

Linux only: it reads /proc. Memory is the sum of PSS (each shared page counted by its share), which is what a machine
loses to the command; RSS would count a page shared by two processes twice. Sampled, so a short peak may be missed.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

TICKS: Final = os.sysconf("SC_CLK_TCK")
SAMPLE: Final = 0.1
"""seconds between two looks at the memory"""


class Cost(NamedTuple):
    """Of one run."""

    wall: float
    cpu: float
    """seconds of processor time, children included"""
    peak: int
    """bytes"""
    output: bytes


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, wait = [], [pid]
    while wait:
        one = wait.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                wait += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def memory(pid: int) -> int:
    """Bytes (PSS) of a process and its descendants."""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def processor(pid: int) -> float:
    """Seconds of processor time of a process, its descendants and those that they have waited for."""
    total = 0.0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / TICKS
    return total


def run(command: Sequence[str]) -> Cost:
    """Run a command to its end. CalledProcessError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    peaks, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE):
            peaks.append(memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert process.stdout is not None
    with process.stdout:
        output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    over.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), output)
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(peaks), output)


class Terminal:
    """A command in a pseudo-terminal that answers what a terminal must."""

    def __init__(self, command: Sequence[str], columns: int = 120, rows: int = 40) -> None:
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.environ["COLORTERM"] = "truecolor"
            os.execvp(command[0], list(command))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.chunks: list[tuple[float, bytes]] = []
        """(seconds since the start, what was written)"""

    def listen(self, seconds: float) -> bool:
        """Take what is written for so long; False when the command has ended."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return True
            try:
                data = os.read(self._fd, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.chunks.append((time.perf_counter() - self.began, data))
            if b"\x1b[?2026$p" in data:
                os.write(self._fd, b"\x1b[?2026;2$y")
            if b"\x1b[?2048$p" in data:
                os.write(self._fd, b"\x1b[?2048;0$y")
            if b"\x1b[6n" in data:
                os.write(self._fd, b"\x1b[1;1R")
        return True

    def close(self) -> None:
        """Ask it to end with `q`, then make it."""
        try:
            os.write(self._fd, b"q")
            if self.listen(3.0):
                os.kill(self.pid, signal.SIGKILL)
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self._fd)
