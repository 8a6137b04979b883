"""A machine made of dictionaries: the commands and files that a test says there are, and no others."""

import errno
import fnmatch
import os
from collections.abc import Mapping, Sequence

from mailtop.lookup.mtaconfig.machine import Output


class Fake:
    """Commands by their words joined with spaces; files by path."""

    def __init__(
        self, commands: Mapping[str, str | Output] | None = None, files: Mapping[str, str] | None = None
    ) -> None:
        self.commands = dict(commands or {})
        self.contents = dict(files or {})
        self.asked: list[str] = []

    def run(self, command: Sequence[str]) -> Output:
        line = " ".join(command)
        self.asked.append(line)
        if line not in self.commands:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command[0])
        given = self.commands[line]
        return given if isinstance(given, Output) else Output(0, given, "")

    def read(self, path: str) -> str:
        if path not in self.contents:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self.contents[path]

    def files(self, pattern: str) -> list[str]:
        return sorted(path for path in self.contents if fnmatch.fnmatch(path, pattern))
