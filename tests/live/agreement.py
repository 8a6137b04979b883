"""What the clients of the lab saw, and what mailtop read in the log: two counts of the same things.

In:  `sent`: a .sent.json that fixtures/lab/run.py wrote (the other side of the wire), and mailtop's
     events, the JSON objects of `mailtop events`.
Out: for each question a count from either side; a test asks that they are equal.

What no log can tell is left out of the question on both sides, and said here:
- A complaint about a command's form ("501 Bad sender address syntax", "503 Error: need RCPT command",
  "530 Must issue STARTTLS") is no refusal: Postfix logs none, or a warning.
- After END-OF-MESSAGE cleanup(8) logs no reply code, and for a bare <LF> no code at all: the codes are
  not compared there, only that the message was refused.
- A milter's refusal at CONNECT or HELO is logged there, but smtpd(8) tells the client at MAIL.
- postscreen(8) that drops a session logs no reply: those are `dropped`, not `rejects`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]
Sent = dict[str, Any]
Refusal = tuple[str, str, str | None, str | None, str | None]

SUBMISSION = ("submission", "smtps")
STAGES = ("CONNECT", "HELO", "AUTH", "MAIL", "RCPT", "ETRN", "DATA", "END-OF-MESSAGE")
_OWN = "127.0.0.1"  # the second smtpd of a relay or content filter: no client of ours
_LIMIT = re.compile(r"Error: too (many|much) (connections|AUTH|mail from|recipients from)")
_FORM = re.compile(r"Error:|Syntax:|Bad \w+ address syntax|Unsupported option|Must issue a STARTTLS|\S+ Error:")


def _is_refusal(session: dict[str, Any], reply: dict[str, Any]) -> bool:
    if reply["reply"] < 400 or reply["stage"] not in STAGES:
        return False
    words = reply["text"].removeprefix(f"{reply['enhanced']} ")
    if _LIMIT.search(words):
        return True
    if session["service"] == "postscreen" and reply["reply"] in (421, 521):
        return _limited_pass(session, words)
    if reply["stage"] == "AUTH":
        return False  # a wrong password is counted by `auth_failures`
    return reply["stage"] == "END-OF-MESSAGE" or _FORM.match(words) is None


def _limited_pass(session: dict[str, Any], words: str) -> bool:
    """A 421 or 521 that smtpd gave after the hand-over, by an access table, names the recipient."""
    return words.startswith("<") and any(r["stage"] == "RCPT" for r in session["replies"])


def _refusals(sent: Sent) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for session in sent["sessions"]:
        for reply in session["replies"]:
            if _is_refusal(session, reply):
                yield session, reply


def _early_milter(sent: Sent) -> set[tuple[str, str]]:
    named = {s["client"] for s in sent["sessions"] if s["name"].startswith("milter")}
    return {(client, stage) for client in named for stage in ("CONNECT", "HELO")}


def _recipient(reply: dict[str, Any]) -> str | None:
    """The recipient, where the log names it: anvil(8)'s limits are warnings about the client."""
    return None if _LIMIT.search(reply["text"]) else reply.get("recipient")


def _refusal(
    client: str, stage: str, reply: str | None, enhanced: str | None, recipient: str | None
) -> Refusal:
    if stage == "END-OF-MESSAGE":
        return client, stage, None, None, None
    return client, stage, reply, enhanced, recipient if stage == "RCPT" else None


def rejects(sent: Sent) -> Counter[Refusal]:
    """Refusals in SMTP by client, stage, reply code, enhanced code and, at RCPT, recipient."""
    skip = _early_milter(sent)
    return Counter(
        _refusal(s["client"], r["stage"], str(r["reply"]), r["enhanced"], _recipient(r))
        for s, r in _refusals(sent)
        if (s["client"], r["stage"]) not in skip
    )


def rejects_seen(events: list[Event], sent: Sent) -> Counter[Refusal]:
    """The same from the log, repeats counted."""
    skip, seen = _early_milter(sent), Counter[Refusal]()
    for e in events:
        if e["kind"] == "reject" and (e["client"], e["stage"]) not in skip:
            seen[_refusal(e["client"], e["stage"], e["reply"], e["enhanced"], e["recipient"])] += e["repeat"]
    return seen


def connections(sent: Sent) -> Counter[tuple[str, bool]]:
    """Connections by client, and whether to a submission service."""
    return Counter((s["client"], s["service"] in SUBMISSION) for s in sent["sessions"])


def connections_seen(events: list[Event], sent: Sent) -> Counter[tuple[str, bool]]:
    """The same from the log: a connection that postscreen handed over is one."""
    seen, passed = Counter[tuple[str, bool]](), Counter[str]()
    for e in events:
        if e["daemon"] == "postscreen" and e["kind"] == "pass":
            passed[e["client"]] += 1
        if e["kind"] != "connect" or e["client"] == _OWN:
            continue
        if e["daemon"] == "smtpd" and passed[e["client"]] > 0:
            passed[e["client"]] -= 1
            continue
        seen[e["client"], e["daemon"].split("/")[0] in SUBMISSION] += 1
    return seen


def dropped(sent: Sent) -> Counter[str]:
    """By client, sessions that postscreen ended without a refusal in SMTP."""
    refused = {id(s) for s, _ in _refusals(sent)}
    return Counter(
        s["client"]
        for s in sent["sessions"]
        if s["service"] == "postscreen" and s["ended"] == "closed by the server" and id(s) not in refused
    )


def dropped_seen(events: list[Event], sent: Sent) -> Counter[str]:
    """The same from the log: a failed test, then neither PASS nor a reject."""
    kinds: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for e in events:
        if e["daemon"] == "postscreen":
            kinds[e["client"], e["session"]].add(e["kind"])
    return Counter(
        client for (client, _), seen in kinds.items() if "screen" in seen and not seen & {"pass", "reject"}
    )


def transactions(sent: Sent) -> Counter[str]:
    """By client, transactions in which a recipient was taken: what Postfix gives a queue ID to."""
    given: Counter[str] = Counter()
    for s in sent["sessions"]:
        taken = s["service"] == "filtered"  # smtpd_proxy_filter: no queue ID at all
        for r in s["replies"]:
            if r["stage"] == "MAIL":
                taken = s["service"] == "filtered"
            elif r["stage"] == "RCPT" and r["reply"] == 250 and not taken:
                taken = True
                given[s["client"]] += 1
    return given


def transactions_seen(events: list[Event], sent: Sent) -> Counter[str]:
    return Counter(e["client"] for e in events if e["kind"] == "accept" and e["client"] != _OWN)


def queue_ids(sent: Sent) -> set[tuple[str, str]]:
    """Client and queue ID of every message that ended in "queued as"."""
    return {(s["client"], qid) for s in sent["sessions"] for qid in s["accepted"] if s["service"] != "filtered"}


def queue_ids_seen(events: list[Event]) -> set[tuple[str, str]]:
    return {(e["client"], e["queue_id"]) for e in events if e["kind"] == "accept"}


def hangups(sent: Sent) -> Counter[str]:
    """By client, sessions that it left without QUIT while the server would have gone on."""
    return Counter(s["client"] for s in sent["sessions"] if s["ended"] == "hangup")


def hangups_seen(events: list[Event], sent: Sent) -> Counter[str]:
    """The same from the log; not the sessions that the server ended (time-out, too many errors)."""
    left = re.compile(r"lost connection|HANGUP")
    return Counter(e["client"] for e in events if e["kind"] == "hangup" and left.match(e["text"] or ""))


def auth_failures(sent: Sent) -> Counter[str]:
    """By client, AUTH commands that were answered with a failure (not with a limit)."""
    return Counter(
        s["client"]
        for s in sent["sessions"]
        for r in s["replies"]
        if r["stage"] == "AUTH" and r["reply"] >= 400 and not _is_refusal(s, r) and "not enabled" not in r["text"]
    )


def auth_failures_seen(events: list[Event], sent: Sent) -> Counter[str]:
    return Counter(e["client"] for e in events if e["kind"] == "auth" and e["status"] != "ok")


QUESTIONS = {
    "connections": (connections, connections_seen),
    "rejects": (rejects, rejects_seen),
    "dropped": (dropped, dropped_seen),
    "transactions": (transactions, transactions_seen),
    "hangups": (hangups, hangups_seen),
    "auth_failures": (auth_failures, auth_failures_seen),
}


def verdicts(sent: Sent) -> Counter[str]:
    """Sessions as the report counts them: refused (5xx, or dropped), deferred (4xx), greylisted.

    postscreen's 450 to a client that passed its tests is its greylisting: "come again, you are known now".
    """
    counted = Counter({"refused": sum(dropped(sent).values())})
    seen: defaultdict[int, set[str]] = defaultdict(set)
    for s, r in _refusals(sent):
        grey = "Greylisted" in r["text"] or (s["service"] == "postscreen" and r["enhanced"] == "4.3.2")
        seen[id(s)].add("refused" if r["reply"] >= 500 else "greylisted" if grey else "deferred")
    for words in seen.values():
        counted.update(words)
    return counted
