#!/usr/bin/env python3
"""Coverage-guided fuzzing of one family's parsers: no exception, and events made of bytes.

    fuzz_parsers.py FAMILY [--seconds N]

Needs atheris (`pip install atheris`), which the suite does not: the properties themselves are held by hypothesis there.
The corpus begins with the texts of the family's fixtures. Exit code 0 when nothing was found in the time; else atheris
prints the line and leaves it in a file of the working directory.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

TAGS = {
    "postfix": (
        b"postfix/smtpd", b"postfix/postscreen", b"postfix/dnsblog", b"postfix/qmgr", b"postfix/cleanup",
        b"postfix/smtp", b"postfix/anvil", b"postfix/tlsproxy", b"postfix/bounce", b"postfix/master",
    ),
    "exim": (b"exim",),
    "sendmail": (b"sm-mta", b"sendmail"),
    "opensmtpd": (b"smtpd",),
    "dovecot": (b"dovecot", b"imap-login", b"auth"),
    "cyrus": (b"saslauthd", b"cyrus/imap", b"imap"),
    "courier": (b"imapd", b"pop3d", b"courieresmtpd", b"courierd", b"authdaemond"),
    "filters": (
        b"rspamd", b"spamd", b"amavis", b"opendkim", b"opendmarc", b"policyd-spf", b"postgrey", b"policyd-weight",
        b"postfwd2/policy", b"postfwd", b"milter-greylist", b"clamav-milter", b"clamd", b"sqlgrey",
    ),
}  # fmt: skip
"""FAMILY -> the tags whose parsers are fuzzed; the first octet of an input chooses one"""


def texts(family: str) -> list[bytes]:
    """What the family's fixtures say behind their headers."""
    found = []
    for path in sorted((ROOT / "fixtures" / family).rglob("*.log")):
        for line in path.read_bytes().split(b"\n"):
            text = line.partition(b": ")[2] if family != "exim" else line[20:]
            if text:
                found.append(text[:2000])
    return found


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(description="Fuzz the parsers of one family.")
    parser.add_argument("family", choices=sorted(TAGS))
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    with atheris.instrument_imports(include=["mailtop.mta"], enable_loader_override=False):
        from mailtop.mta.recognisers import recognise  # families are imported when their first tag is seen

        daemons = [daemon for tag in TAGS[options.family] if (daemon := recognise(tag))]
        from mailtop.event import KINDS
    kinds = tuple(KINDS)

    def one(data: bytes) -> None:
        if not data:
            return
        found: Any = daemons[data[0] % len(daemons)].parse(data[1:])
        events = found if isinstance(found, list) else [] if found is None else [found]
        assert not isinstance(found, list) or found, "an empty list"
        for event in events:
            assert isinstance(event, kinds), event
            assert all(value is None or isinstance(value, bytes) for value in event), event

    with tempfile.TemporaryDirectory() as corpus:
        for number, text in enumerate(texts(options.family)):
            for tag in range(len(daemons)):
                if len(daemons) == 1 or number % len(daemons) == tag:
                    Path(corpus, f"{number}-{tag}").write_bytes(bytes([tag]) + text)
        seconds = f"-max_total_time={options.seconds}"
        atheris.Setup([sys.argv[0], corpus, seconds, "-max_len=2000", "-timeout=5", "-print_final_stats=1"], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
