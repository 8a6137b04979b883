"""Filters: programs beside the MTA that judge clients and messages, and which syslog tags are theirs.

A file per program. What all of them keep to:

- A verdict on a message is a `Filter`; it names the message by queue ID or message-id, and the store finds whose
  message that is. A message-id is in angle brackets, as Postfix logs it. `reason` says why a verdict is against the
  message; a message that was found good has none.
- What a policy service or milter answers, the MTA acts on and logs itself: the refusal is the MTA's line. Here it is a
  `Notice` or a `Filter`, never a `Reject`, or every greylisting and SPF refusal would be counted twice.
- Where a program says the same verdict in two lines, one is the `Filter`; the other is a notice or noise.
- A program whose lines are named here may say more than is named: that is `Unparsed`, and counted as such.
"""

from importlib import import_module
from typing import Final

from mailtop.mta.parser import Daemon, Parse

PROGRAMS: Final = {
    "amavis": ("amavis", "amavis"),
    "amavisd": ("amavis", "amavis"),
    "amavisd-new": ("amavis", "amavis"),
    "clamav-milter": ("clamav", "clamav"),
    "clamd": ("clamav", "clamav"),
    "milter-greylist": ("milter_greylist", "milter-greylist"),
    "opendkim": ("opendkim", "opendkim"),
    "opendmarc": ("opendmarc", "opendmarc"),
    "policy-spf": ("spf", "policyd-spf"),
    "policyd-spf": ("spf", "policyd-spf"),
    "policyd-weight": ("policyd_weight", "policyd-weight"),
    "postfwd": ("postfwd", "postfwd"),
    "postfwd1": ("postfwd", "postfwd"),
    "postfwd2": ("postfwd", "postfwd"),
    "postfwd3": ("postfwd", "postfwd"),
    "postgrey": ("postgrey", "postgrey"),
    "rspamd": ("rspamd", "rspamd"),
    "spamd": ("spamd", "spamassassin"),
    "sqlgrey": ("sqlgrey", "sqlgrey"),
}
"""program in lower case -> module here, and the `mta` word"""


def recognise(program: bytes) -> Daemon | None:
    """The filter that a syslog tag names (`postfix/policy-spf` and `postfwd2/policy` too); None when it is none."""
    name = program.decode("ascii", "replace").lower().removeprefix("postfix/").partition("/")[0]
    if name not in PROGRAMS:
        return None
    module, mta = PROGRAMS[name]
    parse: Parse = import_module(f"{__name__}.{module}").parse
    return Daemon(mta, name, parse)
