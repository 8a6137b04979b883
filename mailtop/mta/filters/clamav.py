"""clamav: clamav-milter and clamd. Source: clamav-milter/clamfi.c (nullify, clamfi_eom) and clamd/scanner.c of 1.4.

    Message QUEUEID from <a@b> to <c@d> with subject '..' message-id '<..>' date '..' infected by Eicar-Signature
    Message from <a@b> to <c@d> infected by Eicar-Signature                           (LogInfected Basic)
    Clean message QUEUEID from <a@b> to <c@d> with subject '..' message-id '<..>' date '..'
    instream(127.0.0.1@41000): Eicar-Signature FOUND                                  (clamd)

Subject, message-id and date are the sender's words, in which the milter writes a blank for a quote: with more quotes
than six the message-id is unknown. clamd's line names no message and says what the milter or amavis says of one: a
notice.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Notice, Unparsed
from mailtop.mta.filters.fields import ADDRESS, message_id, queue_id
from mailtop.mta.parser import words

_MESSAGE = re.compile(
    rb"(?P<clean>Clean m|M)essage (?:(?P<id>[0-9A-Za-z-]+) )?from <(?P<sender>%b)> to <(?P<to>%b)>"
    rb"(?P<full> with subject '|(?= infected by )|$)" % (ADDRESS, ADDRESS)
)
_MESSAGE_ID = re.compile(rb" message-id '([^']{0,990})' date '[^']*'(?: infected by [^']*)?$")
_NOISE: Final = words(
    """
    +++ Started | SelfCheck | Probe for slot | Reading databases | Database | Local socket | Activating | Listening
    | No stats | Self checking | Limits: | Archive | clamd daemon | Not loading | Loaded | TCP: | LOCAL: |
    Portable Executable | ELF | Mail files | OLE2 | PDF | SWF | HTML | XMLDOCS | HWP3 | Heuristic | Received |
    Running as | Log file | Using | Bytecode | Set stacksize | / | Skipping scan | Stopped at | --- Stopped |
    Socket file | Pid file | Shutting | Concurrent | ExcludePath
    """
)


def parse(text: bytes) -> Event | None:
    """One line of clamav-milter or clamd."""
    if found := _MESSAGE.match(text):
        clean = found["clean"] == b"Clean m"
        if not clean and b" infected by " not in text:
            return Unparsed(text)
        named = _MESSAGE_ID.search(text, found.end()) if found["full"] and text.count(b"'", found.end()) == 5 else None
        return Filter(
            queue_id(found["id"]),
            stage=b"END-OF-MESSAGE",
            status=b"clean" if clean else b"virus",
            reason=None if clean else b"virus",
            text=text,
            sender=found["sender"] or b"<>",
            recipient=found["to"] or None,
            message_id=message_id(named[1]) if named else None,
        )
    if text.endswith(b" FOUND") or text.startswith((b"WARNING", b"ERROR", b"VirusEvent")):
        return Notice(text)
    if text.endswith((b": OK", b" ERROR")):
        return None if text.endswith(b": OK") else Notice(text)
    if text.startswith(_NOISE):
        return None
    faulty = b"ailed" in text or b"rror" in text or b"Can't" in text or b"imed out" in text
    return Notice(text) if faulty else Unparsed(text)
