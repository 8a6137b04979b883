"""Filters: programs beside the MTA that judge clients and messages, and which syslog tags are theirs.

A file per program. What all of them keep to:

- A verdict on a message is a `Filter`; it names the message by queue ID or message-id, and the store finds whose
  message that is. A message-id is in angle brackets, as Postfix logs it.
- What a policy service or milter answers, the MTA acts on and logs itself: the refusal is the MTA's line. Here it is a
  `Notice` or a `Filter`, never a `Reject`, or every greylisting and SPF refusal would be counted twice.
- Lines of start, stop, configuration and caches are noise.
"""

from importlib import import_module
from typing import Final

from mailtop.mta.parser import Daemon, Parse

PROGRAMS: Final = {
    "postgrey": ("postgrey", "postgrey"),
    "policyd-spf": ("spf", "policyd-spf"),
    "policy-spf": ("spf", "policyd-spf"),
}
"""last part of the tag in lower case -> module here, and the `mta` word"""


def recognise(program: bytes) -> Daemon | None:
    """The filter that a syslog tag names; None when it is none of these."""
    name = program.decode("ascii", "replace").lower()
    name = name.removeprefix("postfix/")
    if name not in PROGRAMS:
        return None
    module, mta = PROGRAMS[name]
    parse: Parse = import_module(f"{__name__}.{module}").parse
    return Daemon(mta, name, parse)
