"""postfwd: a policy service with rules and DNS lists. Source: postfwd1 and postfwd2 of 1.35.

    [RULES] rule=0, id=R1, queue=ABC, client=name[192.0.2.1], user=u, sender=<a@b>, recipient=<c@d>, helo=<h>, \
proto=ESMTP, state=RCPT, delay=0s, hits=R1, action=REJECT ..
    [DNSBL] object 192.0.2.1 listed on rbl:list.test (answer: 127.0.0.2, time: 0s)
    [DNSBL] warning: timeout (1/3) for list.test after 14 seconds

What a rule decides smtpd does and logs: here it is a notice.
"""

import re
from typing import Final

from mailtop.event import Event, Listed, LookupError_, Notice, Unparsed
from mailtop.mta.filters.fields import ADDRESS, IP, queue_id
from mailtop.mta.parser import words
from mailtop.mta.zones import split_query

_RULE = re.compile(
    rb"\[(?:RULES|CACHE|SCORE|MAIL|SENDMAIL)\] rule=[^,]*, id=[^,]*(?:, queue=(?P<id>[^,]*))?"
    rb", client=(?P<name>[^\s\[\],]*)\[(?P<ip>%b)\](?:, user=[^,<>]*)?, sender="
    rb"(?:<(?P<sender>%b)>(?:, recipient=<(?P<to>%b)>)?, helo=<[^<>]*>, proto=)?" % (IP, ADDRESS, ADDRESS)
)
_LISTED = re.compile(
    rb"\[DNSBL\] (?:object )?(?P<what>\S+) listed on (?P<type>\w+):(?P<zone>[\w.-]+) \(answer: (?P<answer>[\d.]+)"
)
_TIMEOUT = re.compile(rb"\[DNSBL\] warning: timeout \(\d+/\d+\) for (\S+) after ")
_QUERY = re.compile(rb"dnsquery: timeout for (?:\w+:)?(\S+) after ")
_NOISE: Final = words(
    """
    [STATS] | [LOGS | [CLEANUP] | [DNS] dns | [DNSBL] query | [DNSBL] cached | [DNSBL] parent | [DNSBL] answer |
    [DNSBL] sending | [RATES] | [GET | [SET | [CHECK | [DEL | [PLUGIN] | [SENDDNS] | [RULES] RULE | [RULES] rule: |
    [RULES] rate limit | ready for input | postfwd | loaded: | reading | Saved | Fetched | renewing | compare |
    rate items | parsing | Setting | Binding | Process Backgrounded | Server closing | Group Not | User Not |
    terminating | setting | set up | catched | increasing | removing | disabling | substitute | notice:
    """
)


def parse(text: bytes) -> Event | None:
    """One line of postfwd."""
    if found := _RULE.match(text):
        sender = None if found["sender"] is None else found["sender"] or b"<>"
        return Notice(text, found["ip"], found["name"], queue_id(found["id"]), sender, found["to"] or None)
    if found := _LISTED.match(text):
        if found["type"].lower() == b"rbl":
            return Listed(found["what"], found["zone"], found["answer"])
        return Notice(text)
    if found := _TIMEOUT.match(text):
        return LookupError_(found[1], None, text)
    if found := _QUERY.match(text):
        client, zone = split_query(found[1])
        return LookupError_(zone, client, text) if zone else Notice(text)
    if text.startswith(_NOISE):
        return None
    if text.startswith((b"[RULES]", b"[CACHE]", b"[SCORE]", b"[DNSBL]", b"[DNS]", b"[MAIL]", b"[SENDMAIL]")):
        return Notice(text)
    faulty = b"rror" in text or b"ailed" in text or b"ould not" in text or b"warning" in text or b"timeout" in text
    return Notice(text) if faulty else Unparsed(text)
