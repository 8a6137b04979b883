"""notices: what any Postfix daemon may write besides its own lines: warnings, errors, TLS, and noise.

Source: msg_warn and msg_fatal calls throughout, tls_client.c and tls_server.c (connection established), smtpd_peer.c
(host names), dict_surrogate.c, master.c. Noise is what says nothing of mail, clients or faults: start and stop, maps
reread, compatibility defaults, cache statistics, and the lines of verbose logging.
"""

import re
from typing import Final

from mailtop.event import Event, LookupError_, Notice, Unparsed
from mailtop.mta.parser import words
from mailtop.mta.postfix.fields import is_queue_id, peer, queue_id
from mailtop.mta.zones import split_query

NOISE: Final = words(
    """
    Placed on hold: | Released from hold: | Requeued: | Deleted: | Expired: | Unverified: | Verified: | Trusted: |
    Untrusted: | looking for plugins |
    statistics: max cache size | statistics: address lookup | statistics: domain lookup |
    statistics: start interval | statistics: max simultaneous | table | using backwards-compatible |
    Using backwards-compatible | daemon started | reload | refreshing the Postfix | starting the Postfix |
    stopping the Postfix | terminating on signal | the Postfix mail system | cache | close database |
    initializing the server-side TLS | initializing the client-side TLS | setting up TLS connection |
    SSL_accept: | SSL_connect: | name_mask: | dict_ | auto_clnt_ | event_ | send attr | input attribute |
    private/ | watchdog_ | smtpd_ | match_ | > | < | rewrite_clnt: | generic_checks: | maps_find: | mail_addr_ |
    permit_ | lookup | inet_addr_ | connection established | master_ | vstream_ | proto_ | been_here | xsasl_ |
    flush_ | report | before input_transp | after input_transp | cleanup_ | milter8_ | milter_ | tlsmgr_ | tls_
    | warning: see http | TLS SNI | Host offered STARTTLS | postfix-script | /usr/ | Postfix is | Postfix |
    to disable | See http | rebuilding | waiting for the Postfix | -- MARK | end_of_ | nameservers: | session= |
    process generation | certificate verification failed | client certificate verification | subject= | issuer=
    | fingerprint= | Reusing old session | looking for session | save session | read from | write to |
    remove session | put_server_cert | get_server_cert | open | set_eugid | locking | mynetworks: |
    relay_domains: | no multi-recipient | Binding to TCP | DSN | extract_addr: | reject_ | check_ | ctable_ |
    deliver_ | Compiled | compiled | Running
    """
)
"""Openings of lines that say nothing of mail traffic."""

_TLS = re.compile(
    rb"(?:\S+: )?(?:[A-Z][a-z]+ )?TLS connection (?:established|reused) (?P<way>from|to) (?P<peer>[^ ]*?): ?"
    rb"(?P<version>[A-Za-z]+v[0-9.]+)"
)
_HOSTNAME = re.compile(
    rb"(?:smtpd_peer_init: )?(?:hostname (?P<name>\S+) does not resolve to address (?P<a>[0-9a-fA-F.:]+?)(?:: .*)?$"
    rb"|(?P<b>[0-9a-fA-F.:]+): (?:address not listed for hostname"
    rb"|hostname \S+ (?:verification failed|does not resolve)))"
)
_RBL = re.compile(rb"(\S+): RBL lookup error: (.*)")
_DNSBLOG = re.compile(rb"dnsblog_query: lookup error for DNS query (\S+?): (.*)")
_REPLY_TIMEOUT = re.compile(rb"dnsblog reply timeout \d+s for (\S+)")
_PEER = re.compile(rb"([^\s\[\]<>:]*)\[([0-9A-Fa-f.:]+)\](?::\d+)?")
_FATAL_ID = re.compile(
    rb"(?:append|open|update queue|write queue|create|remove|unlink) (?:file|queue)?.*?\b([0-9A-Za-z]{6,20}): "
)


def warning(said: bytes) -> Event | None:
    """What follows `warning: ` of any daemon."""
    if b"RBL lookup error" in said and (found := _RBL.match(said)):
        client, zone = split_query(found[1])
        return LookupError_(zone, client, said)
    if said.startswith(b"dnsblog"):
        if found := _REPLY_TIMEOUT.match(said):
            return LookupError_(found[1], None, said)
        if found := _DNSBLOG.match(said):
            client, zone = split_query(found[1])
            return LookupError_(zone, client, said)
    if found := _HOSTNAME.match(said):
        return Notice(said, found["a"] or found["b"])
    if said.startswith(
        (b"Illegal address syntax from ", b"too many connections from ", b"unexpected command pipelining")
    ):
        name, address = peer(said.partition(b" from ")[2])
        return Notice(said, address, name)
    if said.startswith((b"see http", b"to avoid this condition", b"please avoid ")):
        return None
    word, colon, _ = said.partition(b": ")
    if colon and is_queue_id(word) and any(48 <= byte <= 57 for byte in word):
        return Notice(said, queue_id=queue_id(word))
    if colon and word.endswith(b"]") and (found := _PEER.fullmatch(word)):
        return Notice(said, found[2], found[1])
    return Notice(said)


def common(word: bytes, rest: bytes, message: bytes | None) -> Event | None:
    """A line that is none of a daemon's own. `word: rest` is the line; `message` the queue ID it opens with, if any."""
    if word == b"warning":
        return warning(rest)
    if word in (b"fatal", b"error", b"panic"):
        found = _FATAL_ID.match(rest)
        return Notice(word + b": " + rest, queue_id=found[1] if found else queue_id(message or b""))
    text = word + b": " + rest if rest else word
    if b"TLS connection " in text[:80] and (tls := _TLS.match(text)):
        return _encrypted(text, tls, message)
    if text.startswith((b"cannot load ", b"unable to ")):
        return Notice(text, queue_id=queue_id(message or b""))
    if text.startswith(NOISE) or not text.strip():
        return None
    return Unparsed(text)


def _encrypted(text: bytes, tls: re.Match[bytes], message: bytes | None) -> Event:
    ident = queue_id(message) if message else None
    if tls["way"] == b"to":
        return Notice(text, relay=tls["peer"], tls=tls["version"], queue_id=ident)
    name, address = peer(tls["peer"])
    return Notice(text, address, name, tls=tls["version"], queue_id=ident)
