"""Runs: the segments of a source in the order of its lines, whatever the order in which they came.

A run is a stretch of one source that was appended forwards, with the state of the joins at its end. A log that is only
followed is one run. A piece of the past begins a run of its own in front of those that are newer; `settle`
(store/settle.py) makes one of them all. Where a batch belongs is told by its file number and offsets alone: file
numbers grow with time within a source, offsets within a file; a stream (file -1) only ever goes on.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from mailtop.batch import Batch
from mailtop.store.joins import Joins
from mailtop.store.segment import Segment

MOST_RUNS: Final = 1000
"""runs of a source; then what leaves a gap is taken to follow on"""


@dataclass(slots=True)
class Run:
    """A stretch of a source."""

    source: str
    start: tuple[int, int]
    """file and offset where it begins"""
    end: tuple[int, int]
    joins: Joins
    segments: list[Segment] = field(default_factory=list)


class Runs:
    """All runs of a store. `live` is the state that the newest runs of all sources share."""

    def __init__(self, live: Joins) -> None:
        self.live = live
        self.disordered = False
        """older pieces came in, so that the joins need another pass"""
        self._sources: dict[str, list[Run]] = {}

    def sources(self) -> list[list[Run]]:
        """The runs of each source, sources by name, runs by place."""
        return [self._sources[name] for name in sorted(self._sources)]

    def segments(self) -> list[Segment]:
        """All segments: sources by name, then by place."""
        return [segment for runs in self.sources() for run in runs for segment in run.segments]

    def of(self, source: str) -> list[Segment]:
        """The segments of one source, by place."""
        return [segment for run in self._sources.get(source, []) for segment in run.segments]

    def joins(self) -> list[Joins]:
        """All states, each once."""
        known = {id(run.joins): run.joins for runs in self._sources.values() for run in runs}
        return list((known | {id(self.live): self.live}).values())

    def place(self, batch: Batch, fresh: Joins) -> Run:
        """The run that a batch goes on; another one where it does not follow on any, with the state `fresh` when it
        is an older piece."""
        runs = self._sources.setdefault(batch.source, [])
        start, end = (batch.file, batch.first_offset), (batch.file, batch.end_offset)
        at = bisect_right(runs, start, key=lambda run: run.start)
        newest = at == len(runs)
        self.disordered |= not newest
        if at and (_follows(runs[at - 1], start) or (newest and (batch.file < 0 or at > MOST_RUNS))):
            run = runs[at - 1]
            run.end = max(run.end, end)
            if not newest and run.joins is runs[at].joins:
                run.joins = fresh  # the state has gone on without these rows
            return run
        joins = fresh if not newest else runs[-1].joins if runs else self.live
        run = Run(batch.source, start, end, joins)
        runs.insert(at, run)
        return run

    def unite(self, joins: Joins) -> None:
        """One run for each source, all with this state."""
        for name, runs in self._sources.items():
            if runs:
                segments = [segment for run in runs for segment in run.segments]
                for segment in segments[:-1]:
                    segment.seal()
                self._sources[name] = [Run(name, runs[0].start, runs[-1].end, joins, segments)]
        self.live = joins
        self.disordered = False

    def drop(self, segment: Segment) -> None:
        """Forget a segment."""
        for run in self._sources[segment.source]:
            if segment in run.segments:
                run.segments.remove(segment)
                return


def _follows(run: Run, start: tuple[int, int]) -> bool:
    return run.end[0] == start[0] and run.end >= start
