"""amavis: its verdict on each message, and what it says of viruses, deliveries and faults.

Source: amavisd 2.13.0, Amavis.pm (log_short_templ, log_verbose_templ) and Amavis/*.pm; older lines from amavisd-new
2.2 on.

    (02279-04) Passed CLEAN {RelayedInbound}, [192.0.2.1]:6101 [198.51.100.7] <a@b> -> <c@d>,<e@f>, quarantine: .., \
Queue-ID: ABC, Message-ID: <..>, mail_id: .., Hits: -, size: 888, queued_as: DEF, 80 ms
    (02279-05) Blocked INFECTED (Eicar-Signature) {DiscardedInbound,Quarantined}, ...
    (02279-04) Passed CLEAN, <a@b> -> <c@d>, Hits: -, tag=2, tag2=6.2, kill=6.9, queued_as: DEF, L/Y/0/0

The status is amavis' own words in lower case (`passed clean`, `blocked spam`). The first address is the SMTP client
(XFORWARD), the second from a Received field. Fields are read from the left, each where the one before ends, and an
address as an envelope address is written, so nothing a stranger wrote can open a field; names of banned parts and
viruses stand in parentheses before all that: if what follows them can be read twice, client and envelope are unknown.
The last line is log_recip_templ's, once more for each recipient: a notice. The MTA logs what it hands over and takes
back itself, and a refusal too: nothing here is one.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Notice, Unparsed
from mailtop.mta.filters.fields import ADDRESS, IP, message_id, queue_id
from mailtop.mta.parser import words

_TASK = re.compile(rb"\(\d{1,7}-\d{1,4}(?:-\d{1,4})?\) ")
_VERDICT = re.compile(rb"(?P<what>Passed|Blocked)(?: (?P<kind>[A-Z-]+?)(?:-\d+)?)?(?=[ ,:])")
_ORIGIN = (
    rb"(?: \{[^{}]{0,400}\})?, (?:[\w./-]+ ){0,3}?(?:\[(?P<ip>%b)\](?::\d+)? )?(?:\[[^\[\]\s]*\] )?(?:\w+/\w+ )?"
    rb"<(?P<sender>%b)> -> (?P<to><%b>(?:,<%b>){0,500})"
    rb"(?:, \([^()]*\))?(?:, tls: [^,]*)?(?:, quarantine:? [^\s,]+)?(?:, Queue-ID: (?P<qid>[^\s,]+))?"
    rb"(?:,? Message-ID: (?P<mid><[^\s<>]*>)(?=, \S))?" % (IP, ADDRESS, ADDRESS, ADDRESS)
)
_PLAIN = re.compile(_ORIGIN)
_NAMED = re.compile(rb"\)(?=" + _ORIGIN + rb")")
"""finds every place that can be read so, those inside another too"""
_PAIR = re.compile(
    rb"(?:Checking: \S{1,40} \[[^\[\]<>]{0,60}\] |(?:\S{1,40} )?(?:FWD|SEND) (?:from|via) [^<>]{0,80}|SPAM(?:-TAG)?, "
    rb"|local delivery: |[EL]?SMTPS?\S{0,60}(?: \S{1,200}){1,2}: "
    rb"|(?:DSN|bounce|wbl|Quarantine|PenPals|mangling|MANGLING)[^<>]{0,120})"
    rb"<(%b)> [-=]> <(%b)>(?=[, ]|$)" % (ADDRESS, ADDRESS)
)
_OF_RECIPIENT = re.compile(rb", tag=[^\s,]*, tag2=[^\s,]*, kill=[^\s,]*, (?:.*, )?\w?/\w?/[^\s/]*/\S*$", re.DOTALL)
_REASONS: Final = {
    b"spam": b"content", b"spammy": b"content", b"banned": b"content", b"bad-header": b"content", b"infected": b"virus",
    b"oversized": b"size", b"tempfail": b"server", b"mta-blocked": b"other", b"other": b"other",
}  # fmt: skip
_SPEAKS: Final = words(
    """
    local delivery | SPAM | INFECTED | BANNED | BAD HEADER | BAD-HEADER | FAKE SENDER | DSN | Quarantine | FWD |
    SEND | ESMTP | LMTP | SMTP | TROUBLE | NOTICE | WARN | _WARN | _DIE | PANIC | bounce | virus_scan | run_av |
    ask_av | Turning AV | wbl: | PenPals | policy protocol | Negative SMTP | smtp resp | response to | mangling |
    DEFANGING | PRESERVING | connect_to_sql | lookup_sql | DENIED ACCESS | Requesting process | white_black_list |
    Open relay | p0f | OS_fingerprint | dkim | DKIM | do_notify | spam_scan | truncating | check_header |
    INFO: trunc | delivery | mail checking ended | Blocked | Passed | Not-Delivered | mail_via_smtp | client failed
    | rw_loop | lmtp session | smtp session | Cached | cached | SA | extra modules loaded after daemonizing |
    Temporary file | TempDir | FAILED | Too many | open( | ClamAV | clamav | Sophie | savapi | Can't | timed out |
    check_mail | INVALID
    """
)
_NOISE: Final = words(
    """
    Internal decoder | No decoder | Found | No ext | No $ | No primary | No secondary | Using | Module |
    socket module | starting | config files | Creating db | BerkeleyDB | after_chroot | SpamAssassin | SpamControl |
    Net::Server | extra modules | TIMING | INFO: | user= | Perl version | initializing | Valid PID | Amavis:: |
    bind to | will bind | (type | SIG | rundown | Deleting db | Fetch | logging | sd_notify | do_unzip |
    do_cabextract | do_ | {"@timestamp" | p0 | dkim key | signal: | Reload | storage | SQL | LDAP | ANTI- |
    Interface | AM.PDP | ZMQ | cpio | loading policy bank | removing | Log | enabled | disabled | Net:: | SNMP
    """
)


def parse(text: bytes) -> Event | None:
    """One line of amavis."""
    task = _TASK.match(text)
    said = text[task.end() :] if task else text
    if found := _VERDICT.match(said):
        again = said.rfind(b", tag=")
        return _verdict(said, found) if again < 0 or not _OF_RECIPIENT.match(said, again) else Notice(said)
    if said.startswith((b"(!", b"(!!")):
        return Notice(said)
    if pair := _PAIR.match(said):
        return Notice(said, sender=pair[1] or b"<>", recipient=pair[2])
    if said.startswith(_SPEAKS) or b"> -> <" in said:
        return Notice(said)
    if said.startswith(_NOISE):
        return None
    return Notice(said) if b"FAILED" in said or b"retrying (" in said else Unparsed(said)


def _verdict(said: bytes, found: re.Match[bytes]) -> Event:
    kind = (found["kind"] or b"").lower()
    status = found["what"].lower() + (b" " + kind if kind else b"")
    at = found.end()
    if said.startswith(b" (", at):
        origins = list(_NAMED.finditer(said, at))
        origin = origins[0] if len(origins) == 1 else None
    else:
        origin = _PLAIN.match(said, at)
    if origin is None:
        return Filter(None, status=status, reason=_REASONS.get(kind), text=said)
    to = origin["to"]
    return Filter(
        queue_id(origin["qid"]),
        origin["ip"],
        status=status,
        reason=_REASONS.get(kind),
        text=said,
        sender=origin["sender"] or b"<>",
        recipient=to[1:-1] if b">,<" not in to else None,
        message_id=message_id(origin["mid"]),
    )
