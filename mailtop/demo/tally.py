"""What a simulated log truly says: totals by the definitions that mailtop counts by, kept by who wrote the lines.

The generator knows what it meant, so a count from here owes nothing to any parser. `Tally.truth` is plain data for
JSON. Events are lines with their repeats; sessions are SMTP sessions, in which a connection that postscreen handed
to smtpd is one session before and another after; clients are IPv4 addresses or IPv6 /64s.

BUGS: delivery figures are of attempts that were written, whatever became of the message after the log's end.
"""

from collections import Counter, defaultdict

VERDICTS = ("refused", "deferred", "greylisted", "warned", "accepted")


class Count:
    """Events, sessions and distinct clients of one thing."""

    __slots__ = ("clients", "events", "last", "sessions")

    def __init__(self) -> None:
        self.events = 0
        self.sessions = 0
        self.clients: set[str] = set()
        self.last = -1

    def add(self, session: int, client: str, events: int) -> None:
        """Count `events` of a session; a session's events come in one go, so that its number need not be kept."""
        self.events += events
        if session != self.last:
            self.sessions += 1
            self.last = session
        self.clients.add(client)

    def plain(self) -> dict[str, int]:
        """For JSON."""
        return {"events": self.events, "sessions": self.sessions, "clients": len(self.clients)}


class Tally:
    """Counts while the lines are made. Sessions are given whole: all of one before the first of the next."""

    def __init__(self) -> None:
        self.lines = 0
        self.counts: defaultdict[str, Count] = defaultdict(Count)
        self.reasons: defaultdict[tuple[str, str], Count] = defaultdict(Count)
        self.decided: defaultdict[str, Count] = defaultdict(Count)
        self.listed: defaultdict[str, Count] = defaultdict(Count)
        self.errors: Counter[str] = Counter()
        self.odd: Counter[str] = Counter()
        """answers that are no listing"""
        self.by_client: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.deliveries: Counter[str] = Counter()
        self.size = 0

    def count(self, what: str, session: int, client: str, address: str, events: int = 1) -> None:
        """`what` happened in a session."""
        count = self.counts[what]
        if session != count.last:
            self.by_client[address][what] += 1
        count.add(session, client, events)

    def judged(
        self, verdict: str, reason: str, session: int, client: str, address: str, events: int = 1, zone: str = ""
    ) -> None:
        """The client was refused, deferred, greylisted or warned."""
        self.count(verdict, session, client, address, events)
        if verdict != "warned":
            self.count("turned_away", session, client, address, events)
        self.reasons[verdict, reason].add(session, client, events)
        if zone:
            self.decided[zone].add(session, client, events)

    def delivered(self, mark: tuple[str, int]) -> None:
        """A line of a message's life was written: a delivery's status, or `queued` with the size."""
        status, size = mark
        self.deliveries[status] += 1
        if status == "queued":
            self.size += size

    def truth(self, top: int = 50) -> dict[str, object]:
        """Everything as plain data, for JSON."""
        reasons: defaultdict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for (verdict, reason), count in sorted(self.reasons.items()):
            reasons[reason][verdict] = count.plain()
        ranked = sorted(self.by_client.items(), key=lambda item: (-item[1]["refused"], item[0]))
        return {
            "lines": self.lines,
            "totals": {what: count.plain() for what, count in sorted(self.counts.items())},
            "reasons": dict(sorted(reasons.items())),
            "zones": {
                zone: {
                    "refused": self.decided[zone].plain(),
                    "listed": self.listed[zone].plain(),
                    "list_errors": self.odd[zone],
                    "lookup_errors": self.errors[zone],
                }
                for zone in sorted({*self.decided, *self.listed, *self.odd, *self.errors})
            },
            "clients": [{"client": address, **dict(sorted(what.items()))} for address, what in ranked[:top]],
            "deliveries": {what: self.deliveries[what] for what in ("sent", "deferred", "bounced", "expired")},
            "messages": self.deliveries["queued"],
            "bytes": self.size,
        }
