"""parse: what a line costs the Reader, by kind of line and for a typical storm, and beside pflogsumm.

    python benchmarks/parse.py [LINES]

The log is made up here (documentation addresses only), in the proportions of a spam storm on a server without
postscreen. Times are CPU time of this process; the ratio is against pflogsumm's user and system time on the same
file, where it is installed.
"""

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mailtop.ingest.reader import Reader

BLOCK = 1 << 20


def shapes(rng: random.Random, n: int) -> list[tuple[str, list[str]]]:
    """One client's session, as (kind, line without stamp) pairs."""
    pid = rng.randint(2000, 2060)
    ip = f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randint(1, 254)}"
    name = rng.choice(("unknown", f"host{n % 5000}.isp.example"))
    user, queue = f"user{n % 700}", f"{0x30D8F2A0000 + n:X}"
    smtpd = f"mx1 postfix/smtpd[{pid}]: "
    tail = f"from=<s{n % 9000}@sender{n % 400}.example> to=<{user}@local.test> proto=ESMTP helo=<h{n % 3000}.example>"
    connect, gone = f"{smtpd}connect from {name}[{ip}]", f"{smtpd}disconnect from {name}[{ip}] ehlo=1 mail=1 "
    said = rng.random()
    refusals = {
        0.35: f"554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.example; https://l.example/{ip}",
        0.50: f"550 5.1.1 <{user}@local.test>: Recipient address rejected: User unknown in local recipient table",
        0.60: f"450 4.2.0 <{user}@local.test>: Recipient address rejected: Greylisted, see http://postgrey.example/",
        0.68: f"504 5.5.2 <h{n % 3000}.example>: Helo command rejected: need fully-qualified hostname",
        0.74: f"450 4.7.1 Client host rejected: cannot find your reverse hostname, [{ip}]",
    }
    for upto, text in refusals.items():
        if said < upto:
            return [
                ("connect", [connect]),
                ("reject", [f"{smtpd}NOQUEUE: reject: RCPT from {name}[{ip}]: {text}; {tail}"]),
                ("disconnect", [gone + "rcpt=0/1 quit=1 commands=3/4"]),
            ]
    if said < 0.90:
        return [
            ("connect", [connect]),
            ("auth", [f"{smtpd}warning: {name}[{ip}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6"]),
            ("hangup", [f"{smtpd}lost connection after AUTH from {name}[{ip}]"]),
            ("disconnect", [f"{smtpd}disconnect from {name}[{ip}] ehlo=1 auth=0/1 commands=1/2"]),
        ]
    size, sent = f"size={n % 90000}, nrcpt=1 (queue active)", f"status=sent (250 2.0.0 <{user}@local.test> Saved)"
    spent = f"delay=0.{n % 90 + 10}, delays=0.1/0/0.01/0.2, dsn=2.0.0"
    return [
        ("connect", [connect]),
        ("accept", [f"{smtpd}{queue}: client={name}[{ip}]"]),
        (
            "queue",
            [
                f"mx1 postfix/cleanup[901]: {queue}: message-id=<{n}@sender.example>",
                f"mx1 postfix/qmgr[77]: {queue}: from=<s{n % 9000}@sender.example>, {size}",
            ],
        ),
        (
            "deliver",
            [f"mx1 postfix/lmtp[902]: {queue}: to=<{user}@local.test>, relay=mx[private/lmtp], {spent}, {sent}"],
        ),
        ("remove", [f"mx1 postfix/qmgr[77]: {queue}: removed"]),
        ("disconnect", [gone + "rcpt=1 data=1 quit=1 commands=5"]),
    ]


def make(lines: int) -> tuple[bytes, dict[str, bytes]]:
    """The whole log, and the lines of each kind by themselves."""
    rng, n = random.Random(7), 0
    out: list[bytes] = []
    kinds: dict[str, list[bytes]] = {}
    while len(out) < lines:
        n += 1
        second = 8 * 3600 + n // 40
        stamp = f"Nov 21 {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02} "
        for kind, texts in shapes(rng, n):
            for text in texts:
                line = (stamp + text).encode() + b"\n"
                out.append(line)
                kinds.setdefault(kind, []).append(line)
    return b"".join(out), {kind: b"".join(some) for kind, some in kinds.items()}


def cost(data: bytes) -> tuple[float, int]:
    """Microseconds of CPU a line, and events, of bytes to columns."""
    reader, at, rows = Reader("-", 0, 1_795_000_000.0), 0, 0
    began = time.process_time()
    while at < len(data):
        end = data.rfind(b"\n", at, at + BLOCK) + 1 or len(data)
        rows += sum(len(batch) for batch in reader.feed(data[at:end], at))
        at = end
    rows += len(reader.batch())
    return (time.process_time() - began) * 1e6 / data.count(b"\n"), rows


def pflogsumm(data: bytes) -> float | None:
    """Microseconds of CPU a line that pflogsumm takes; None where it is not installed."""
    command = shutil.which("pflogsumm") or shutil.which("/usr/sbin/pflogsumm")
    if command is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mail.log")
        path.write_bytes(data)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([command, str(path)], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent * 1e6 / data.count(b"\n")


def main() -> None:
    """Print the table."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    data, kinds = make(lines)
    share = Counter({kind: some.count(b"\n") for kind, some in kinds.items()})
    for kind, count in share.most_common():
        print(f"{kind:12} {100 * count / lines:5.1f} %  {cost(kinds[kind])[0]:6.2f} us/line")
    mine, rows = cost(data)
    print(f"{'storm':12} {rows} events of {lines} lines  {mine:6.2f} us/line")
    theirs = pflogsumm(data)
    if theirs is not None:
        print(f"pflogsumm    {theirs:6.2f} us/line, {theirs / mine:.1f} x")


if __name__ == "__main__":
    main()
