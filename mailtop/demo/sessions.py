"""SMTP sessions of a simulated server, as the lines that Postfix writes of them.

In: a start time and a client. Out: entries (time, text after the stamp, mark) appended to one list in no order but
their times', and what they mean told to a `Tally`. The words are those of postscreen(8), dnsblog(8) and smtpd(8) of
Postfix 3.8 with `postscreen_dnsbl_action = enforce` and `postscreen_greet_action = drop`, so that both ways of being
refused before smtpd occur: with a reject line, and without one.
"""

from heapq import heappop, heappush
from random import Random
from typing import Final

from mailtop.demo.clients import BOT_HELOS, DEAD_ZONE, REFUSING_ZONE, Client
from mailtop.demo.messages import Entry, Messages, brief
from mailtop.demo.tally import Tally

HERE: Final = "192.0.2.25"
"""the server's own address"""

PORTS: Final = 64511
"""taken in steps that have no divisor in common with it: no port comes again while a session has it"""

PEOPLE: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "info", "sales", "office")
GUESSES: Final = ("admin", "test", "root", "webmaster", "contact", "support", "jobs", "john", "mike", "sarah", "hr")
DOMAINS: Final = ("example.org", "example.net")

REPLIES: Final = {
    "unknown_user": ("refused", "550 5.1.1 <{to}>: Recipient address rejected: User unknown in local recipient table"),
    "greylist": ("greylisted", "450 4.2.0 <{to}>: Recipient address rejected: Greylisted, see "
                 "http://postgrey.schweikert.ch/help/example.org.html"),
    "relay": ("refused", "554 5.7.1 <{to}>: Relay access denied"),
    "access": ("refused", "554 5.7.1 <{client}>: Client host rejected: Access denied"),
    "sender_domain": ("deferred", "450 4.1.8 <{sender}>: Sender address rejected: Domain not found"),
    "rdns": ("deferred", "450 4.7.1 Client host rejected: cannot find your reverse hostname, [{address}]"),
    "spf": ("refused", "550 5.7.23 <{to}>: Recipient address rejected: Message rejected due to: SPF fail - not "
            "authorized. Please see http://www.openspf.test/Why?s=mfrom;id={sender};ip={address};r=<UNKNOWN>"),
    "rate": ("deferred", "450 4.7.1 <{client}>: Client host rejected: Too many connections"),
    "helo": ("refused", "504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname"),
    "dnsbl": ("refused", "554 5.7.1 Service unavailable; Client host [{address}] blocked using {zone}; "
              "https://www.{zone}/query/{address}"),
}  # fmt: skip
"""What smtpd says at RCPT, and the verdict that it is."""


class Sessions:
    """Makes sessions; `out` takes the entries."""

    def __init__(self, rng: Random, tally: Tally, out: list[Entry], host: str = "mx1", repeats: bool = False) -> None:
        self._rng = rng
        self._tally = tally
        self._out = out
        self._host = host
        self._repeats = repeats
        self._messages = Messages(rng, out, host)
        self._session = 0
        self._free: dict[str, list[tuple[float, int]]] = {}
        self._next_pid = 1200
        self._passed: set[str] = set()
        self._screen = f"{host} postfix/postscreen[{self._new_pid()}]: "
        self._dnsblog = [f"{host} postfix/dnsblog[{self._new_pid()}]: " for _ in range(8)]

    def offered(self, t: float, client: Client) -> None:
        """A connection to port 25: screened, and handed to smtpd if it passes."""
        self._session += 1
        session, rng, out, head, tally = self._session, self._rng, self._out, self._screen, self._tally
        end = f"[{client.address}]:{1024 + session * 40503 % PORTS}"
        out.append((t, f"{head}CONNECT from {end} to [{HERE}]:25", None))
        tally.count("connections", session, client.key, client.address)
        if client.address in self._passed and client.habit != "dnsbl":
            out.append((t + 0.001, f"{head}PASS OLD {end}", None))
            tally.count("passed", session, client.key, client.address)
            self._spoken(t + 0.002, client)
            return
        self._asked(t, client, session)
        if client.habit == "pregreet":
            said = f"EHLO {client.helo}\\r\\n"
            after = rng.random()
            out.append((t + after, f"{head}PREGREET {len(said) - 2} after {brief(after)} from {end}: {said}", None))
            out.append((t + after + 0.001, f"{head}DISCONNECT {end}", None))
            tally.count("screened", session, client.key, client.address)
            tally.judged("refused", "protocol", session, client.key, client.address)
        elif client.rank >= 2:
            self._enforced(t + 2 + rng.random() * 4, client, session, end)
        elif client.habit == "scanner" and rng.random() < 0.5:
            after = rng.random() * 3
            said = f"{head}HANGUP after {brief(after)} from {end} in tests before SMTP handshake"
            out.append((t + after, said, None))
            out.append((t + after + 0.001, f"{head}DISCONNECT {end}", None))
            tally.count("hung_up", session, client.key, client.address)
        else:
            out.append((t + 6, f"{head}PASS NEW {end}", None))
            tally.count("passed", session, client.key, client.address)
            self._passed.add(client.address)
            self._spoken(t + 6.001, client)

    def submitted(self, t: float, client: Client, user: str, rightly: bool) -> None:
        """A connection to the submission service: a user's message, or somebody guessing a password."""
        self._session += 1
        session, rng, out, tally = self._session, self._rng, self._out, self._tally
        tries = 0 if rightly else rng.choice((1, 1, 2, 3, 10))
        duration = 0.5 + 2.5 * tries
        head = self._borrow("submission/smtpd", t, duration + 1)
        who = f"{client.name}[{client.address}]"
        out.append((t, f"{head}connect from {who}", None))
        tally.count("submissions", session, client.key, client.address)
        out.append((t + 0.05, f"{head}Anonymous TLS connection established from {who}: TLSv1.3 with cipher "
                    "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (prime256v1) "
                    "server-digest SHA256", None))  # fmt: skip
        if rightly:
            queue_id = self._messages.name()
            out.append((t + 0.2, f"{head}{queue_id}: client={who}, sasl_method=PLAIN, sasl_username={user}", None))
            tally.count("accepted", session, client.key, client.address)
            tally.count("auth_ok", session, client.key, client.address)
            self._messages.outgoing(t + 0.3, queue_id, user)
            out.append((t + 0.5, f"{head}disconnect from {who} ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 "
                        "commands=8", None))  # fmt: skip
            return
        for number in range(tries):
            said = f"{head}warning: {who}: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username={user}"
            out.append((t + 0.4 + 2.5 * number, said, None))
        tally.count("auth_failed", session, client.key, client.address, tries)
        out.append((t + duration, f"{head}lost connection after AUTH from {who}", None))
        tally.count("hung_up", session, client.key, client.address)
        said = f"{head}disconnect from {who} ehlo=2 starttls=1 auth=0/{tries} commands=3/{3 + tries}"
        out.append((t + duration + 0.001, said, None))

    def _asked(self, t: float, client: Client, session: int) -> None:
        """What dnsblog says of the lists that postscreen asks."""
        rng, out, tally = self._rng, self._out, self._tally
        head = self._dnsblog[session & 7]
        answers = client.listings
        if rng.random() < 0.05:
            answers = (*answers, (REFUSING_ZONE, "127.255.255.254"))
        for number, (zone, answer) in enumerate(answers, 1):
            said = f"{head}addr {client.address} listed by domain {zone} as {answer}"
            out.append((t + 0.05 * number, said, None))
            if zone == REFUSING_ZONE:  # what it answers is an error, and no listing
                tally.odd[zone] += 1
            else:
                tally.listed[zone].add(session, client.key, 1)
        if client.listings:
            tally.count("listed", session, client.key, client.address, len(client.listings))
        if ":" not in client.address and rng.random() < 0.04:
            asked = ".".join(reversed(client.address.split("."))) + "." + DEAD_ZONE
            out.append((t + 0.9, f"{head}warning: dnsblog_query: lookup error for DNS query {asked}: Host or domain "
                        f"name not found. Name service error for name={asked} type=A: Host not found, try again",
                        None))  # fmt: skip
            tally.errors[DEAD_ZONE] += 1

    def _enforced(self, t: float, client: Client, session: int, end: str) -> None:
        """A listed client is let talk to postscreen's own SMTP engine and refused at RCPT."""
        rng, out, head, tally = self._rng, self._out, self._screen, self._tally
        zone = next((zone for zone, _ in client.listings if zone == "zen.example.org"), client.listings[0][0])
        out.append((t, f"{head}DNSBL rank {client.rank} for {end}", None))
        tally.count("screened", session, client.key, client.address)
        sender = f"{rng.choice(GUESSES)}@{client.helo if '.' in client.helo else 'promo.invalid'}"
        tries = 1 if rng.random() < 0.85 else rng.randrange(2, 6)
        whom = rng.randrange(len(PEOPLE))
        for number in range(tries):
            to = f"{PEOPLE[(whom + number) % len(PEOPLE)]}@{DOMAINS[whom & 1]}"
            out.append((t + 0.1 + 0.1 * number, f"{head}NOQUEUE: reject: RCPT from {end}: 550 5.7.1 Service "
                        f"unavailable; client [{client.address}] blocked using {zone}; from=<{sender}>, "
                        f"to=<{to}>, proto=ESMTP, helo=<{client.helo}>", None))  # fmt: skip
        tally.judged("refused", "dnsbl", session, client.key, client.address, tries, zone)
        out.append((t + 0.9, f"{head}DISCONNECT {end}", None))

    def _spoken(self, t: float, client: Client) -> None:
        """A session with smtpd."""
        self._session += 1
        session, rng, out = self._session, self._rng, self._out
        head = self._borrow("smtpd", t, 3)
        who = f"{client.name}[{client.address}]"
        if client.name == "unknown" and rng.random() < 0.2:
            said = f"{head}warning: hostname host.isp.example does not resolve to address {client.address}"
            out.append((t - 0.0005, said, None))
        out.append((t, f"{head}connect from {who}", None))
        if client.habit == "server":
            self._served(t + 0.1, head, who, client, session)
        elif client.habit == "scanner":
            after = rng.choice(("UNKNOWN", "CONNECT", "EHLO", "STARTTLS"))
            said = f"lost connection after {after} from {who}"
            if after == "UNKNOWN":
                # smtpd itself hangs up on what is no SMTP
                said = f"warning: non-SMTP command from {who}: GET / HTTP/1.1"
            out.append((t + 0.6, f"{head}{said}", None))
            self._tally.count("hung_up", session, client.key, client.address)
            out.append((t + 0.601, f"{head}disconnect from {who} commands=0/0", None))
        else:
            self._rebuffed(t + 0.3, head, who, client, session)

    def _rebuffed(self, t: float, head: str, who: str, client: Client, session: int) -> None:
        """smtpd refuses or defers each recipient."""
        rng, out, tally = self._rng, self._out, self._tally
        reason = client.habit
        helo = client.helo
        if reason == "helo" and "." in helo:
            helo = BOT_HELOS[1]
        zone = ""
        if reason == "access" and client.listings:
            reason, zone = "dnsbl", client.listings[0][0]
        user = rng.choice(GUESSES) if reason == "unknown_user" else rng.choice(PEOPLE)
        domain = "elsewhere.test" if reason == "relay" else rng.choice(DOMAINS)
        sender = f"{rng.choice(GUESSES)}{rng.randrange(100)}@promo{rng.randrange(60)}.invalid"
        verdict, reply = REPLIES[reason]
        warned = reason == "helo" and rng.random() < 0.15
        tries = 1 if rng.random() < 0.8 or self._repeats else rng.randrange(2, 5)
        for number in range(tries):
            to = f"{user}{number or ''}@{domain}"
            said = reply.format(to=to, client=who, sender=sender, address=client.address, helo=helo, zone=zone)
            text = (f"NOQUEUE: {'reject_warning' if warned else 'reject'}: RCPT from {who}: {said}; from=<{sender}> "
                    f"to=<{to}> proto=ESMTP helo=<{helo}>")  # fmt: skip
            out.append((t + 0.1 * number, head + text, None))
        if self._repeats and rng.random() < 0.1:
            more = rng.randrange(2, 9)
            out.append((t + 0.5, f"{head}message repeated {more} times: [ {text}]", None))
            tries += more
        if warned:
            tally.judged("warned", reason, session, client.key, client.address, tries)
        else:
            tally.judged(verdict, reason, session, client.key, client.address, tries, zone)
        if rng.random() < 0.3:
            out.append((t + 0.6, f"{head}lost connection after RCPT from {who}", None))
            tally.count("hung_up", session, client.key, client.address)
        out.append((t + 0.7, f"{head}disconnect from {who} ehlo=1 mail=1 rcpt=0/{tries} commands=2/{2 + tries}", None))

    def _served(self, t: float, head: str, who: str, client: Client, session: int) -> None:
        """A message from a server that may send: taken, or refused for a reason of its own."""
        rng, out, tally = self._rng, self._out, self._tally
        sender = f"{rng.choice(PEOPLE)}@{client.name.removeprefix('mail.')}" if rng.random() < 0.93 else ""
        to = f"{rng.choice(PEOPLE)}@{rng.choice(DOMAINS)}"
        roll = rng.random()
        if rng.random() < 0.8:
            out.append((t, f"{head}Anonymous TLS connection established from {who}: TLSv1.2 with cipher "
                        "ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)", None))  # fmt: skip
        if roll < 0.04:
            reason = "greylist" if roll < 0.02 else "unknown_user"
            verdict, reply = REPLIES[reason]
            said = reply.format(to=to)
            out.append((t + 0.1, f"{head}NOQUEUE: reject: RCPT from {who}: {said}; from=<{sender}> to=<{to}> "
                        f"proto=ESMTP helo=<{client.helo}>", None))  # fmt: skip
            tally.judged(verdict, reason, session, client.key, client.address)
            out.append((t + 0.2, f"{head}disconnect from {who} ehlo=2 starttls=1 mail=1 rcpt=0/1 quit=1 commands=5/6",
                        None))  # fmt: skip
            return
        queue_id = self._messages.name()
        out.append((t + 0.1, f"{head}{queue_id}: client={who}", None))
        tally.count("accepted", session, client.key, client.address)
        if roll < 0.07:
            said = self._messages.content_refused(t + 0.2, queue_id, who, client.helo, sender, to)
            tally.judged("refused", said, session, client.key, client.address)
            ending = "data=0/1 quit=1 commands=6/7"
        else:
            self._messages.incoming(t + 0.2, queue_id, sender, to)
            ending = "data=1 quit=1 commands=7"
        out.append((t + 0.6, f"{head}disconnect from {who} ehlo=2 starttls=1 mail=1 rcpt=1 {ending}", None))

    def _new_pid(self) -> int:
        self._next_pid += self._rng.randrange(1, 9)
        return self._next_pid

    def _borrow(self, daemon: str, t: float, duration: float) -> str:
        """The head of a line from a process of `daemon` that is free at `t`, taken until `t + duration`."""
        free = self._free.setdefault(daemon, [])
        pid = heappop(free)[1] if free and free[0][0] < t else self._new_pid()
        heappush(free, (t + duration, pid))
        return f"{self._host} postfix/{daemon}[{pid}]: "
