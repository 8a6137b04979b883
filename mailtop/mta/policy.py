"""policy: policy services that log beside the MTA: postgrey and policyd-spf.

postgrey says `action=greylist, reason=new, client_name=.., client_address=.., sender=.., recipient=..`; smtpd logs the
resulting 450 itself, so a greylisting here is a notice and not a second rejection.
"""

import re

from mailtop.event import Event, Notice
from mailtop.mta.parser import Daemon
from mailtop.mta.postfix.fields import angle, queue_id

_ACTION = re.compile(
    rb"(?:(?P<id>[0-9A-Za-z]+): )?action=\w+, reason=[^,]*(?:, delay=\d+)?, client_name=(?P<name>[^,]*), "
    rb"client_address=(?P<ip>[^,/]*)(?:/\d+)?(?:, sender=(?P<sender>.*?))?(?:, recipient=(?P<recipient>.*))?$"
)
_SPF_IP = re.compile(rb"client-ip=([0-9A-Fa-f.:]+)")
_SPF_FROM = re.compile(rb"envelope-from=(?:<([^>;]*)>|\"?([^\";\s]*)\"?)")


def parse_postgrey(text: bytes) -> Event | None:
    """One line of postgrey."""
    if found := _ACTION.match(text):
        sender = found["sender"]
        return Notice(
            text,
            found["ip"],
            found["name"],
            queue_id(found["id"] or b""),
            None if sender is None else angle(sender),
            found["recipient"],
        )
    if text.startswith((b"warning", b"error", b"fatal")):
        return Notice(text)
    return None


def parse_spf(text: bytes) -> Event | None:
    """One line of policyd-spf or postfix-policyd-spf-perl."""
    address = _SPF_IP.search(text)
    if address is None:
        return Notice(text) if b"SPF" in text else None
    sender = _SPF_FROM.search(text)
    return Notice(text, address[1], sender=angle(sender[1] or sender[2] or b"") if sender else None)


_PROGRAMS = {
    b"postgrey": Daemon("postgrey", "postgrey", parse_postgrey),
    b"policyd-spf": Daemon("policyd-spf", "policyd-spf", parse_spf),
    b"postfix/policy-spf": Daemon("policyd-spf", "policy-spf", parse_spf),
    b"postfix/policyd-spf": Daemon("policyd-spf", "policyd-spf", parse_spf),
}


def recognise(program: bytes) -> Daemon | None:
    """The policy service that a syslog tag names; None when it is none of these."""
    return _PROGRAMS.get(program)
