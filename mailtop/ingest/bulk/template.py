"""template: a usual line as a pattern with its fields named, found in many lines at once.

The language, as in `Shape.template`: what stands outside braces is said literally, and

    {name}      a field, up to what follows it: the next literal, or the end of the line
    {name:3}    a field of so many octets
    {name=...}  a field that has others, and literals, inside
    {name*}     the rest of the line, whatever it holds
    {THIS/THAT} one of these words, in capitals, none of which begins another
    {}  {*}     the same without a name: passed over
    |           nothing: parts a literal, so that the field before it ends at the part before

A field never holds a mark (`block.MARKS`), so that no string of an attacker's can move a field's end: a line with a
mark too many, or one too few, is not of the template. A field ends at the next mark, less what the literal behind it
has before that mark; where that literal has no mark, at the literal's first octet, with no blank before it and not
further than `REACH` away.
"""

import re
from typing import Final, NamedTuple

import numpy as np

from mailtop.ingest.bulk.block import MARKS, WORD, Array, Block

REACH: Final = 72
"""octets that a field may have which ends at no mark"""

_TOKEN = re.compile(
    rb"\{(?P<either>[A-Z]+(?:/[A-Z]+)+)\}|\{(?P<name>[a-z_]*)(?:(?P<rest>\*)|:(?P<size>\d+)|(?P<open>=))?(?P<end>\})?"
    rb"|(?P<close>\})|(?P<bar>\|)"
)


class Step(NamedTuple):
    """One part of a template. `kind`: lit, either, mark, octet, size, rest, end, open, close."""

    kind: str
    name: str = ""
    literal: bytes = b""
    number: int = 0
    """marks in a literal; octets before the mark that ends a field; the octet that ends it; octets of it"""


class Template(NamedTuple):
    """A template, ready to be looked for."""

    steps: tuple[Step, ...]
    marks: int | None
    """in the whole text; None when the rest of the line may hold any"""
    opening: bytes
    """the first eight octets, where they are the same in all lines; else empty"""


class Found(NamedTuple):
    """The lines of a template, and of each of its fields where it begins and ends in them."""

    lines: Array
    spans: dict[str, tuple[Array, Array]]


def compiled(template: bytes) -> Template:
    """Read a template; ValueError where a field has no end that can be told."""
    parts = _parts(template)
    steps: list[Step] = []
    for at, part in enumerate(parts):
        if part.kind != "field":
            steps.append(part)
            continue
        behind = next((other for other in parts[at + 1 :] if other.kind not in ("open", "close")), None)
        if behind is None:
            steps.append(Step("end", part.name))
        elif behind.kind != "lit":
            raise ValueError(f"template: no literal behind {{{part.name}}}")
        elif behind.number:
            before = next(place for place, octet in enumerate(behind.literal) if octet in MARKS)
            steps.append(Step("mark", part.name, number=before))
        else:
            steps.append(Step("octet", part.name, number=behind.literal[0]))
    rest = any(step.kind == "rest" for step in steps)
    marks = None if rest else sum(step.number for step in steps if step.kind == "lit")
    first = next(step for step in steps if step.kind != "open")
    opening = first.literal[:WORD] if first.kind == "lit" and len(first.literal) >= WORD else b""
    return Template(tuple(steps), marks, opening)


def _parts(template: bytes) -> list[Step]:
    parts: list[Step] = []
    opened: list[str] = []
    at = 0

    def literal(text: bytes) -> None:
        if text:
            parts.append(Step("lit", literal=text, number=sum(octet in MARKS for octet in text)))

    for found in _TOKEN.finditer(template):
        literal(template[at : found.start()])
        at = found.end()
        name = (found["name"] or b"").decode()
        if found["either"]:
            parts.append(Step("either", literal=found["either"]))
        elif found["close"]:
            parts.append(Step("close", opened.pop()))
        elif found["open"]:
            opened.append(name)
            parts.append(Step("open", name))
        elif found["size"]:
            parts.append(Step("size", name, number=int(found["size"])))
        elif not found["bar"]:
            parts.append(Step("rest" if found["rest"] else "field", name))
    literal(template[at:])
    return parts


def find(block: Block, template: Template, lines: Array, places: Array, marks: Array) -> Found:
    """Which of `lines` are of the template. `places`: where each one's text begins; `marks`: the next mark there."""
    if template.marks is not None:
        few = block.last_mark[lines] - marks == template.marks
        lines, places, marks = lines[few], places[few], marks[few]
    spans: dict[str, tuple[Array, Array]] = {}
    opened: dict[str, Array] = {}
    for step in template.steps:
        if not len(lines):
            break
        good: Array | None = None
        begin = places
        if step.kind == "lit":
            good = block.equal(places, step.literal)
            places = places + len(step.literal)
            marks = marks + step.number if step.number else marks
        elif step.kind == "either":
            size = np.zeros(len(places), np.int64)
            for word in step.literal.split(b"/"):
                size[block.equal(places, word)] = len(word)
            good = size > 0
            places = places + size
        elif step.kind == "open":
            opened[step.name] = places
            continue
        elif step.kind == "close":
            spans[step.name] = opened.pop(step.name), places
            continue
        elif step.kind == "mark":
            places = block.marks[marks] - step.number
            good = places >= begin
        elif step.kind == "octet":
            places = block.until(places, step.number, REACH)
            good = (places >= 0) & (places <= block.marks[marks])
        elif step.kind == "size":
            places = places + step.number
            good = places <= block.marks[marks]
        else:
            places = block.end[lines]
        if step.name:
            spans[step.name] = begin, places
        if good is not None and not good.all():
            lines, places, marks = lines[good], places[good], marks[good]
            spans = {name: (first[good], last[good]) for name, (first, last) in spans.items()}
            opened = {name: first[good] for name, first in opened.items()}
    if template.marks is not None:
        good = (places == block.end[lines]) & (marks == block.last_mark[lines])
    else:
        good = places <= block.end[lines]
    if not good.all():
        lines, spans = lines[good], {name: (first[good], last[good]) for name, (first, last) in spans.items()}
    return Found(lines, spans)


def nothing() -> Found:
    """No line at all."""
    return Found(np.zeros(0, np.int64), {})
