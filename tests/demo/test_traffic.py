"""The simulated log: it says what its tally says, the same seed says the same, and only nobody's addresses occur.

The counts here are made again by plain search over the text, in the way of grep, without any parser of mailtop.
"""

import ipaddress
import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from mailtop.demo import Traffic, rfc3164, rfc3339

BEGIN = 1_795_132_800.0  # 2026-11-20 00:00 UTC
HOUR = 3600.0
ALLOWED = [
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32")
]


def made(seed: int = 7, iso: bool = False, **more: Any) -> tuple[str, dict[str, Any]]:
    """A quarter of an hour with a storm in it, whole sessions, and its truth."""
    traffic = Traffic(
        seed,
        BEGIN,
        2.0,
        rfc3339(60) if iso else rfc3164(60),
        bots=800,
        storms=(BEGIN + 200,),
        storm_seconds=200,
        **more,
    )
    return traffic.until(BEGIN + 900) + traffic.rest(), traffic.tally.truth()


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "repeats"])
def log(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return made(repeats=request.param)


def times(line: str) -> int:
    """How often a line says that it happened: itself, or as often as syslog says."""
    found = re.search(r"message repeated (\d+) times: \[ ", line)
    return int(found[1]) if found else 1


def matching(text: str, pattern: str) -> list[str]:
    return [line for line in text.splitlines() if re.search(pattern, line)]


def client_of(line: str) -> str:
    found = re.search(r"(?:RCPT from|MESSAGE from|CONNECT from|PREGREET .* from|connect from|client=) ?"
                      r"[^\[ ]*\[([0-9a-f.:]+)\]", line)  # fmt: skip
    assert found, line
    return found[1]


def distinct(lines: list[str]) -> int:
    """Clients by the definition: IPv4 addresses and IPv6 /64s."""
    return len(
        {
            str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
            for address in map(client_of, lines)
        }
    )


def test_lines(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    assert truth["lines"] == text.count("\n") > 5000
    assert text.endswith("\n")


def test_connections_are_what_postscreen_saw(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    offered = matching(text, r"postscreen\[\d+\]: CONNECT from")
    assert truth["totals"]["connections"]["events"] == len(offered)
    assert truth["totals"]["connections"]["clients"] == distinct(offered)
    submitted = matching(text, r"submission/smtpd\[\d+\]: connect from")
    assert truth["totals"]["submissions"]["sessions"] == len(submitted)


def test_refused_is_5xx_and_what_postscreen_dropped(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    said = matching(text, r" reject: RCPT from [^:]+(?::[^ ]+)?: 5\d\d |milter-reject: .*: 5\.7\.1 ")
    said += matching(text, r"postscreen.* PREGREET ")
    assert truth["totals"]["refused"]["events"] == sum(map(times, said))
    assert truth["totals"]["refused"]["clients"] == distinct(said)


def test_deferred_is_4xx_without_greylisting(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    said = matching(text, r" reject: RCPT from .*?: 4\d\d 4")
    grey = [line for line in said if "Greylisted" in line]
    assert truth["totals"]["deferred"]["events"] == sum(map(times, said)) - sum(map(times, grey))
    assert truth["totals"]["greylisted"]["events"] == sum(map(times, grey)) > 0


def test_warned(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    assert truth["totals"]["warned"]["events"] == sum(map(times, matching(text, r" reject_warning: "))) > 0


def test_accepted(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    given = matching(text, r"smtpd\[\d+\]: [0-9A-F]+: client=")
    assert truth["totals"]["accepted"]["events"] == len(given)
    assert truth["totals"]["accepted"]["clients"] == distinct(given)
    named = matching(text, r", sasl_username=\w+$")
    assert truth["totals"]["auth_ok"]["events"] == len([line for line in named if "client=" in line])


def test_failed_authentications(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    failed = len(matching(text, "authentication failed"))
    assert truth["totals"]["auth_failed"]["events"] == failed > truth["totals"]["auth_failed"]["sessions"]


def test_hung_up(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    left = matching(text, r": lost connection after |: HANGUP after |: warning: non-SMTP command ")
    assert truth["totals"]["hung_up"]["events"] == len(left) > 0


def test_zones(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    listed = Counter(re.findall(r" listed by domain (\S+) as (?!127\.255\.255\.)", text))
    refusing = Counter(re.findall(r" listed by domain (\S+) as 127\.255\.255\.", text))
    blocked: Counter[str] = Counter()
    for line in matching(text, " blocked using "):
        blocked[line.partition(" blocked using ")[2].partition(";")[0]] += times(line)
    for zone, said in truth["zones"].items():
        assert said["listed"]["events"] == listed[zone], zone
        assert said["list_errors"] == refusing[zone], zone
        assert said["refused"]["events"] == blocked[zone], zone
        assert said["lookup_errors"] == len(matching(text, rf"lookup error for DNS query \S+\.{zone}: ")), zone
    assert {*listed, *blocked} <= {*truth["zones"]}
    assert truth["zones"]["gone.example.net"]["lookup_errors"] > 0
    assert refusing["limited.example.org"] > 0


def test_deliveries_and_bytes(log: tuple[str, dict[str, Any]]) -> None:
    text, truth = log
    for status in ("sent", "deferred", "bounced"):
        assert truth["deliveries"][status] == len(matching(text, rf", status={status} \(")), status
    sizes = {queue_id: int(size) for queue_id, size in re.findall(r": ([0-9A-F]+): from=<[^>]*>, size=(\d+)", text)}
    assert truth["messages"] == len(sizes)
    assert truth["bytes"] == sum(sizes.values())


def test_sessions_of_a_client(log: tuple[str, dict[str, Any]]) -> None:
    """The loudest client's refused sessions, by pairing each process's connect and disconnect."""
    text, truth = log
    refused: Counter[str] = Counter()
    last: defaultdict[str, set[str]] = defaultdict(set)
    for line in text.splitlines():
        tag = line.split(": ")[0].split()[-1]
        if "postscreen" in tag:
            end = re.search(r"(?:RCPT from|PREGREET .* from) (\[[^ ]+\]:\d+): ", line)
            if end and end[1] not in last[tag]:
                last[tag].add(end[1])
                refused[end[1][1:].partition("]")[0]] += 1
            elif " DISCONNECT " in line:
                last[tag].discard(line.rpartition(" ")[2])
        elif re.search(r": connect from ", line):
            last[tag] = set()
        elif re.search(r" reject: RCPT from [^:]*\[[^\]]+\]: 5", line) and not last[tag]:
            last[tag].add("refused")
            refused[client_of(line)] += 1
    top = truth["clients"][0]
    assert refused[top["client"]] == top["refused"] == max(refused.values())


def test_one_process_serves_one_session_at_a_time() -> None:
    open_: set[str] = set()
    for line in made()[0].splitlines():
        tag = line.split(": ")[0].split()[-1]
        if "smtpd[" not in tag:
            continue
        if re.search(r"\]: connect from ", line):
            assert tag not in open_, line
            open_.add(tag)
        elif re.search(r"\]: disconnect from ", line):
            open_.remove(tag)
        elif "does not resolve" not in line:
            assert tag in open_, line


def test_times_never_go_back() -> None:
    stamps = [line.split(" ")[0] for line in made(iso=True)[0].splitlines()]
    assert stamps == sorted(stamps)
    assert stamps[0].startswith("2026-11-20T01:00:0")
    assert stamps[0].endswith("+01:00")


def test_the_same_seed_says_the_same() -> None:
    assert made(seed=3) == made(seed=3)
    assert made(seed=3)[0] != made(seed=4)[0]


def test_only_documentation_addresses() -> None:
    text = made()[0]
    quads = {quad for quad in re.findall(r"(?<![\d.])\d+\.\d+\.\d+\.\d+(?![\d.])", text) if not quad.startswith("127.")}
    sixes = set(re.findall(r"2001:[0-9a-f:]+", text))
    assert len(quads) > 100 < len(quads) + len(sixes)
    for address in map(ipaddress.ip_address, quads | {six.rstrip(":") for six in sixes}):
        assert any(address in net for net in ALLOWED), address
    hosts = set(re.findall(r"[\w-]+\.(?:com|org|net|de|io|eu)\b", text))
    assert hosts <= {"example.com", "example.org", "example.net", "schweikert.ch"}, hosts


def test_addresses_of_anybody_on_request() -> None:
    text = made(addresses="any")[0]
    offered = set(re.findall(r"CONNECT from \[([^\]]+)\]", text))
    public = [address for address in map(ipaddress.ip_address, offered) if not any(address in net for net in ALLOWED)]
    assert len(public) > 0.9 * len(offered)
    assert all(address.is_global for address in public)


def test_storm_multiplies_the_connections() -> None:
    text = made()[0]
    by_minute = Counter(re.findall(r"^(\w+ +\d+ \d\d:\d\d):\d\d .*: CONNECT from", text, re.M))
    counts = [count for _, count in sorted(by_minute.items())]
    assert max(counts[4:6]) > 2 * max(counts[:3])


def test_durations_are_written_as_postfix_does() -> None:
    text = made()[0]
    said = re.findall(r"(?:, delay=| after )([\d.e+-]+)[, ]", text)
    said += [part for four in re.findall(r", delays=([^,]+),", text) for part in four.split("/")]
    assert len(said) > 500
    assert {number for number in said if not re.fullmatch(r"\d+|\d\.\d{1,2}", number)} == set()
