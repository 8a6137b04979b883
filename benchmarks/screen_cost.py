#!/usr/bin/env python3
"""What the screen costs while it runs: processor time of the drawing process, and bytes to the terminal.

    screen_cost.py [--mailtop COMMAND] [--warm S] [--seconds S] [--keys KEYS] [SIZE...]

SIZE is 160x50, 80x24, ... The default command is `mailtop demo`: its writer and its reader are other processes and
are told apart (`all` has them in it). Bytes are what a terminal with 256 colours is sent; `zlib` is what `ssh -C` would
carry. The budgets: 3 % of a core; 8 KB/s at 160x50 and 2 KB/s at 80x24; nothing at all when nothing arrives. Other work
on the machine makes the processor's figures larger; the bytes stay the same.
"""

import argparse
import os
import shlex
import sys
import zlib
from pathlib import Path

from processes import TICKS, Terminal, memory, processor


def main() -> int:
    """Measure each size."""
    parser = argparse.ArgumentParser(description="What the screen costs while it runs.")
    parser.add_argument("sizes", metavar="SIZE", nargs="*", default=["160x50", "80x24"])
    parser.add_argument("--mailtop", default=f"{sys.executable} -m mailtop demo")
    parser.add_argument("--warm", type=float, default=8.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--keys", default="", help="typed after the warm-up, such as 'z'")
    options = parser.parse_args()
    print(f"{'size':>8}{'cpu %':>8}{'all %':>8}{'B/s':>9}{'zlib B/s':>10}{'first cpu s':>13}{'mem MB':>8}")
    for size in options.sizes:
        columns, rows = map(int, size.split("x"))
        terminal = Terminal(shlex.split(options.mailtop), columns, rows)
        try:
            print(f"{size:>8}" + measured(terminal, options.warm, options.seconds, options.keys), flush=True)
        finally:
            terminal.close()
    return 0


def measured(terminal: Terminal, warm: float, seconds: float, keys: str) -> str:
    """One line of figures."""
    while not terminal.chunks and terminal.listen(0.05):
        pass
    first = own(terminal.pid)
    terminal.listen(warm)
    if keys:
        os.write(terminal._fd, keys.encode())
        terminal.listen(2.0)
    before, cpu, cpu_all = len(terminal.chunks), own(terminal.pid), processor(terminal.pid)
    if not terminal.listen(seconds):
        return "  ended"
    cpu, cpu_all = own(terminal.pid) - cpu, processor(terminal.pid) - cpu_all
    written = [data for _, data in terminal.chunks[before:]]
    packer = zlib.compressobj(6)
    packed = sum(len(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)) for data in written)
    total = sum(map(len, written))
    return (
        f"{100 * cpu / seconds:8.1f}{100 * cpu_all / seconds:8.1f}{total / seconds:9.0f}{packed / seconds:10.0f}"
        f"{first:13.2f}{memory(terminal.pid) / 1e6:8.0f}"
    )


def own(pid: int) -> float:
    """Seconds of processor time of one process alone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICKS


if __name__ == "__main__":
    sys.exit(main())
