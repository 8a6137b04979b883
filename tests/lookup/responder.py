"""A name server on the loopback with lists in every condition, for tests: no package and no network is needed.

Each zone's behaviour is a function of the labels below the zone and the record type; it returns a response code, the
records, and whose SOA comes with a negative answer. None is silence. Every question is kept in `asked`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import NamedTuple

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


class Say(NamedTuple):
    """One answer."""

    code: str = "NOERROR"
    records: tuple[str, ...] = ()
    owner: str = ""
    """whose SOA comes with a negative answer; "" for none"""


Behaviour = Callable[[str, str], Say | None]
ABSENT = "NXDOMAIN"
PARKED = "198.51.100.80"


def honest(*listed: str, answers: tuple[str, ...] = ("127.0.0.2",)) -> Behaviour:
    """Lists these names (as they stand below the zone); the zone is there."""

    def say(below: str, kind: str) -> Say | None:
        if not below:
            return _apex(kind)
        if below not in listed:
            return Say(ABSENT, owner="ZONE")
        return (
            Say(records=answers) if kind == "A" else Say(records=('"listed"',)) if kind == "TXT" else Say(owner="ZONE")
        )

    return say


def everything(*answers: str, text: str = "", apex: bool = True) -> Behaviour:
    """Answers every question alike."""

    def say(below: str, kind: str) -> Say | None:
        if not below and kind != "A":
            return _apex(kind) if apex else Say(owner="ZONE")
        if kind == "A":
            return Say(records=answers)
        return Say(records=(f'"{text}"',)) if kind == "TXT" and text else Say(owner="ZONE")

    return say


def failing(code: str) -> Behaviour:
    """One response code for everything."""
    return lambda below, kind: Say(code)


def silent(below: str, kind: str) -> Say | None:
    """No answer."""
    return None


def gone(below: str, kind: str) -> Say | None:
    """The zone does not exist; a registry's SOA says so."""
    return Say(ABSENT, owner="test")


def rebound(below: str, kind: str) -> Say | None:
    """Behind a resolver that strips answers in 127/8."""
    return _apex(kind) if not below else Say(owner="ZONE")


def _apex(kind: str) -> Say:
    if kind == "SOA":
        return Say(records=("ns.example. hostmaster.example. 1 3600 600 86400 300",))
    return Say(records=("ns.example.",)) if kind == "NS" else Say(owner="ZONE")


class Responder:
    """Answers as `zones` say, which may be changed while it runs; other names do not exist."""

    def __init__(self, zones: dict[str, Behaviour]) -> None:
        self.zones = zones
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            wire, peer = self._socket.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            if (answer := self._answer(query)) is not None:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        zone = next((zone for zone in self.zones if name == zone or name.endswith("." + zone)), None)
        said = Say(ABSENT, owner=".") if zone is None else self.zones[zone](name[: -len(zone) - 1], kind)
        if said is None:
            return None
        answer = dns.message.make_response(query, recursion_available=True)
        answer.set_rcode(dns.rcode.from_text(said.code))
        if said.records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *said.records))
        if said.owner:
            owner = (zone or "") if said.owner == "ZONE" else said.owner.rstrip(".")
            soa = "ns.example. hostmaster.example. 1 3600 600 86400 300"
            answer.authority.append(dns.rrset.from_text(dns.name.from_text(owner + "."), 900, "IN", "SOA", soa))
        return answer

    @contextmanager
    def running(self) -> Iterator[Responder]:
        """While it answers."""
        self._thread.start()
        try:
            yield self
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", ("127.0.0.1", self.port))
            self._thread.join(5)
            self._socket.close()
