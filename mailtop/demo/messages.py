"""The life of a simulated message in the queue, as the lines that Postfix writes of it.

In: a time, a queue ID, the envelope. Out: entries appended to one list. Lines of a message may lie hours ahead
(retries), beyond the end of the log that is being made; so each carries a mark, and is counted when it is written.
"""

from random import Random
from typing import Final

Mark = tuple[str, int] | None
Entry = tuple[float, str, Mark]
"""time (epoch seconds), the line after its stamp, and what to count when it is written"""

REMOTE: Final = (
    "mail.firm3.test", "mx.partner.example", "in.example.com", "mx1.customer.test", "mail.shop.invalid", "mx.club.test",
)  # fmt: skip

RETRIES: Final = (300, 900, 2100, 4500, 8100)
"""seconds after arrival at which a deferred message is tried again"""


class Messages:
    """Writes what happens to messages; `out` takes the entries."""

    def __init__(self, rng: Random, out: list[Entry], host: str) -> None:
        self._rng = rng
        self._out = out
        self._host = host
        self._queued = 0x3A10C5E0000 + rng.randrange(1 << 24)
        self._cleanup = [f"{host} postfix/cleanup[{9000 + 7 * n}]: " for n in range(4)]
        self._qmgr = f"{host} postfix/qmgr[1187]: "
        self._lmtp = [f"{host} postfix/lmtp[{9100 + 3 * n}]: " for n in range(4)]
        self._smtp = [f"{host} postfix/smtp[{9200 + 5 * n}]: " for n in range(6)]

    def name(self) -> str:
        """A new queue ID."""
        self._queued += self._rng.randrange(16, 4000)
        return f"{self._queued:X}"

    def incoming(self, t: float, queue_id: str, sender: str, to: str) -> None:
        """From outside to a mailbox of ours: mostly delivered at once."""
        size = self._queue(t, queue_id, sender)
        user, _, domain = to.partition("@")
        roll = self._rng.random()
        if roll < 0.93:
            self._attempt(t + 0.1, t, queue_id, to, "sent", "2.0.0", "lmtp", f"mx1.{domain}[private/dovecot-lmtp]",
                          f"250 2.0.0 <{to}> {queue_id[-6:]} Saved")  # fmt: skip
            self._removed(t + 0.4, queue_id)
        elif roll < 0.98:
            relay = f"mx1.{domain}[private/dovecot-lmtp]"
            said = f"host {relay} said: 452 4.2.2 <{to}> Quota exceeded (mailbox for user is full)"
            said = f"{said} (in reply to RCPT TO command)"
            self._retried(t, queue_id, sender, to, size, "4.2.2", "lmtp", relay, said)
        else:
            said = f"host mx1.{domain}[private/dovecot-lmtp] said: 550 5.1.1 <{to}> User doesn't exist: {user}"
            self._attempt(t + 0.1, t, queue_id, to, "bounced", "5.1.1", "lmtp", f"mx1.{domain}[private/dovecot-lmtp]",
                          f"{said} (in reply to RCPT TO command)")  # fmt: skip
            self._returned(t + 0.2, queue_id, sender)

    def outgoing(self, t: float, queue_id: str, user: str) -> None:
        """From a user of ours to somewhere else."""
        rng = self._rng
        sender = f"{user}@example.org"
        size = self._queue(t, queue_id, sender)
        relay = rng.choice(REMOTE)
        hop = f"{relay}[203.0.113.{1 + REMOTE.index(relay)}]:25"
        to = f"{rng.choice(('contact', 'kim', 'lee', 'team'))}@{relay.partition('.')[2]}"
        roll = rng.random()
        if roll < 0.88:
            self._attempt(t + 0.3, t, queue_id, to, "sent", "2.0.0", "smtp", hop,
                          f"250 2.0.0 Ok: queued as {rng.randrange(1 << 44):011X}")  # fmt: skip
            self._removed(t + 3.5, queue_id)
        elif roll < 0.96:
            said = f"connect to {hop}: Connection timed out"
            self._retried(t, queue_id, sender, to, size, "4.4.1", "smtp", "none", said)
        else:
            said = f"host {hop.removesuffix(':25')} said: 550 5.7.1 Message refused (in reply to end of DATA command)"
            self._attempt(t + 0.5, t, queue_id, to, "bounced", "5.7.1", "smtp", hop, said)
            self._returned(t + 3.6, queue_id, sender)

    def content_refused(self, t: float, queue_id: str, who: str, helo: str, sender: str, to: str) -> str:
        """Refused at the end of the message by a filter; the reason class."""
        head = self._rng.choice(self._cleanup)
        self._out.append((t, f"{head}{queue_id}: message-id=<{queue_id}.spam@promo.invalid>", None))
        self._out.append((t + 0.2, f"{head}{queue_id}: milter-reject: END-OF-MESSAGE from {who}: 5.7.1 Spam message "
                          f"rejected; from=<{sender}> to=<{to}> proto=ESMTP helo=<{helo}>", None))  # fmt: skip
        return "content"

    def _queue(self, t: float, queue_id: str, sender: str) -> int:
        """The message enters the queue; its size."""
        rng = self._rng
        size = int(900 + rng.paretovariate(0.9) * 1500) if rng.random() < 0.98 else rng.randrange(10**6, 25 * 10**6)
        size = min(size, 25 * 10**6)
        domain = sender.partition("@")[2] or "mx1.example.org"
        head = self._cleanup[size & 3]
        self._out.append((t, f"{head}{queue_id}: message-id=<{rng.randrange(1 << 40):x}.{int(t)}@{domain}>", None))
        said = f"{self._qmgr}{queue_id}: from=<{sender}>, size={size}, nrcpt=1 (queue active)"
        self._out.append((t + 0.05, said, ("queued", size)))
        return size

    def _attempt(
        self, t: float, arrived: float, queue_id: str, to: str, status: str, dsn: str, agent: str, relay: str, said: str
    ) -> None:
        """One delivery attempt."""
        rng = self._rng
        spent = (0.02 + rng.random() * 0.2, 0.01, rng.expovariate(8), rng.expovariate(4))
        if agent == "smtp" and status == "sent":
            t = min(t + spent[2] + spent[3], t + 3)
        waited = max(0.0, t - arrived - sum(spent))
        delays = "/".join(map(brief, (spent[0] + waited, *spent[1:])))
        head = self._lmtp[rng.randrange(4)] if agent == "lmtp" else self._smtp[rng.randrange(6)]
        delay = brief(sum(spent) + waited)
        self._out.append((t, f"{head}{queue_id}: to=<{to}>, relay={relay}, delay={delay}, "
                          f"delays={delays}, dsn={dsn}, status={status} ({said})", (status, 0)))  # fmt: skip

    def _retried(
        self, t: float, queue_id: str, sender: str, to: str, size: int, dsn: str, agent: str, relay: str, said: str
    ) -> None:
        """Deferred, tried again, and in the end delivered or returned."""
        rng = self._rng
        self._attempt(t + 1, t, queue_id, to, "deferred", dsn, agent, relay, said)
        for wait in RETRIES[: rng.randrange(1, len(RETRIES) + 1)]:
            active = f"{self._qmgr}{queue_id}: from=<{sender}>, size={size}, nrcpt=1 (queue active)"
            self._out.append((t + wait, active, None))
            if rng.random() < 0.6:
                hop = relay if relay != "none" else f"{REMOTE[0]}[203.0.113.1]:25"
                self._attempt(t + wait + 1, t, queue_id, to, "sent", "2.0.0", agent, hop, "250 2.0.0 Ok")
                self._removed(t + wait + 5, queue_id)
                return
            self._attempt(t + wait + 1, t, queue_id, to, "deferred", dsn, agent, relay, said)
        last = t + RETRIES[-1] + 60
        self._out.append((last, f"{self._qmgr}{queue_id}: from=<{sender}>, status=expired, returned to sender",
                          ("expired", 0)))  # fmt: skip
        self._returned(last, queue_id, sender)

    def _returned(self, t: float, queue_id: str, sender: str) -> None:
        """A bounce message goes to the sender, if there is one."""
        if sender:
            bounce = self.name()
            head = self._cleanup[0]
            self._out.append((t + 0.1, f"{head}{bounce}: message-id=<{int(t)}.{bounce}@mx1.example.org>", None))
            said = f"{self._host} postfix/bounce[9301]: {queue_id}: sender non-delivery notification: {bounce}"
            self._out.append((t + 0.11, said, None))
            size = self._rng.randrange(2500, 6000)
            self._out.append((t + 0.12, f"{self._qmgr}{bounce}: from=<>, size={size}, nrcpt=1 (queue active)",
                              ("queued", size)))  # fmt: skip
            self._attempt(t + 0.3, t + 0.1, bounce, sender, "sent", "2.0.0", "smtp", f"{REMOTE[1]}[203.0.113.2]:25",
                          "250 2.0.0 Ok")  # fmt: skip
            self._removed(t + 3.5, bounce)
        self._removed(t + 0.15, queue_id)

    def _removed(self, t: float, queue_id: str) -> None:
        self._out.append((t, f"{self._qmgr}{queue_id}: removed", None))


def brief(seconds: float) -> str:
    """A duration as Postfix writes it: two significant digits, nothing finer than a hundredth of a second."""
    if seconds < 10:
        return f"{round(seconds, 2 if seconds < 1 else 1):g}"
    return f"{seconds:.0f}"
