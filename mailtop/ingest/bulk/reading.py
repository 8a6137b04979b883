"""reading: a block of lines to a batch: usual lines by template, all others one by one.

The rows of the batch are in the order of the lines, whichever way a line was read.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

from typing import TYPE_CHECKING

import numpy as np

from mailtop.batch import Batch
from mailtop.ingest.assembly import Heads, assembled
from mailtop.ingest.bulk import head, template
from mailtop.ingest.bulk.block import MASKS, Array, Block
from mailtop.ingest.bulk.fields import Fields, plain, spread_by
from mailtop.ingest.columns import CODES, Table
from mailtop.ingest.headers import Headers
from mailtop.mta.parser import Shape
from mailtop.record import LINE_LIMIT, may_begin

if TYPE_CHECKING:
    from mailtop.ingest.reader import Reader

_templates: dict[bytes, template.Template] = {}
"""those in use: as many as the parsers have shapes"""


def block_of(data: bytes) -> Block | None:
    """The lines as a block; None where they must be read otherwise: a carriage return, a line over the limit."""
    if b"\r" in data:
        return None
    block = Block(data if data.endswith(b"\n") else data + b"\n")
    return block if int((block.end - block.start).max()) <= LINE_LIMIT else None


def read(reader: Reader, block: Block, offset: int, first_line: int | None) -> tuple[Batch, int]:
    """The batch of a block whose first line begins at `offset`, and how many of its lines were usual."""
    headers = reader.headers
    headers.ready(block.line(0))
    heads = head.read(block, headers)
    open_ = heads.origin >= 0
    usual = _usual(block, heads, headers, open_)
    others = np.flatnonzero(open_ | (heads.origin < 0))
    texts = [block.line(at) for at in others.tolist()]
    single = reader.singly(texts, lambda at: _before(block, int(others[at])) or headers.before, len(block))
    headers.passed(_before(block, len(block)) or headers.before)

    origins = list(headers.numbered)
    origin, time = heads.origin, heads.time
    shifts = np.array(headers.shifts, np.int64)
    if shifts.any():
        time = time - np.where(origin >= 0, shifts[origin], 0)
    origin[others] = [entry[0] for entry in single.entries]
    time[others] = single.times

    events = np.ones(len(block), np.int64)
    alone = np.zeros(len(block), np.bool_)
    alone[others] = True
    at = others[np.array(single.lines, np.int64)] if single.lines else np.zeros(0, np.int64)
    events[others] = 0
    np.add.at(events, at, 1)
    line_of = np.repeat(np.arange(len(block)), events)
    row_of = np.cumsum(events) - events
    table = Table(len(line_of), reader.keep_text)
    kinds = np.frombuffer(table.kinds, np.uint8)
    fields = Fields(block, reader.keep_text)
    for shape, found in usual:
        rows = row_of[found.lines]
        kinds[rows] = CODES[shape.kind]
        fields.add(shape, found, rows)
    fields.write(table)
    rows = np.flatnonzero(alone[line_of])
    table.add_events(single.events, rows.tolist())

    origin, time = origin[line_of], time[line_of]
    here, of = _present(origin, len(origins))
    numbers = line_of + first_line if first_line is not None and len(line_of) else None
    batch = assembled(
        reader.stretch(offset, offset + len(block.data)),
        Heads(
            origins=[origins[number] for number in here.tolist()],
            of=plain("I", of),
            spread=spread_by(of),
            time=plain("q", time),
            span=(int(time.min()), int(time.max())) if len(time) else None,
            offset=plain("q", block.start[line_of] + offset),
            line=None if numbers is None else plain("q", numbers),
            repeats=[(int(rows[event]), times) for event, times in single.repeats],
        ),
        table,
        headers.clock,
    )
    reader.start_again(offset + len(block.data))
    return batch, len(block) - len(others)


def _usual(block: Block, heads: head.Heads, headers: Headers, open_: Array) -> list[tuple[Shape, template.Found]]:
    """The lines of all shapes; `open_` is what is left: lines of a plain header that are of no shape."""
    found = []
    family = np.array(headers.family or [0], np.int64)[heads.origin]
    text = heads.text.clip(max=len(block.data))
    openings: dict[int, Array] = {}
    for number, some in enumerate(headers.families):
        lines = np.flatnonzero((family == number) & open_)
        for shape in some:
            if not len(lines):
                break
            candidates = lines
            pattern = _templates.get(shape.template) or _templates.setdefault(
                shape.template, template.compiled(shape.template)
            )
            if pattern.opening:
                opening = openings.get(pattern.at)
                if opening is None:
                    opening = openings[pattern.at] = block.words[text + pattern.at]
                wanted = np.uint64(int.from_bytes(pattern.opening, "little"))
                candidates = lines[opening[lines] & MASKS[len(pattern.opening)] == wanted]
            of_shape = template.find(block, pattern, candidates, heads.text[candidates], heads.mark[candidates])
            if len(of_shape.lines):
                found.append((shape, of_shape))
                open_[of_shape.lines] = False
                lines = lines[open_[lines]]
    return found


def _present(numbers: Array, count: int) -> tuple[Array, Array]:
    """Which of the numbers from 0 up to `count` there are, and the place of each among those."""
    there = np.zeros(count, np.bool_)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _before(block: Block, line: int) -> bytes:
    """The line before one, leaving out those that only say how often another was repeated; empty without one."""
    while line > 0:
        line -= 1
        if may_begin(found := block.line(line)):
            return found
    return b""
