"""storage: deliveries into mailboxes by Dovecot's lmtp and lda, and what Sieve made of a message.

    lmtp(user@example.com)<9956><session>: msgid=<..>: saved mail to INBOX                           2.3, 2.4
    lmtp(9956, user@example.com): session: msgid=<..>: saved mail to INBOX                            2.2
    lda(user): sieve: msgid=<..>: stored mail into mailbox 'Lists'        (before 2.0: deliver(user): ..)

They are notices, no `deliver` events: the MTA that handed the message over logs the same delivery, with its queue ID,
delay and status (`status=sent (250 2.0.0 <..> Saved)`), and one message must not be delivered twice. What no MTA says,
the mailbox or that Sieve discarded it, is in the text.

Source: src/lib-lda/mail-deliver.c (mail_deliver_log), lmtp/lmtp-local.c; pigeonhole src/plugins/lda-sieve; 1.0 to 2.4.
"""

import re

from mailtop.event import Event, Notice

DELIVERING = re.compile(rb"(?:dovecot-)?(?:lmtp|lda|deliver)\(.*msgid=|(?:Info: )?(?:sieve: )?msgid=", re.DOTALL).match
_TO = re.compile(rb"[a-z-]+\((?:\d{1,10}, )?([^()<>]{1,320})\)")


def deliver(text: bytes) -> Event:
    """One line that says what became of a message; the recipient is the account it is of."""
    found = _TO.match(text)
    account = found[1] if found else None
    return Notice(text, recipient=None if account is None or account.isdigit() else account)
