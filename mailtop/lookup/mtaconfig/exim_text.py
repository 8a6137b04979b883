"""exim_text: Exim's configuration as text: macros, conditions, includes; its ACLs; and lists with their separators.

Source: readconf.c (get_config_line, macros_expand), acl.c, string_nextinlist. `lines` gives logical lines as
`exim -bP config` would print them; `statements` the statements of the ACLs; `items` the items of a list.

BUGS: expansions (`${...}`, `$acl_m0`) happen when mail comes, and are left as they stand. `.ifdef` looks at macros of
the text only, not at those that Exim was built with.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mailtop.lookup.mtaconfig.configured import Unread
from mailtop.lookup.mtaconfig.machine import Machine, why

MAX_INCLUDES: Final = 200
MAX_LINE: Final = 1 << 16
VERBS: Final = ("accept", "defer", "deny", "discard", "drop", "require", "warn")
_MACRO = re.compile(r"([A-Z][0-9A-Za-z_]*)\s*(==?)\s*(.*)", re.DOTALL)
_STATEMENT = re.compile(rf"({'|'.join(VERBS)})(?:\s+(.*)|)", re.DOTALL)
_CONDITION = re.compile(r"(!?)\s*([a-z_0-9]+)\s*=\s*(.*)", re.DOTALL)


@dataclass(slots=True)
class Statement:
    """One ACL statement: its verb and its conditions and modifiers in order: (negated, name, value)."""

    acl: str
    verb: str
    conditions: list[tuple[bool, str, str]] = field(default_factory=list)


def logical(text: str) -> Iterator[str]:
    """Logical lines: `\\` joins with the next line, whose leading space goes; comments in between go too."""
    held = ""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped.startswith("#") and (stripped or held):
            joins = stripped.endswith("\\")
            held = (held + (stripped[:-1] if joins else stripped))[:MAX_LINE]
            if joins:
                continue
            if held.strip():
                yield held.strip()
            held = ""
    if held.strip():
        yield held.strip()


class Source:
    """A configuration read from its files."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.macros: dict[str, str] = {}
        self.unread: list[Unread] = []
        self.read: list[str] = []

    def lines(self, path: str) -> Iterator[str]:
        """The logical lines of a file and of what it includes, macros replaced. OSError when it cannot be read."""
        text = self.machine.read(path)
        self.read.append(path)
        taken: list[bool] = []
        for line in logical(text):
            word, _, rest = line.partition(" ")
            rest = rest.strip()
            if word in (".ifdef", ".ifndef"):
                taken.append((self._expanded(rest) != rest or rest in self.macros) == (word == ".ifdef"))
            elif word in (".elifdef", ".elifndef") and taken:
                taken[-1] = not taken[-1] and (rest in self.macros) == (word == ".elifdef")
            elif word == ".else" and taken:
                taken[-1] = not taken[-1]
            elif word == ".endif" and taken:
                taken.pop()
            elif all(taken):
                yield from self._one(line, path)

    def _one(self, line: str, path: str) -> Iterator[str]:
        if found := _MACRO.match(line):
            if found[2] == "==" or found[1] not in self.macros:
                self.macros[found[1]] = self._expanded(found[3])
            return
        line = self._expanded(line)
        word, _, rest = line.partition(" ")
        if word not in (".include", ".include_if_exists"):
            yield line
            return
        target = posixpath.join(posixpath.dirname(path), rest.strip().strip('"'))
        names = self.machine.files(posixpath.join(target, "*")) or [target]
        for name in names:
            if len(self.read) >= MAX_INCLUDES or name in self.read:
                self.unread.append(Unread("exim", name, "included within itself, or one of too many"))
                continue
            try:
                yield from self.lines(name)
            except OSError as error:
                if word == ".include":
                    self.unread.append(Unread("exim", name, why(error)))

    def _expanded(self, line: str) -> str:
        # In the order of their definition, as Exim does: a macro's name inside a later one's text is not found again.
        for name, value in reversed(self.macros.items()):
            if name in line:
                line = line.replace(name, value)[:MAX_LINE]
        return line


def statements(lines: Iterator[str]) -> Iterator[Statement]:
    """The statements of the ACLs."""
    inside, acl = False, ""
    held: Statement | None = None
    for line in lines:
        if line.startswith("begin "):
            inside = line.split() == ["begin", "acl"]
            continue
        if not inside:
            continue
        if found := re.match(r"([0-9A-Za-z_.-]+):\s*(.*)", line):
            acl, line = found[1], found[2]
            if not line:
                continue
        found = _STATEMENT.fullmatch(line)
        if found:
            if held is not None:
                yield held
            held = Statement(acl, found[1])
            line = found[2] or ""
        if held is not None and (condition := _CONDITION.match(line)):
            held.conditions.append((bool(condition[1]), condition[2], condition[3].strip()))
    if held is not None:
        yield held


def items(text: str) -> list[str]:
    """The items of a list: `<c` at its beginning sets the separator, a doubled one is itself; `${..}` is not cut."""
    separator = ":"
    if found := re.match(r"\s*<\s*([^\s\w<>])", text):
        separator, text = found[1], text[found.end() :]
    made, depth, item = [], 0, ""
    at = 0
    while at < len(text):
        char = text[at]
        depth += (char == "{") - (char == "}" and depth > 0)
        if char == separator and not depth:
            if text[at + 1 : at + 2] == separator:
                at += 1
            else:
                made.append(item.strip())
                item = ""
                at += 1
                continue
        item += char
        at += 1
    return [one for one in (*made, item.strip()) if one]
