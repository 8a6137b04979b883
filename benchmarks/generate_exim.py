#!/usr/bin/env python3
"""Write an Exim mainlog as a server in the field has it, and what it truly says.

    generate_exim.py [--lines N] [--seed N] [--hours H] [--bots N] [--addresses documentation|any] [--connections]
                     [--begin TIME] [--truth FILE] OUT

The same arguments write the same bytes. OUT may be `-`. The lines are those of fixtures/exim/genuine, from Exim 4.96
with Debian's log_selector, or with `--connections` also +smtp_connection +smtp_no_mail +incoming_port. What comes in is
mostly unwanted: lists, unknown users, password guessing; a fifth of the sessions bring mail, which is delivered,
deferred, refused by the next hop, or bounced. The truth is counted while writing, and not read back from the log.
"""

import argparse
import heapq
import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final, TextIO

LINES_A_SESSION: Final = 2.6
"""about; with connections two more"""
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WORDS: Final = ("alpha", "bravo", "delta", "echo", "golf", "hotel", "india", "kilo", "lima", "mike", "oscar", "papa")
ZONES: Final = ("zen.test", "bl.test", "spam.test")


class Mainlog:
    """The traffic, line by line in time."""

    def __init__(self, seed: int, begin: float, bots: int, any_address: bool, connections: bool) -> None:
        self.draw = Random(seed)
        self.now = begin
        self.connections = connections
        self.truth: Counter[str] = Counter()
        self._waiting: list[tuple[float, int, str]] = []
        self._written = 0
        self._stamps: tuple[int, str] = (0, "")
        self._bots = [self._address(any_address) for _ in range(bots)]
        self._clients = [(f"mail.{word}{n}.example", self._address(any_address)) for word in WORDS for n in range(40)]

    def _address(self, any_address: bool) -> str:
        draw = self.draw
        if any_address:
            return f"{draw.randint(1, 223)}.{draw.randint(0, 255)}.{draw.randint(0, 255)}.{draw.randint(1, 254)}"
        if draw.random() < 0.03:
            return f"2001:db8:{draw.randint(1, 65535):x}::{draw.randint(1, 65535):x}"
        return f"{draw.choice(('192.0.2', '198.51.100', '203.0.113'))}.{draw.randint(1, 254)}"

    def _later(self, after: float, text: str) -> None:
        self._written += 1
        heapq.heappush(self._waiting, (self.now + after, self._written, text))

    def _ident(self, at: float) -> str:
        """6-6-2 characters: seconds, process, fraction."""
        seconds, out = int(at), ""
        for _ in range(6):
            seconds, digit = divmod(seconds, 62)
            out = ALPHABET[digit] + out
        draw = self.draw
        return f"{out}-{''.join(draw.choices(ALPHABET, k=6))}-{''.join(draw.choices(ALPHABET[:32], k=2))}"

    def _user(self) -> str:
        return f"{self.draw.choice(WORDS)}{self.draw.randint(1, 60)}"

    def _domain(self) -> str:
        return f"{self.draw.choice(WORDS)}{self.draw.randint(1, 300)}.example"

    def session(self) -> None:
        """One client, from its coming to what becomes of its mail."""
        draw = self.draw
        good = draw.random() < 0.2
        name, ip = draw.choice(self._clients) if good else (None, self._bots[int(len(self._bots) * draw.random() ** 2)])
        socket = f"[{ip}]:{draw.randint(1024, 65535)}" if self.connections else f"[{ip}]"
        if self.connections:
            self.truth["connections"] += 1
            self._later(0, f"SMTP connection from {socket} (TCP/IP connection count = {draw.randint(1, 20)})")
        if name is None and draw.random() < 0.5:
            if draw.random() < 0.6:
                self._later(0.1, f"no host name found for IP address {ip}")
            else:
                name = f"dyn-{ip.replace('.', '-').replace(':', '-')}.isp.example"
        said = name if good else draw.choice(("ylmf-pc", "User", f"[{self._bots[0]}]", self._domain(), self._domain()))
        shown = f"({said}) {socket}" if name != said else socket
        shown = f"{name} {shown}" if name else shown
        if good:
            self._mail(shown)
        else:
            draw.choices(self.KINDS, self.WEIGHTS)[0](self, shown, socket)
        if self.connections:
            self._later(2, f"SMTP connection from {shown} closed by QUIT")

    def _reject(self, shown: str, words: str, after: float = 0.5, sender: str | None = None) -> None:
        sender = sender if sender is not None else f"{self._user()}@{self._domain()}"
        self.truth["rejects"] += 1
        self._later(after, f"H={shown} F=<{sender}> rejected RCPT <{self._user()}@example.org>: {words}")

    def _listed(self, shown: str, socket: str) -> None:
        ip, zone = socket[1:].partition("]")[0], self.draw.choice(ZONES)
        self.truth[f"zone {zone}"] += (times := self.draw.choice((1, 1, 1, 2, 3)))
        for n in range(times):
            self._reject(shown, f"rejected because {ip} is in a black list at {zone}", 0.5 + n * 0.1)

    def _unknown(self, shown: str, _: str) -> None:
        self._reject(shown, "Unrouteable address")

    def _relay(self, shown: str, _: str) -> None:
        self._reject(shown, "relay not permitted")

    def _verify(self, shown: str, _: str) -> None:
        sender = f"{self._user()}@nowhere.example"
        self._later(0.5, f"H={shown} sender verify fail for <{sender}>: Unrouteable address")
        self._reject(shown, "Sender verify failed", sender=sender)

    def _grey(self, shown: str, _: str) -> None:
        self.truth["temporary rejects"] += 1
        self._later(0.5, f"H={shown} F=<{self._user()}@{self._domain()}> temporarily rejected RCPT "
                         f"<{self._user()}@example.org>: greylisted - please try again later")  # fmt: skip

    def _guess(self, shown: str, _: str) -> None:
        for n in range(self.draw.randint(1, 4)):
            self.truth["auth failures"] += 1
            user = f"{self._user()}@example.org" if self.draw.random() < 0.5 else self._user()
            words = f"535 Incorrect authentication data (set_id={user})"
            self._later(0.5 + n, f"login authenticator failed for {shown}: {words}")

    def _lost(self, shown: str, _: str) -> None:
        self._later(1, f"unexpected disconnection while reading SMTP command from {shown} D={self.draw.randint(0, 9)}s")

    def _noise(self, shown: str, socket: str) -> None:
        self._later(0.5, self.draw.choice((
            f'SMTP syntax error in "GET / HTTP/1.1" H={socket} unrecognized command',
            f'SMTP protocol error in "AUTH LOGIN" H={shown} AUTH command used when not advertised',
            f"TLS error on connection from {shown} (gnutls_handshake): An unexpected TLS packet was received.",
            f'SMTP call from {shown} dropped: too many nonmail commands (last was "RSET")',
        )))  # fmt: skip

    KINDS: Final[tuple[Callable[["Mainlog", str, str], None], ...]] = (
        _listed, _unknown, _relay, _verify, _grey, _guess, _lost, _noise,
    )  # fmt: skip
    WEIGHTS: Final = (34, 12, 5, 8, 6, 20, 9, 6)

    def _mail(self, shown: str) -> None:
        draw = self.draw
        ident, sender = self._ident(self.now), f"{self._user()}@{self._domain()}"
        own = draw.random() < 0.3
        login = f" A=login:{self._user()}" if own else ""
        self.truth["received"] += 1
        self._later(0.8, f"{ident} <= {sender} H={shown} P=esmtps{'a' if own else ''} X=TLS1.3:ECDHE_X25519__RSA_PSS_"
                         f"RSAE_SHA256__AES_256_GCM:256 CV=no{login} S={draw.randint(900, 90000)} "
                         f"id={draw.getrandbits(64):x}@{self._domain()}")  # fmt: skip
        if not own and draw.random() < 0.7:
            self._later(0.8, f"{ident} DKIM: d={self._domain()} s=s1 c=relaxed/relaxed a=rsa-sha256 b=2048 "
                             "[verification succeeded]")  # fmt: skip
        after = 1.0
        for n in range(draw.choice((1, 1, 1, 2))):
            after = self._deliver(ident, own, after, n)
        self._later(after, f"{ident} Completed")

    def _deliver(self, ident: str, remote: bool, after: float, n: int) -> float:
        draw, arrow = self.draw, "->" if n else "=>"
        user = self._user()
        if not remote:
            self.truth["delivered"] += 1
            self._later(after, f"{ident} {arrow} {user} <{user}@example.org> R=local_user T=maildir_home")
            return after + 0.1
        domain = self._domain()
        way, host = f"{user}@{domain} R=dnslookup T=remote_smtp", f"H=mx.{domain} [192.0.2.{draw.randint(1, 250)}]"
        luck = draw.random()
        error = f"SMTP error from remote mail server after RCPT TO:<{user}@{domain}>:"
        while luck < 0.15:
            self.truth["deferrals"] += 1
            self._later(after, f"{ident} == {way} defer (-44) {host}: {error} 450 4.2.0 Greylisted, come again")
            after, luck = after + 900, draw.random() * 2
        if luck < 0.2:
            self.truth["failed"] += 1
            self._later(after, f"{ident} ** {way} {host}: {error} 550 5.1.1 <{user}@{domain}>: User unknown")
            bounce = self._ident(self.now + after)
            self._later(after + 0.1, f"{bounce} <= <> R={ident} U=Debian-exim P=local S={draw.randint(1500, 3000)}")
            self._later(after + 0.2, f"{bounce} => {user} <{user}@example.org> R=local_user T=maildir_home")
            self._later(after + 0.3, f"{bounce} Completed")
            self.truth.update(("received", "bounces", "delivered"))
            return after + 0.4
        self.truth["delivered"] += 1
        self._later(after, f'{ident} {arrow} {way} {host} X=TLS1.2:ECDHE_X25519__RSA_SHA256__AES_256_GCM:256 CV=yes '
                           f'C="250 2.0.0 Ok: queued as {draw.getrandbits(40):X}"')  # fmt: skip
        return after + 0.5

    def write(self, out: TextIO, lines: int, gap: float) -> None:
        """At least so many lines, a session every `gap` seconds on average; then what is left of those begun."""
        while self.truth["lines"] < lines:
            self.session()
            self.now += self.draw.expovariate(1 / gap)
            self._until(out, self.now)
        self._until(out, float("inf"))

    def _until(self, out: TextIO, end: float) -> None:
        waiting = self._waiting
        while waiting and waiting[0][0] <= end:
            at, _, text = heapq.heappop(waiting)
            second = int(at)
            if second != self._stamps[0]:
                self._stamps = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S ")
            out.write(self._stamps[1] + text + "\n")
            self.truth["lines"] += 1


def arguments(words: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a realistic Exim mainlog.")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--lines", type=int, default=100_000, help="at least so many (default 100000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=24.0, help="about the time that they span (default 24)")
    parser.add_argument("--begin", default="2026-11-20T00:00:00", help="time of the first line, UTC")
    parser.add_argument("--addresses", choices=("documentation", "any"), default="documentation")
    parser.add_argument("--bots", type=int, default=20_000, help="distinct unwanted clients")
    parser.add_argument("--connections", action="store_true", help="with connections and ports")
    parser.add_argument("--truth", metavar="FILE", help="write what the log truly says, as JSON")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> None:
    """Write the log."""
    options = arguments(words)
    begin = datetime.fromisoformat(options.begin).replace(tzinfo=UTC).timestamp()
    log = Mainlog(options.seed, begin, options.bots, options.addresses == "any", options.connections)
    per_session = LINES_A_SESSION + 2 * options.connections
    with nullcontext(sys.stdout) if options.out == "-" else open(options.out, "w", encoding="ascii") as out:
        log.write(out, options.lines, options.hours * 3600 * per_session / options.lines)
    if options.truth:
        Path(options.truth).write_text(json.dumps(log.truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
