"""What a Sendmail's clients saw, and what its log says: each question asked of both.

Where they cannot agree, and why:
- A DNS list's refusal is logged when the client connects, and told to it at MAIL. So refusals are compared by client
  and reply, not by stage.
- Nothing is logged, or a notice, of a HELO that is none (below LogLevel 10), of an unknown command, of VRFY (its
  answer, 252, is no refusal), and of each command after a greeting that was a refusal.
- `User unknown` and its like are logged without digits: of those replies the first digit is compared.
- A client that leaves before MAIL is logged as having issued none, whether it said QUIT or not.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

Sent = dict[str, Any]
Event = dict[str, Any]
_OF_NO_REFUSAL = frozenset({"AUTH", "STARTTLS", "WIZ", "VRFY", "QUIT"})


def connections(sent: Sent) -> Counter[str]:
    return Counter(s["client"] for s in sent["sessions"])


def connections_seen(events: list[Event]) -> Counter[str]:
    return Counter(e["client"] for e in events if e["kind"] == "connect")


def _refusals(session: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for reply in session["replies"]:
        if reply["reply"] < 400 or reply["stage"] in _OF_NO_REFUSAL or "Invalid domain name" in reply["text"]:
            continue
        found.append(reply)
        if reply["stage"] == "CONNECT":
            break
    return found


def refusals(sent: Sent) -> Counter[tuple[str, str]]:
    """By client and the reply's first digit."""
    return Counter((s["client"], str(r["reply"])[0]) for s in sent["sessions"] for r in _refusals(s))


def _clients(events: list[Event]) -> dict[int, str]:
    """Session -> client: a user error and a filter's refusal do not name it."""
    return {e["session"]: e["client"] for e in events if e["session"] and e["client"]}


def refusals_seen(events: list[Event]) -> Counter[tuple[str, str]]:
    client = _clients(events)
    rejects = [e for e in events if e["kind"] == "reject" and "Invalid domain name" not in e["text"]]
    rejects = [e for e in rejects if "due to previous checks" not in e["text"]]  # the milter's own, once more
    return Counter((e["client"] or client[e["session"]], e["reply"][0]) for e in rejects)


def messages(sent: Sent) -> Counter[str]:
    """Messages that came to their end, refused there or not: those have an ID that their client was given."""
    return Counter(
        s["client"] for s in sent["sessions"] for r in s["replies"] if r["stage"] == "END-OF-MESSAGE" and r["reply"]
    )


def messages_seen(events: list[Event]) -> Counter[str]:
    return Counter(e["client"] for e in events if e["kind"] == "accept")


def queue_ids(sent: Sent) -> set[tuple[str, str]]:
    """Client and ID of each message that the server said it took."""
    return {(s["client"], queue_id) for s in sent["sessions"] for queue_id in s["accepted"]}


def queue_ids_seen(events: list[Event]) -> set[tuple[str, str]]:
    return {(e["client"], e["queue_id"]) for e in events if e["kind"] == "accept"}


def hangups(sent: Sent) -> Counter[str]:
    """Sessions left without QUIT after MAIL, and those that timed out."""
    return Counter(
        s["client"]
        for s in sent["sessions"]
        if (s["ended"] == "hangup" and any(r["stage"] == "MAIL" for r in s["replies"])) or s["name"] == "says nothing"
    )


def hangups_seen(events: list[Event]) -> Counter[str]:
    return Counter(e["client"] for e in events if e["kind"] == "hangup")


def auth_failures(sent: Sent) -> Counter[str]:
    return Counter(s["client"] for s in sent["sessions"] for r in s["replies"] if r["stage"] == "AUTH")


def auth_failures_seen(events: list[Event]) -> Counter[str]:
    return Counter(e["client"] for e in events if e["kind"] == "auth" and e["status"] == "failed")


QUESTIONS = {
    "refusals": (refusals, refusals_seen),
    "messages": (messages, messages_seen),
    "hangups": (hangups, hangups_seen),
    "auth_failures": (auth_failures, auth_failures_seen),
}
"""asked of every log; connections only where LogLevel is 10 or more"""


def verdicts(sent: Sent) -> Counter[str]:
    """Sessions that were refused (5xx) and deferred (4xx)."""
    counted: Counter[str] = Counter()
    for s in sent["sessions"]:
        counted.update({"refused" if r["reply"] >= 500 else "deferred" for r in _refusals(s)})
    return counted


FATES = {
    "carl@relay.example.net": {"sent"},
    "carl@hard.example.net": {"bounced"},
    "carl@soft.example.net": {"deferred"},
    "carl@data.example.net": {"bounced"},
    "a@relay.example.net": {"sent"},
    "b@relay.example.net": {"sent"},
}
"""recipient -> what became of it, by what its next hop does"""


def fates_seen(events: list[Event]) -> dict[str, set[str]]:
    return {to: {e["status"] for e in events if e["kind"] == "deliver" and e["recipient"] == to} for to in FATES}
