"""The process that writes the simulated log, as a mail server would: another program, in its own time.

    main([PATH, RATE, MINUTES, SEED])

Writes the past to PATH, says so with a line on standard output, then adds lines as they come due. It ends when it is
told to, or when the process that started it is gone.
"""

import os
import sys
from collections.abc import Sequence
from time import sleep, time
from typing import Final

from mailtop.demo.feed import Feed

LOOK: Final = 0.1
"""seconds between two looks at what is due"""


def main(arguments: Sequence[str]) -> None:
    """Write until the end."""
    path, rate, minutes, seed = arguments
    feed, parent = Feed(float(rate), int(seed), time), os.getppid()
    with open(path, "ab", buffering=0) as log:
        log.write(feed.past(float(minutes)))
        sys.stdout.write("\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            sleep(LOOK)
            due = feed.step(time())
            if due:
                log.write(due)
