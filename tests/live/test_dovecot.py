"""A real Dovecot under people who log in and programs that guess passwords: mailtop counts what they were told.

The kept logs (fixtures/dovecot/genuine) are read by every run; the last tests start a Dovecot of their own and follow
its log while it is written (root, Debian's dovecot-core, dovecot-imapd, dovecot-pop3d; fixtures/lab/dovecot.py).

What no line of Dovecot tells is left out of the question, and said here:
- Failures before a success in the same connection (`untold`); with `auth_verbose` they are notices.
- Of several attempts in a connection the login process names the last one's account alone.
- Dovecot 2.3 counts an attempt that was taken back, if another one failed before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mailtop.config import Config
from mailtop.ingest.clean import clean
from mailtop.ingest.inbox import Readers
from mailtop.ingest.plan import cut, following, pasts
from mailtop.monitor import Monitor
from mailtop.query import Query
from mailtop.source.series import series
from mailtop.store.memory import MemoryStore

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "fixtures" / "lab"
LOGS = sorted((ROOT / "fixtures" / "dovecot" / "genuine").glob("*.log"))
Told = list[dict[str, Any]]
Named = Counter[tuple[str, str | None]]


def account(name: str) -> str | None:
    """As Dovecot and mailtop spell it; None without one."""
    return clean(name.lower().encode()) or None


def let_in(session: dict[str, Any]) -> bool:
    return any(one["status"] == "ok" for one in session["attempts"])


def failures(told: Told) -> Named:
    """By client and account, as far as a login process tells the account."""
    known: Named = Counter()
    for session in told:
        attempts = session["attempts"]
        if not let_in(session) and any(one["status"] == "failed" for one in attempts):
            known[session["client"], account(attempts[-1]["account"])] += 1
            if len(attempts) > 1:
                known[session["client"], None] += len(attempts) - 1
    return known


def untold(told: Told) -> int:
    """Failures that were followed by a success in the same connection."""
    return sum(one["status"] == "failed" for session in told if let_in(session) for one in session["attempts"])


def successes(told: Told) -> Named:
    return Counter(
        (session["client"], account(one["account"]))
        for session in told
        for one in session["attempts"]
        if one["status"] == "ok"
    )


def wrong_passwords(told: Told) -> Named:
    """Passwords that were tested and wrong, which is what the auth process speaks of."""
    return Counter(
        (session["client"], account(one["account"]))
        for session in told
        for one in session["attempts"]
        if one["status"] == "failed" and one["account"] and "PRIVACYREQUIRED" not in one["said"]
    )


def events(log: Path) -> list[dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "events", str(log)], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def counted(log: Path, status: str) -> Named:
    some = [event for event in events(log) if event["kind"] == "auth" and event["status"] == status]
    return Counter((event["client"], event["sasl_user"]) for event in some for _ in range(event["repeat"]))


def told(log: Path) -> Told:
    sessions: Told = json.loads(log.with_suffix(".sent.json").read_text())["sessions"]
    return sessions


def check(log: Path) -> None:
    """Every question to a finished log."""
    sent = told(log)
    assert sum(failures(sent).values()) > 20
    assert counted(log, "failed") == failures(sent)
    assert len(successes(sent)) > 3
    assert counted(log, "ok") == successes(sent)


def test_there_is_a_log_of_either_setting() -> None:
    assert {log.stem.partition("-")[2] for log in LOGS} >= {"verbose", "quiet"}


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_kept_logs_say_what_clients_were_told(log: Path) -> None:
    check(log)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_every_line_of_a_kept_log_is_understood(log: Path) -> None:
    assert [event for event in events(log) if event["kind"] == "unparsed"] == []


@pytest.mark.parametrize("log", [log for log in LOGS if "verbose" in log.stem], ids=lambda log: log.stem)
def test_a_verbose_auth_process_names_every_wrong_password_in_a_notice(log: Path) -> None:
    sent = [session for session in told(log) if session["name"] != "hostile"]
    assert untold(sent) == 3
    hostile = {session["client"] for session in told(log)} - {session["client"] for session in sent}
    said = [event for event in events(log) if event["kind"] == "notice" and event["text"].startswith("passwd-file(")]
    named = Counter((event["client"], event["sasl_user"]) for event in said)
    unknown = {pair for pair in named if pair[0] in hostile or pair[0] is None}
    assert Counter({pair: count for pair, count in named.items() if pair not in unknown}) == wrong_passwords(sent)
    assert sum(named.values()) == sum(wrong_passwords(told(log)).values())


def test_no_client_has_an_address_that_another_named_in_an_account() -> None:
    clients = {event["client"] for log in LOGS for event in events(log)} - {None}
    assert clients == {session["client"] for log in LOGS for session in told(log)} | {"192.0.2.25"}


def _missing() -> str:
    """Why the lab cannot run here; empty when it can."""
    asked = subprocess.run(
        [sys.executable, "-c", "import dovecot, namespace; print(namespace.missing(dovecot.PROGRAMS))"],
        cwd=LAB,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


def _followed(log: Path, lab: subprocess.Popen[str]) -> tuple[Named, Named]:
    """Reads the log while the lab writes it; failures and successes by client and account, once every byte was read."""
    config = Config()
    logs = series([str(log)])
    found = pasts(logs[0], config.window, 0.0)
    readers = Readers(cut(found, newest_first=True), following(logs, found), 1)
    try:
        monitor = Monitor(MemoryStore(config.window, config.max_events), readers, (str(log),))
        while lab.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                lab.wait(0.1)
            monitor.pump(0.1)
        written = log.read_bytes().count(b"\n")
        while readers.followed < written or monitor.pump(0.1):
            monitor.pump(0.1)
        return _asked(monitor, "auth_failed"), _asked(monitor, "auth_ok")
    finally:
        readers.close()


def _asked(monitor: Monitor, measure: str) -> Named:
    """A measure by client and account. A query leaves out rows without an account: they are what a client has more."""
    named: Named = Counter()
    by_both = monitor.ask(Query((measure,), ("client", "sasl_user"), unit="events", limit=1000, having=measure))
    for client, user, count in by_both.rows:
        assert isinstance(count, int)
        named[str(client), str(user)] = count
    for client, count in monitor.ask(Query((measure,), ("client",), unit="events", limit=1000, having=measure)).rows:
        assert isinstance(count, int)
        rest = count - sum(some for (one, _), some in named.items() if one == client)
        if rest:
            named[str(client), None] = rest
    return named


@pytest.mark.mta
@pytest.mark.timeout(120)
@pytest.mark.parametrize("setting", ["verbose", "quiet"])
def test_followed_live_it_counts_what_clients_were_told(tmp_path: Path, setting: str) -> None:
    if lack := _missing():
        pytest.skip(lack)
    log = tmp_path / "dovecot.log"
    log.touch()
    command = [sys.executable, str(LAB / "dovecot.py"), str(tmp_path), "--log", "dovecot"]
    command += ["--quiet"] if setting == "quiet" else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        try:
            failed, good = _followed(log, lab)
        finally:
            lab.kill()
        said = lab.stdout.read() if lab.stdout else ""
    assert log.with_suffix(".sent.json").exists(), said
    assert failed == failures(told(log))
    assert good == successes(told(log))
    check(log)
