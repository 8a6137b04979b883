"""fields: the pieces that OpenSMTPD's log lines are made of: addresses, envelopes, replies.

Source: smtp_session.c, mta.c, to.c (ss_to_text, sa_to_text).
"""

import re
from typing import Final

INNER: Final = rb"(?>(?:[^\">\\]|\\.|\"(?>(?:[^\"\\]|\\.)*)\")*)"
ENVELOPE = re.compile(
    rb"(?:evpid=([0-9a-f]{16}) )?(?:session=[0-9a-f]+,? )?from=<(" + INNER + rb")>,? to=<(" + INNER + rb")>,? ?(.*)",
    re.DOTALL,
).match
CODES = re.compile(rb"(\d\d\d)[ -](?:(\d\.\d{1,3}\.\d{1,3})\b:? ?)?(.*)$", re.DOTALL).match
WHO = re.compile(rb"address=(\S+) host=(\S*)").match


def address_of(word: bytes) -> bytes | None:
    """`192.0.2.1`, `[192.0.2.1]`, `[IPv6:2001:db8::1]`; None for `local` and other families."""
    word = word.strip(b"[]").removeprefix(b"IPv6:").removeprefix(b"ipv6:")
    return None if word in (b"local", b"unix", b"") or b"/" in word else word


def name_of(host: bytes | None) -> bytes | None:
    """`<unknown>`: no name, or one that does not lead back to the address."""
    return b"unknown" if host in (b"<unknown>", b"unknown", b"") else host
