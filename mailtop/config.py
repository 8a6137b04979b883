"""Config: what the user has settled, in one frozen value: defaults, then the configuration file, then the command line.

The file is TOML, at `$XDG_CONFIG_HOME/mailtop/config.toml` (`~/.config/mailtop/config.toml`); its keys are the long
options without their dashes (`window = "12h"`, `max-events = 500000`). An unknown key, or a value of the wrong kind, is
one clear line, never ignored.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final


class ConfigError(Exception):
    """One line that says which setting is wrong, and what it may be."""


DAY: Final = 86400.0
MAX_EVENTS: Final = 2_000_000
"""events kept, whatever the window: the bound of the program's memory"""

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; the documentation of each is its option's in `mailtop --help`."""

    paths: tuple[str, ...] = ()
    rotated: bool = False
    journal: bool = False
    host: tuple[str, ...] = ()
    """hosts whose lines are read; all when empty"""
    syslog_name: tuple[str, ...] = ()
    """tags whose lines are read; all when empty"""
    zones: tuple[str, ...] = ()
    """DNS lists to look at; those that the MTA is configured to ask when empty"""
    no_dns: bool = False
    """ask nothing of DNS"""
    resolv_conf: str = "/etc/resolv.conf"
    """where the servers stand that are asked"""
    replay: bool = False
    """play the log as if it were being written"""
    speed: float = 1.0
    """of a replay: how many times faster than it was written"""
    window: float | None = DAY
    """seconds of log kept; None for all of it"""
    show: float | None = 300.0
    """seconds shown at first"""
    max_events: int = MAX_EVENTS
    delay: float = 1.0
    """seconds between two drawings"""
    export_dir: str = "."
    ascii: bool = False
    mouse: bool | None = None
    """None: on, but not over SSH"""
    theme: str | None = None
    json: bool = False
    csv: str | None = None
    unknown: bool = False
    width: int | None = None
    limit: int | None = None
    """rows of each view of a report; None for what suits its form"""
    compact: bool = False
    seed: int = 1
    rate: float = 30.0
    minutes: float = 30.0


FILE_KEYS: Final = (
    "rotated",
    "window",
    "show",
    "max_events",
    "delay",
    "export_dir",
    "ascii",
    "mouse",
    "theme",
    "no_dns",
    "resolv_conf",
)
"""settings that make sense for every run, and so may stand in the file"""


def path_of_file(environ: Mapping[str, str]) -> Path:
    """Where the configuration file is, whether or not it exists."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", "~"), ".config")
    return Path(home, "mailtop", "config.toml")


def duration(text: str) -> float | None:
    """Seconds for `90s`, `5m`, `1h`, `7d`; None for `all`. ConfigError for anything else."""
    if text == "all":
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not match or float(match[1]) <= 0:
        raise ConfigError(f"{text!r} is not a stretch of time; say 90s, 5m, 1h, 7d or all")
    return float(match[1]) * _UNITS[match[2]]


def from_file(config: Config, path: Path) -> Config:
    """`config` with what the file at `path` settles; unchanged where there is none. ConfigError for a bad file."""
    import tomllib

    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return config
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    for key, value in settings.items():
        try:
            config = replace(config, **{_name(key): _value(_name(key), value)})
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None
    return config


def _name(key: str) -> str:
    name = key.replace("-", "_")
    if name not in FILE_KEYS:
        raise ConfigError(f"unknown setting {key!r}; known are {', '.join(k.replace('_', '-') for k in FILE_KEYS)}")
    return name


def _value(name: str, value: object) -> Any:
    """`value` as the setting `name` wants it."""
    kind = next(str(field.type) for field in fields(Config) if field.name == name)
    if name in ("window", "show"):
        return duration(str(value))
    for word, types in (("bool", bool), ("int", int), ("float", int | float), ("str", str)):
        if word in kind and isinstance(value, types) and isinstance(value, bool) == (word == "bool"):
            return value
    raise ConfigError(f"{name.replace('_', '-')} = {value!r}: not the right kind of value")
