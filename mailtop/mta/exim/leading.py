"""leading: refusals that begin with their own words, and have the client behind them.

Source: smtp_in.c (checks before an ACL is asked), receive.c (size, too many Received), daemon.c (limits that hold
before a child is forked). Each names the client by `host.py`'s words, and nothing that the client wrote stands before
it but addresses, which are read to the end of their quotes, and the HELO of `rejected "HELO x" from`.
"""

import re
from typing import Final

from mailtop.event import Event
from mailtop.mta.exim.host import ADDRESS, NOBODY, peer
from mailtop.mta.exim.refusal import judged

_LEADING: Final[tuple[tuple[re.Pattern[bytes], bytes, bytes, bytes | None], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), stage, default, said)
    for pattern, stage, default, said in (
        (rb"rejected from <(?P<from>" + ADDRESS + rb")>(?: ?(?P<host>[HU]=.*?))?: (?P<text>.*)$",
         b"END-OF-MESSAGE", b"size", None),
        (rb"rejected MAIL FROM:<(?P<from>" + ADDRESS + rb")> (?P<host>.*?): (?P<text>message too big.*)$",
         b"MAIL", b"size", None),
        (rb"rejected MAIL command (?P<host>.*): (?P<text>too many messages in one connection)$", b"MAIL", b"rate",
         None),
        (rb"rejected MAIL from (?P<host>.*): (?P<text>no HELO/EHLO given)$", b"MAIL", b"helo", None),
        (rb"rejected (?:EHLO|HELO) from (?P<host>.*?): (?P<text>syntactically invalid argument\(s\): (?P<helo>.*))$",
         b"HELO", b"helo", None),
        (rb"(?P<soft>temporarily )?rejected \"(?:EHLO|HELO) (?P<helo>.*)\" from (?P<host>.*)$", b"HELO", b"helo",
         b"HELO verification failed"),
        (rb"unqualified sender rejected: <(?P<from>" + ADDRESS + rb")> (?P<host>.*)$", b"MAIL", b"sender",
         b"unqualified sender rejected"),
        (rb"unqualified recipient rejected: <(?P<to>" + ADDRESS + rb")> (?P<host>.*)$", b"RCPT", b"unknown_user",
         b"unqualified recipient rejected"),
        (rb"(?P<text>too many recipients: message rejected): sender=<(?P<from>" + ADDRESS + rb")> (?P<host>.*)$",
         b"RCPT", b"rate", None),
        (rb"(?P<text>too many recipients: excess (?P<soft>temporarily) rejected): sender=<(?P<from>" + ADDRESS +
         rb")> (?P<host>.*)$", b"RCPT", b"rate", None),
        (rb"refused connection from (?P<host>.*) \((?P<text>host_reject_connection|tcp wrappers)\)$", b"CONNECT",
         b"access", None),
        (rb"(?P<soft>temporarily )refused connection from (?P<host>.*?)(?:: (?P<text>not in reserve list.*)| "
         rb"\((?P<wrap>tcp wrappers.*)\))$", b"CONNECT", b"rate", None),
        (rb"(?P<soft>C)onnection (?:Ci=\w+ )?from (?P<host>.*) refused: (?P<text>too many connections.*"
         rb"|load average.*)$", b"CONNECT", b"rate", None),
        (rb"rejected XCLIENT from (?P<host>.*?): (?P<text>.*)$", b"XCLIENT", b"access", None),
        (rb"connection from (?P<host>.*) refused \((?P<text>IP options)\)$", b"CONNECT", b"protocol", None),
    )
)  # fmt: skip
"""refusals that begin with their words: pattern, stage, reason class, and what to say where the line says no more"""


def parse(text: bytes, word: bytes | None = None) -> Event | None:
    """A refusal that begins with its words; None when it is none of them."""
    for pattern, stage, default, said in _LEADING:
        found = pattern.match(text)
        if found is None:
            continue
        named = found.groupdict()
        who = peer(named["host"]) if named.get("host") else None
        who = who or NOBODY
        if helo := named.get("helo"):
            who = who._replace(helo=helo)
        text = said or named.get("text") or named.get("wrap") or text
        made = judged(who, word, stage, bool(named.get("soft")), text, default, named.get("from"), named.get("to"))
        return made if default == b"access" and made.reason != b"other" else made._replace(reason=default)
    return None
