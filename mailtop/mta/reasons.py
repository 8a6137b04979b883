"""reasons: from what a server said when it refused a client to one of the reason classes of `mailtop.smtp`.

The table is read from the top; the first row whose words occur in the text (case ignored) decides. Words are those
of Postfix's smtpd_check.c, postscreen and cleanup, and of the policy services and milters met in the field. The
answer for a text is remembered, because a storm says the same few texts a million times.

`dynamic` is given only where the text itself says so: a client's name alone is no proof of a home line.
"""

from typing import Final

from mailtop.mta.parser import words

CACHE_LIMIT: Final = 16_384
"""distinct texts remembered, then all are forgotten at once"""

GREYLIST: Final = words(
    """
    greylist | graylist | grey list | gray list | grey-list | gray-list | greyed | greywait | postgrey | sqlgrey |
    policy rejection- please try later
    """
)
"""Said by greylisters with a 4xx: texts that name greylisting or a greylister, and the one that policyd's greylisting
has for itself. With a 5xx these words are something else's.

`Try again later` and its like are no greylisting: `defer`, DEFER_IF_PERMIT and every 4xx of an access table say so too.
That holds for rspamd, whose greylisting says no more than its other soft rejects do: as a milter's refusal it is
counted as deferred, for its content. rspamd's greylist option `message` can name it."""

TABLE: Final[tuple[tuple[str, tuple[bytes, ...]], ...]] = tuple(
    (name, words(table))
    for name, table in (
        (
            "dnsbl",
            """
                blocked using | dnsbl | listed at | using rbl | spamhaus | spamcop | blocked by our policy
            """,
        ),
        (
            "relay",
            """
                relay access denied | relaying denied | relay not permitted | not permitted to relay
            """,
        ),
        (
            "size",
            """
                message size exceeds | message too large | message too big | message file too big | over quota |
                overquota | quota exceeded | exceeded quota | mailbox full | mailbox is full | mailbox size
            """,
        ),
        (
            "server",
            """
                insufficient system storage | server configuration | temporary lookup failure | queue file write
                | server error | internal error | local error | system error | local configuration error |
                unverified address | unverified recipient | address lookup failed | address lookup failure
            """,
        ),
        (
            "unknown_user",
            """
                user unknown | unknown user | no such user | no such recipient | recipient unknown |
                unknown recipient | user not found | user doesn't exist | does not exist here |
                recipient address rejected: undeliverable address | recipient address rejected: domain not found
                | no mailbox here | mailbox unavailable | recipient address rejected: unknown
            """,
        ),
        ("spf", "spf"),
        ("dkim", "dkim"),
        ("dmarc", "dmarc"),
        (
            "tls",
            """
                starttls | tls is required | tls required | must use tls | encryption | client certificate
            """,
        ),
        (
            "auth",
            """
                authentication | not logged in | not owned by user | log in first | login required
            """,
        ),
        (
            "rdns",
            """
                cannot find your | reverse hostname | reverse dns | ptr record | no ptr | rdns |
                unverified client host | no reverse
            """,
        ),
        (
            "dynamic",
            """
                dynamic | dial-up | dialup | dial up | generic hostname | generic host name | generic ptr |
                residential | end user
            """,
        ),
        (
            "sender_domain",
            """
                sender address rejected: domain not found | sender address rejected: malformed dns |
                domain of sender address | sender domain | sender address rejected: no mx |
                sender address rejected: domain name
            """,
        ),
        ("virus", "virus | infected | malware | trojan | phish"),
        (
            "rate",
            """
                too many | too much mail | rate limit | rate-limit | ratelimit | throttl | connection limit |
                concurrency limit
            """,
        ),
        (
            "protocol",
            """
                pipelining | protocol error | syntax | improper use | multi-recipient bounce | non-smtp |
                bare <lf> | bare newline | command rejected: command | out of sequence | smtp smuggling
            """,
        ),
        (
            "helo",
            """
                helo command rejected | ehlo command rejected | helo/ehlo | helo | invalid name
            """,
        ),
        (
            "server",
            """
                service unavailable | service currently unavailable | service temporarily unavailable |
                server ports busy | screening ports busy | ports are busy
            """,
        ),
        (
            "sender",
            """
                sender address rejected | bad sender address | sender rejected | sender address
            """,
        ),
        (
            "access",
            """
                client host rejected | access denied | blacklist | blocklist | denylist | banned | etrn command
                | administrative prohibition
            """,
        ),
        (
            "content",
            """
                spam | message content | content rejected | junk | attachment | milter triggers | header |
                body checks | black listed url
            """,
        ),
        (
            "policy",
            """
                recipient address rejected | policy | command rejected | data command | rejected
            """,
        ),
    )
)

_known: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})


def reason(text: bytes, transient: bool, default: bytes = b"other") -> bytes:
    """The reason class of a refusal's text, without the address or host it opens with.

    `transient`: a 4xx; only then is it greylisting. `default` is for texts that no row knows.
    """
    known = _known[transient]
    found = known.get(text)
    if found is None:
        if len(known) >= CACHE_LIMIT:
            known.clear()
        found = known[text] = _look_up(text.lower(), transient)
    return found or default


def _look_up(text: bytes, transient: bool) -> bytes:
    if transient and any(word in text for word in GREYLIST) and b"blocked using" not in text:
        return b"greylist"
    for name, row in TABLE:
        if any(word in text for word in row):
            return name.encode()
    return b""
