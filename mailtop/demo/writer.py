"""writer: the process behind `mailtop demo`, which writes the simulated log to a file as a mail server would.

In: arguments LOG RATE MINUTES SEED. It writes the past at once, says so with a line on standard output, then appends
what has come due four times a second, until its parent is gone.
"""

import os
from collections.abc import Sequence
from time import sleep, time
from typing import Final

from mailtop.demo.feed import Feed

EVERY: Final = 0.25
"""seconds between two appends"""


def main(arguments: Sequence[str]) -> None:
    """Write until the parent is gone."""
    log, rate, minutes, seed = arguments
    parent = os.getppid()
    feed = Feed(float(rate), int(seed), time)
    with open(log, "wb", buffering=0) as file:
        file.write(feed.past(float(minutes)))
        os.write(1, b"written\n")
        while os.getppid() == parent:
            sleep(EVERY)
            if due := feed.step(time()):
                file.write(due)
