"""The words of SMTP that mailtop counts by: RFC 5321 stages and replies, RFC 3463 codes, and the reason classes.

Everything here is a closed set: a new word is added here first, then used.
"""

from typing import Final

STAGES: Final = ("CONNECT", "HELO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE")
"""Where in the dialogue of RFC 5321 something happened. EHLO counts as HELO; commands outside this
set (AUTH, STARTTLS, RSET, VRFY, ...) keep their own name."""

STATUSES: Final = ("sent", "forwarded", "deferred", "bounced", "expired")
"""What became of one recipient of a message, in Postfix's words."""

REASONS: Final = (
    "dnsbl",  # a DNS blocklist named the client, its name, HELO or sender (RFC 5782)
    "rdns",  # no reverse DNS, or it does not match
    "dynamic",  # the client's name looks like a home line
    "helo",  # HELO/EHLO argument malformed, unknown or forged
    "unknown_user",  # no such recipient here
    "sender_domain",  # the sender's domain does not exist or has no mail exchanger
    "sender",  # the sender's address itself is refused
    "relay",  # we do not carry mail for that recipient
    "access",  # a local access list of the administrator
    "greylist",  # come back later: its own class, never counted as refused
    "rate",  # too many connections, messages or errors from the client
    "protocol",  # the client broke the dialogue: early talk, pipelining, not SMTP at all
    "auth",  # authentication failed or is required
    "tls",  # encryption failed or is required
    "spf",
    "dkim",
    "dmarc",
    "content",  # header, body or spam verdict
    "virus",
    "size",  # message too large, or over quota
    "policy",  # a policy service refused without saying why in known words
    "server",  # our own fault: no space, lookup failure, service down
    "other",
)
"""Why a client was refused, deferred or warned: the closed set of reason classes."""
