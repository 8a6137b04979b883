"""Random event streams: few clients, names and queue IDs, so that everything that can meet does.

hypothesis chooses a seed and a size, the rest follows from those: drawing each field costs it more than the test.
"""

from random import Random
from typing import Any

from hypothesis import strategies as st

CLIENTS = ("192.0.2.1", "192.0.2.77", "198.51.100.9", "127.0.0.1", "::1", "2001:db8::1", "2001:db8::2", "2001:db8:1::1")
NETWORKS = {
    "192.0.2.1": (64496, "EXAMPLE-A", "192.0.2.0/24"),
    "192.0.2.77": (64496, "EXAMPLE-A", "192.0.2.0/24"),
    "198.51.100.9": (64497, "EXAMPLE-B", "198.51.100.0/24"),
    "2001:db8::1": (64498, "EXAMPLE-A", "2001:db8::/32"),
}
KINDS = (
    "connect", "connect", "disconnect", "disconnect", "hangup", "screen", "listed", "pass", "reject", "reject", "warn",
    "accept", "queue", "deliver", "remove", "auth", "lookup_error", "filter", "notice", "unparsed",
)  # fmt: skip
SERVING = ("smtpd", "smtpd", "postscreen", "submission/smtpd", "10025/smtpd", "sm-mta")
STEPS = (0, 0, 0, 1, 1, 5, 30, 59, 61, 99, 101, 3500, 3601, 40_000, 90_000)
FIELDS = {
    "stage": ("CONNECT", "RCPT", "DATA", "AUTH"),
    "reply": ("554", "450", "421", "?"),
    "enhanced": ("5.7.1", "4.7.1"),
    "reason": ("dnsbl", "greylist", "protocol", "helo"),
    "zone": ("zen.test", "bl.test"),
    "sender": ("a@One.test", "b@two.test", "<>"),
    "recipient": ("c@d.test", "Ünï@e.test"),
    "helo": ("x.test", "Host.Example"),
    "sasl_user": ("anna",),
}
ANSWERS = (None, "127.0.0.2", "198.51.100.80", "127.0.0.4", "127.255.255.254")
"""of DNS lists: two of them are no listings"""




def row(random: Random) -> dict[str, Any]:
    """An event without its time."""
    pick = random.choice
    kind = pick(KINDS)
    made: dict[str, Any] = {"kind": kind, "host": pick(("mx1", "mx1", "mx2")), "mta": "postfix"}
    if random.random() < 0.1:
        made["repeat"] = random.randint(1, 4)
    if kind == "filter":
        made["daemon"] = pick(("smtpd", "rspamd", "spamd"))
        made["queue_id"] = pick((None, "Q1", "Q2", "Q3", "NOQUEUE"))
        made["message_id"] = pick((None, "m1", "m2"))
        made["client"] = pick((None, None, *CLIENTS))
        made["session"] = pick((None, None, f"{made['host']} smtpd[1]"))
        return made
    if kind in ("queue", "deliver", "remove"):
        made["daemon"] = pick(("qmgr", "smtp", "cleanup"))
        made["queue_id"] = pick(("Q1", "Q2", "Q3"))
        if kind == "queue":
            made["message_id"] = pick((None, "m1", "m2"))
            made["size"] = pick((None, 0, 1200, 99999))
        if kind in ("queue", "deliver"):
            made["status"] = pick(("sent", "deferred", "bounced", "expired"))
        if kind == "deliver":
            made["delay"] = pick((None, 0.12, 3.0, 3.5, 1e5 / 3))
            made["delays"] = pick((None, (0.1, 0.0, 0.02, 1.5), (1.0, 2.0, 3.0, 4.0)))
            made["relay"] = "mail.example[192.0.2.9]:25"
        return made
    if kind == "unparsed":
        return made
    made["daemon"] = pick(SERVING)
    made["client"] = pick((*CLIENTS, None))
    if kind == "listed":
        made["daemon"] = "dnsblog"
        made["answer"] = ANSWERS[len(made["client"] or "") % len(ANSWERS)]
    elif random.random() < 0.6:
        made["session"] = f"{made['host']} {made['daemon']}[{random.randint(1, 2)}]"
    if kind in ("accept", "auth"):
        made["status"] = pick(("failed", "ok"))
    if kind == "accept":
        made["size"] = pick((None, 500))
    if kind in ("accept", "reject", "hangup"):
        made["queue_id"] = pick(("Q1", "Q2", "NOQUEUE") if kind != "accept" else ("Q1", "Q2", "Q3"))
    if kind == "screen":
        made["rank"] = pick((None, 3, -1))
        made["text"] = pick(("PREGREET", "DNSBL"))
    made["client_name"] = pick((None, "unknown", "mail.example"))
    if kind in ("reject", "warn", "screen", "hangup", "listed", "lookup_error"):
        for name, values in FIELDS.items():
            made[name] = pick((None, *values))
    return made


def screening(random: Random) -> list[dict[str, Any]]:
    """What postscreen and an smtpd say of one connection."""
    client = random.choice(CLIENTS)
    both = {"host": "mx1", "mta": "postfix", "client": client}
    own = {**both, "daemon": "postscreen", "session": f"mx1 [{client}]:{random.randint(1, 3)}"}
    lines: list[dict[str, Any]] = [{**own, "kind": "connect"}]
    for zone in random.sample(("zen.test", "bl.test"), random.randint(0, 2)):
        lines.append({**both, "daemon": "dnsblog", "kind": "listed", "zone": zone, "answer": "127.0.0.2"})
    for _ in range(random.randint(0, 2)):
        lines.append({**own, "kind": "screen", "reason": random.choice(("dnsbl", "protocol")), "rank": 3})
    ending = random.choice(("pass", "new", "drop", "drop", "reject", "hangup"))
    if ending in ("pass", "new"):
        lines.append({**own, "kind": "pass", "text": ending})
    if ending in ("reject", "hangup"):
        lines.append({**own, "kind": ending, "reply": "550", "reason": "dnsbl", "stage": "RCPT"})
    if ending != "pass":
        lines.append({**own, "kind": "disconnect"})
    else:
        lines.append({**both, "daemon": "smtpd", "kind": "connect", "session": f"mx1 smtpd[{random.randint(1, 3)}]"})
    return lines


def events(seed: int, size: int) -> list[dict[str, Any]]:
    """Events with times that mostly go forward, in whole seconds or finer; several things at once."""
    random = Random(seed)
    rows: list[dict[str, Any]] = []
    while len(rows) < size:
        rows += screening(random) if random.random() < 0.15 else [row(random)]
    if random.random() < 0.5:  # lines of several clients between each other
        for _ in range(size):
            at = random.randrange(max(1, len(rows) - 1))
            rows[at : at + 2] = rows[at : at + 2][::-1]
    grain = random.choice((1, 1000, 1_000_000))
    steps = random.choice((STEPS, STEPS[:7], STEPS[:4]))
    now = 1_700_000_000.0
    for one in rows:
        now += random.choice(steps) * (1 if grain == 1 else 0.7)
        one["time"] = round((now + random.choice((0, 0, 0, -2))) * grain) / grain
    return rows


def stream(most: int = 60) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Streams of up to about `most` events."""
    return st.builds(events, st.integers(0, 2**32), st.integers(1, most))
