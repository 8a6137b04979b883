"""template: a usual line as a pattern with its fields named, found in many lines at once.

The language, as in `Shape.template`: what stands outside braces is said literally, and

    {name}      a field, up to what follows it: the next literal, or the end of the line
    {name:3}    a field of so many octets
    {name%s}    a field as far as octets of a class go: v, anything but blanks and control characters; s, of those no
                parentheses; a, of s no colon; n, of s no capital letter and no equals sign (a name from the DNS);
                d, digits; w, letters and digits; h, of an IP address: hexadecimal digits, `.` and `:`. It is not empty
    {name:6%w}  a field of so many octets, all of a class
    {@name}     what the field of that name says, once more
    {name=...}  a field that has others, and literals, inside
    {name*}     the rest of the line, whatever it holds
    {THIS/THAT} one of these words, in capitals, none of which begins another
    {?..{/}..}  a part that may be missing: the first of these that fits, or nothing
    {!..{/}..}  the first of these parts that fits
    {}  {*}     the same without a name: passed over
    |           nothing: parts a literal, so that the field before it ends at the part before

A field never holds a mark (`block.MARKS`), so that no string of an attacker's can move a field's end: a line with a
mark too many, or one too few, is not of the template. A field ends at the next mark, less what the literal behind it
has before that mark; where that literal has no mark, at the literal's first octet, with no blank before it and not
further than `REACH` away; a field of a class, where the class ends. What was found is not looked for again elsewhere:
of the parts in `{?` and `{!` the first that fits counts, even where another would let the rest of the line fit.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from mailtop.ingest.bulk.block import MARKS, WORD, Array, Block

REACH: Final = 72
"""octets that a field may have which ends at no mark, or is of a class"""

_TOKEN = re.compile(
    rb"\{(?P<either>[A-Z]+(?:/[A-Z]+)+)\}|\{(?P<group>[?!])|\{@(?P<again>[a-z_]+)\}|(?P<or>\{/\})"
    rb"|\{(?P<name>[a-z_]*)(?:(?P<rest>\*)|(?P<open>=)|(?::(?P<size>\d+))?(?:%(?P<kind>[vsandwh]))?)(?P<end>\})?"
    rb"|(?P<close>\})|(?P<bar>\|)"
)

Spans = dict[str, tuple[Array, Array]]


class Step(NamedTuple):
    """One part of a template. `kind`: lit, either, mark, octet, size, run, within, again, rest, end, open, close,
    group; while it is being read also field, or, done."""

    kind: str
    name: str = ""
    literal: bytes = b""
    number: int = 0
    """marks in a literal; octets before the mark that ends a field; the octet that ends it; octets of it; whether one
    of a group's parts must be"""
    of: str = ""
    """the class of a field's octets"""
    parts: tuple[tuple["Step", ...], ...] = ()
    """of a group"""


class Template(NamedTuple):
    """A template, ready to be looked for."""

    steps: tuple[Step, ...]
    marks: int | None
    """in the whole text; None when that is not always the same"""
    opening: bytes
    """octets that all lines have at the same place, a word of them at most; empty when there are none"""
    at: int
    """where from the text's beginning the opening stands"""


class Found(NamedTuple):
    """The lines of a template, and of each of its fields where it begins and ends in them. A field whose part is
    missing begins and ends at 0."""

    lines: Array
    spans: Spans


def compiled(template: bytes) -> Template:
    """Read a template; ValueError where a field has no end that can be told."""
    ((parts),) = _parts(_tokens(template))
    steps = _marked(_steps(parts, True), False)
    same = all(step.kind not in ("rest", "group") for step in steps)
    marks = sum(step.number for step in steps if step.kind == "lit") if same else None
    return Template(steps, marks, *_opening(steps))


def _tokens(template: bytes) -> Iterator[Step]:
    opened: list[str | None] = []
    at = 0
    for found in _TOKEN.finditer(template):
        if at < found.start():
            yield _literal(template[at : found.start()])
        at = found.end()
        name = (found["name"] or b"").decode()
        if found["either"]:
            yield Step("either", literal=found["either"])
        elif found["group"]:
            opened.append(None)
            yield Step("group", number=found["group"] == b"!")
        elif found["again"]:
            yield Step("again", found["again"].decode())
        elif found["or"]:
            yield Step("or")
        elif found["close"]:
            closes = opened.pop()
            yield Step("done") if closes is None else Step("close", closes)
        elif found["open"]:
            opened.append(name)
            yield Step("open", name)
        elif found["size"]:
            yield Step("size", name, number=int(found["size"]), of=(found["kind"] or b"").decode())
        elif found["kind"]:
            yield Step("run", name, of=found["kind"].decode())
        elif not found["bar"]:
            yield Step("rest" if found["rest"] else "field", name)
    if at < len(template):
        yield _literal(template[at:])


def _literal(text: bytes) -> Step:
    return Step("lit", literal=text, number=sum(octet in MARKS for octet in text))


def _parts(tokens: Iterator[Step]) -> list[list[Step]]:
    """The parts of a group, up to its end; of the whole template, which is one part."""
    parts: list[list[Step]] = [[]]
    for token in tokens:
        if token.kind == "done":
            break
        if token.kind == "or":
            parts.append([])
        elif token.kind == "group":
            inside = tuple(_steps(some, False) for some in _parts(tokens))
            parts[-1].append(token._replace(parts=inside))
        else:
            parts[-1].append(token)
    return parts


def _steps(parts: list[Step], whole: bool) -> tuple[Step, ...]:
    """What ends each field, told from what is behind it; `whole`: the line ends where they end."""
    steps: list[Step] = []
    for at, part in enumerate(parts):
        if part.kind != "field":
            steps.append(part)
            continue
        behind = next((other for other in parts[at + 1 :] if other.kind not in ("open", "close")), None)
        if behind is None and whole:
            steps.append(Step("end", part.name))
        elif behind is None or behind.kind != "lit":
            raise ValueError(f"template: no literal behind {{{part.name}}}")
        elif behind.number:
            before = next(place for place, octet in enumerate(behind.literal) if octet in MARKS)
            steps.append(Step("mark", part.name, number=before))
        else:
            steps.append(Step("octet", part.name, number=behind.literal[0]))
    return tuple(steps)


def _marked(steps: tuple[Step, ...], mark: bool) -> tuple[Step, ...]:
    """The same steps, where fields of a class that only a mark can end are `within` it; `mark`: one is behind them."""
    found: list[Step] = []
    for step in reversed(steps):
        if step.kind == "run" and mark:
            step = step._replace(kind="within")
        elif step.kind == "group":
            step = step._replace(parts=tuple(_marked(part, mark) for part in step.parts))
        if step.kind not in ("open", "close"):
            mark = step.kind == "lit" and step.literal[0] in MARKS
        found.append(step)
    return tuple(reversed(found))


def _opening(steps: tuple[Step, ...]) -> tuple[bytes, int]:
    """The longest literal at a place that is the same in all lines, as far as a word goes, and that place."""
    at, best = 0, (b"", 0)
    for step in steps:
        if step.kind == "lit":
            if min(len(step.literal), WORD) > len(best[0]):
                best = step.literal[:WORD], at
            at += len(step.literal)
        elif step.kind == "size":
            at += step.number
        elif step.kind not in ("open", "close"):
            break
    return best


def find(block: Block, template: Template, lines: Array, places: Array, marks: Array) -> Found:
    """Which of `lines` are of the template. `places`: where each one's text begins; `marks`: the next mark there."""
    if template.marks is not None:
        few = block.last_mark[lines] - marks == template.marks
        lines, places, marks = lines[few], places[few], marks[few]
    search = _Search(block, lines, places, marks)
    search.follow(template.steps)
    lines = search.lines
    search.keep((search.places == block.end[lines]) & (search.marks == block.last_mark[lines]))
    return Found(search.lines, search.spans)


class _Search:
    """Lines in which a template was found so far, and where in each of them it goes on."""

    def __init__(self, block: Block, lines: Array, places: Array, marks: Array) -> None:
        self.block = block
        self.lines = lines
        self.places = places
        self.marks = marks
        """the next mark of each"""
        self.rows = np.arange(len(lines))
        """which of the lines it began with are left"""
        self.spans: Spans = {}
        self._opened: dict[str, Array] = {}

    def keep(self, good: Array) -> None:
        """Go on with some of the lines."""
        if good.all():
            return
        self.lines, self.places, self.marks = self.lines[good], self.places[good], self.marks[good]
        self.rows = self.rows[good]
        self.spans = {name: (first[good], last[good]) for name, (first, last) in self.spans.items()}
        self._opened = {name: first[good] for name, first in self._opened.items()}

    def follow(self, steps: tuple[Step, ...]) -> None:
        """Take these steps, with the lines in which they can be taken."""
        for step in steps:
            if not len(self.lines):
                return
            if step.kind == "open":
                self._opened[step.name] = self.places
            elif step.kind == "close":
                self.spans[step.name] = self._opened.pop(step.name), self.places
            elif step.kind == "group":
                self._group(step)
            else:
                begin = self.places
                good = self._step(step)
                if step.name and step.kind != "again":
                    self.spans[step.name] = begin, self.places
                if good is not None:
                    self.keep(good)

    def _step(self, step: Step) -> Array | None:
        """Go on behind a step; in which lines that can be done, None: in all."""
        block, begin = self.block, self.places
        good: Array
        if step.kind == "lit":
            self.places = begin + len(step.literal)
            if step.number:
                self.marks = self.marks + step.number
            return block.equal(begin, step.literal)
        if step.kind == "either":
            size = np.zeros(len(begin), np.int64)
            for word in step.literal.split(b"/"):
                size[block.equal(begin, word)] = len(word)
            self.places = begin + size
            good = size > 0
        elif step.kind == "mark":
            self.places = block.marks[self.marks] - step.number
            good = self.places >= begin
        elif step.kind == "octet":
            self.places = block.until(begin, step.number, REACH)
            good = (self.places >= 0) & (self.places <= block.marks[self.marks])
        elif step.kind == "size":
            self.places = begin + step.number
            good = self.places <= block.marks[self.marks]
            if step.of:
                good &= block.all_of(begin, step.number, step.of)
        elif step.kind == "again":
            first, last = self.spans[step.name]
            self.places = begin + last - first
            good = (self.places <= block.marks[self.marks]) & block.same(first, begin, last - first)
        elif step.kind == "within":
            self.places = block.marks[self.marks]
            good = block.within(begin, self.places, step.of, REACH)
        elif step.kind == "run":
            self.places = block.run(begin, block.marks[self.marks], step.of, REACH)
            good = self.places > begin
        else:
            self.places = block.end[self.lines]
            if step.kind == "rest":
                self.marks = block.last_mark[self.lines]
            return None
        return good

    def _group(self, group: Step) -> None:
        """Go on behind the first part that fits; where none does, stay, or give the line up."""
        places, marks = self.places.copy(), self.marks.copy()
        count = len(places)
        left = np.arange(count)
        for name in (name for part in group.parts for name in _names(part)):
            before = self.spans.get(name)
            none = np.zeros(count, np.int64)
            self.spans[name] = (none, none.copy()) if before is None else (before[0].copy(), before[1].copy())
        for part in group.parts:
            inside = _Search(self.block, self.lines[left], self.places[left], self.marks[left])
            for name in self.spans.keys() & set(_names(part, said=True)):
                first, last = self.spans[name]
                inside.spans[name] = first[left], last[left]
            inside.follow(part)
            rows = left[inside.rows]
            places[rows], marks[rows] = inside.places, inside.marks
            for name, (begin, end) in inside.spans.items() if len(rows) else ():
                first, last = self.spans[name]
                first[rows], last[rows] = begin, end
            fits = np.zeros(count, np.bool_)
            fits[rows] = True
            left = left[~fits[left]]
            if not len(left):
                break
        self.places, self.marks = places, marks
        if group.number and len(left):
            good = np.ones(count, np.bool_)
            good[left] = False
            self.keep(good)


def _names(steps: tuple[Step, ...], said: bool = False) -> Iterator[str]:
    """The fields of these steps and of the groups in them; or those before them that they say once more."""
    for step in steps:
        if step.name and step.kind != "open" and (step.kind == "again") == said:
            yield step.name
        for part in step.parts:
            yield from _names(part, said)
