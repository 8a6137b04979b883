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

MAX_DEPTH = 20
"""nested expansions; a longer chain is a loop, and stays as text"""
MAX_TEXT = 1 << 20


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


def expand(value: str, known: Mapping[str, str], depth: int = 0) -> str:
    """`$name` and its kin replaced by what main.cf says; nothing for a name that it does not set."""
    if "$" not in value or depth > MAX_DEPTH or len(value) > MAX_TEXT:
        return value

    def one(found: re.Match[str]) -> str:
        if found[4]:
            return "$"
        if found[1] is not None:
            return expand(known.get(found[1], ""), known, depth + 1)
        inner = found[2] if found[2] is not None else found[3]
        parts = re.fullmatch(r"\s*([0-9A-Za-z_]+)\s*(?:([?:])(.*))?", inner, re.DOTALL)
        if not parts:
            return found[0]
        name, sign, rest = parts[1], parts[2], parts[3] or ""
        current = expand(known.get(name, ""), known, depth + 1)
        if not sign:
            return current
        yes, no = _branches(rest) if sign == "?" else ("", rest.strip().removeprefix("{").removesuffix("}"))
        return expand(yes if sign == "?" and current else no if not current else "", known, depth + 1)

    return _NAME.sub(one, value)


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
