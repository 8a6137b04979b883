"""postfix_files: main.cf and master.cf as Postfix reads them. Source: readlline.c, conf mac_expand.c, master_ent.c.

In: the text of a file. Out: `logical` lines with the physical lines they are made of; `parameters` (main.cf: the last
assignment wins), `services` (master.cf); `expand` for `$name`. A logical line starts with text in the first column and
goes on over lines that start with white space; comments and empty lines between them count for nothing.

BUGS: `expand` knows $name, $(name), ${name}, ${name?text}, ${name:text} and the braced forms; ${name == x ? ..} of
Postfix 3 stays as it is, and postscreen(8)'s and smtpd(8)'s built-in defaults of other parameters are not known here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_DEPTH = 100
"""nested expansions; what is deeper stays as text"""
MAX_TEXT = 1 << 16
"""characters of one value"""


@dataclass(frozen=True, slots=True)
class Logical:
    """One logical line: its text, and the physical lines with their numbers (1-based)."""

    text: str
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One line of master.cf: `smtp/inet` runs `postscreen`, with the -o options that override main.cf."""

    name: str
    command: str
    overrides: Mapping[str, str] = field(default_factory=dict)


def logical(text: str) -> Iterator[Logical]:
    """The logical lines of main.cf or master.cf."""
    parts: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if parts and not line[0].isspace():
            yield _joined(parts)
            parts = []
        # White space at the very beginning continues nothing: Postfix takes it for the start of the first line.
        parts.append((number, line))
    if parts:
        yield _joined(parts)


def _joined(parts: list[tuple[int, str]]) -> Logical:
    return Logical(" ".join(line.strip() for _, line in parts), tuple(parts))


def parameters(text: str) -> dict[str, Logical]:
    """main.cf: name -> the value's text and the lines it stands in."""
    found: dict[str, Logical] = {}
    for line in logical(text):
        name, equals, value = line.text.partition("=")
        if equals and re.fullmatch(r"[0-9A-Za-z_.-]+", name.strip()):
            found[name.strip()] = Logical(value.strip(), line.lines)
    return found


def services(text: str) -> list[Service]:
    """master.cf: its services, with what their -o options set, `$name` as it stands."""
    found = []
    for line in logical(text):
        words = re.findall(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\S+", line.text)
        if len(words) < 8:
            continue
        overrides: dict[str, str] = {}
        arguments = iter(words[8:])
        for word in arguments:
            if not word.startswith("-o"):
                continue
            given = word[2:] or next(arguments, "")
            name, equals, value = given.strip("{}").partition("=")
            if equals:
                overrides[name.strip()] = value.strip()
        found.append(Service(f"{words[0]}/{words[1]}", words[7], overrides))
    return found


_NAME = re.compile(r"\$(?:([0-9A-Za-z_]+)|\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|\(([^()]*)\)|(\$))")


def expand(value: str, known: Mapping[str, str]) -> str:
    """`$name` and its kin replaced by what main.cf says; nothing for a name that it does not set, or that is made of
    itself. What grows beyond MAX_TEXT is cut."""
    return _Expansion(known).of(value)


class _Expansion:
    """One value's expansion. Each name is expanded once, so that names made of names twice over do no harm."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.done: dict[str, str] = {}
        self.depth = 0

    def of(self, value: str) -> str:
        if "$" not in value or self.depth > MAX_DEPTH:
            return value
        self.depth += 1
        made = _NAME.sub(self._one, value[:MAX_TEXT])[:MAX_TEXT]
        self.depth -= 1
        return made

    def _named(self, name: str) -> str:
        if name not in self.done:
            self.done[name] = ""  # what stands in it for itself
            self.done[name] = self.of(self.known.get(name, ""))
        return self.done[name]

    def _one(self, found: re.Match[str]) -> str:
        if found[4]:
            return "$"
        if found[1] is not None:
            return self._named(found[1])
        inner = found[2] if found[2] is not None else found[3]
        parts = re.fullmatch(r"\s*([0-9A-Za-z_]+)\s*(?:([?:])(.*))?", inner, re.DOTALL)
        if not parts:
            return found[0]
        current, sign, rest = self._named(parts[1]), parts[2], parts[3] or ""
        if not sign:
            return current
        if sign == ":":
            return "" if current else self.of(rest.strip().removeprefix("{").removesuffix("}"))
        yes, no = _branches(rest)
        return self.of(yes if current else no)


def _branches(text: str) -> tuple[str, str]:
    """`{yes}:{no}` or `yes`."""
    both = re.fullmatch(r"\s*\{(.*?)\}\s*(?::\s*\{(.*)\}\s*)?", text, re.DOTALL)
    return (both[1].strip(), (both[2] or "").strip()) if both else (text, "")


def line_of(lines: Mapping[str, Logical], parameter: str, word: str) -> int | None:
    """The physical line of main.cf that a word of a parameter stands in: in the parameter's own lines, else in one
    place of the file alone (the value came by `$name`); None when that is not certain."""
    whole = re.compile(rf"(?<![0-9A-Za-z_.-]){re.escape(word)}(?![0-9A-Za-z_.-])", re.IGNORECASE)
    own = lines.get(parameter)
    for number, text in own.lines if own else ():
        if whole.search(text):
            return number
    others = [number for line in lines.values() for number, text in line.lines if whole.search(text)]
    return others[0] if len(others) == 1 else None
