"""envelope: lines inside lines.

    journald        {"__REALTIME_TIMESTAMP": "...", "MESSAGE": "...", ...}        journalctl -o json, one object a line
    Docker          {"log": "...\\n", "stream": "stdout", "time": "...Z"}         the json-file driver
    docker compose  mail-1  | <line>
    Dovecot 1       dovecot: Nov 21 17:47:39 Info: text

journald's MESSAGE is an array of octets where it is no UTF-8, and an array of several where the field was given more
than once; then the first counts. What a service of the journal writes to its standard output may be a whole line with
a header of its own, which is then read; its time is the journal's.

Limits: a line is read whole, as far as LINE_LIMIT; what is cut there is no JSON any more. Objects within objects are
not looked into.
"""

import json
import re
from typing import Any

from mailtop.record.clock import Clock
from mailtop.record.own import level_first
from mailtop.record.plain import plain
from mailtop.record.record import Record
from mailtop.record.stamp import stamp
from mailtop.record.syslog import body

_COMPOSE = re.compile(rb"(?:\x1b\[[\d;]{0,12}m)?[\w.-]{1,64} +\| (?:\x1b\[[\d;]{0,12}m)?")
_DOVECOT_1: bytes = b"dovecot: "


def unwrap(line: bytes, clock: Clock) -> Record | None:
    """The record of the line that is in an envelope; None when the line is none that is known."""
    line = line.lstrip(b"\0")
    if line.startswith(b"{"):
        return _json(line, clock)
    if found := _COMPOSE.match(line):
        return plain(line[found.end() :], clock)
    if line.startswith(_DOVECOT_1):
        line = line[len(_DOVECOT_1) :]
        at = stamp(line, clock)
        return level_first(line[at.end :], at) if at is not None else None
    return None


def _json(line: bytes, clock: Clock) -> Record | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    if "__REALTIME_TIMESTAMP" in entry:
        return _journald(entry, clock)
    if isinstance(entry.get("log"), str) and isinstance(entry.get("time"), str):
        prefix = _octets(entry["time"])[:64] + b" "
        return plain(prefix + _octets(entry["log"]).rstrip(b"\r\n"), clock) if prefix[:1].isdigit() else None
    return None


def _journald(entry: dict[str, Any], clock: Clock) -> Record | None:
    stamped = _field(entry, "__REALTIME_TIMESTAMP")
    text = _field(entry, "MESSAGE")
    if not stamped.isdigit() or len(stamped) > 17 or not text:
        return None
    time = int(stamped)
    text = text.rstrip(b"\r\n").replace(b"\n", b" ")
    host = _field(entry, "_HOSTNAME")[:255]
    if _field(entry, "_TRANSPORT") == b"stdout" and (inner := plain(text, clock)) and inner.program:
        return inner._replace(time=time, utc_offset=None, host=inner.host or host)
    program = _field(entry, "SYSLOG_IDENTIFIER") or _field(entry, "_COMM")
    pid = _field(entry, "SYSLOG_PID") or _field(entry, "_PID")
    if not program:
        return body(text, time, None)
    return Record(time, None, host, program, pid if pid.isdigit() else b"", text)


def _field(entry: dict[str, Any], name: str) -> bytes:
    """A field's octets; empty when it is absent, or something else than text."""
    value = entry.get(name)
    if isinstance(value, list) and value and isinstance(value[0], (str, list)):
        value = value[0]
    if isinstance(value, str):
        return _octets(value)
    if isinstance(value, list) and all(isinstance(octet, int) and 0 <= octet < 256 for octet in value):
        return bytes(value)
    return b""


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
