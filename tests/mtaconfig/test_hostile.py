"""No text of a configuration breaks a reader, makes it loop, or gets a key past the mask."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.lookup.mtaconfig import exim, policyd_weight, postfix, rspamd, sendmail, spamassassin
from mailtop.lookup.mtaconfig.configured import Inventory, is_name
from tests.mtaconfig.fake import Fake

KEY = "abcdefghijklmnopqrstuvwxyz"
WORDS = [
    "smtpd_client_restrictions", "postscreen_dnsbl_sites", "reject_rbl_client", "permit_dnswl_client",
    "warn_if_reject", "smtpd_restriction_classes", "class", f"{KEY}.zen.dq.spamhaus.net",
    f"{KEY}.combined.mail.abusix.zone", "a.example", "=127.0.0.[2..11]", "*3", "${", "$(class)", "$class", "{", "}",
    ",", " ", "\t", "\n", "\n ", "\\\n", "#", "=", ":", "::", "<;", ";", "!", "&0.0.0.6", "/$sender_address_domain",
    "begin acl", "deny ", "dnslists = ", "warn ", ".include x", ".ifdef A", ".endif", "A = A", "FEATURE(`dnsbl', `",
    "')", "dnl", "R$-.$-.$-.$- $: <?> $(dnsbl $4.$3.$2.$1.", ". $: OK $)", "header X eval:check_rbl('s', '", "')",
    "score X ", "-1", "1e999", "@dnsbl_score = (", "'a.example', 1, 2, 'X'", ");", "\u0000", "\u001b[31m", "\u00e9",
    "\ud800",
]  # fmt: skip


def _all(text: str) -> list[Inventory]:
    return [
        postfix.inventory(Fake({}, {"/etc/postfix/main.cf": text, "/etc/postfix/master.cf": text})),
        exim.inventory(Fake({}, {"/etc/exim4/exim4.conf": text})),
        sendmail.inventory(Fake({}, {"/etc/mail/sendmail.cf": text})),
        sendmail.inventory(Fake({}, {"/etc/mail/sendmail.mc": text})),
        rspamd.inventory(Fake({"rspamadm configdump -j rbl": text})),
        spamassassin.inventory(Fake({}, {"/usr/share/spamassassin/x.cf": text})),
        policyd_weight.inventory(Fake({}, {"/etc/policyd-weight.conf": text})),
    ]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=40).map("".join))
def test_any_text(text: str) -> None:
    for found in _all(text):
        for one in found.lists:
            assert is_name(one.asked.reveal())
            assert KEY not in repr(one) + str(one.place)
        # A key that does not stand alone as a label is no key that could be asked with.
        assert f"{KEY}.zen" not in repr(found.unread)


@pytest.mark.parametrize(
    "text",
    [
        "smtpd_client_restrictions = " + "{ " * 20000,
        "smtpd_client_restrictions = " + "${a?{" * 5000,
        "a = $a$a\nsmtpd_client_restrictions = $a",
        "".join(f"p{n} = $p{n + 1}$p{n + 1}\n" for n in range(60)) + "smtpd_client_restrictions = $p0\n",
        "A = AA\n" * 50 + "begin acl\nx: deny dnslists = A\n",
        "".join(f"M{n}_ = M{n - 1}_M{n - 1}_\n" for n in range(40)) + "begin acl\nx: deny dnslists = M39_\n",
        "begin acl\nx: deny dnslists = " + "${" * 20000 + " : a.example",
        "{" * 20000,
        '{"rbls": ' * 5000,
        "header X eval:check_rbl(" + "'" * 20000,
        "FEATURE(`dnsbl'," + "`" * 20000,
    ],
    ids=range(11),
)
def test_nothing_grows_without_a_bound(text: str) -> None:
    begun = time.process_time()
    for found in _all(text):
        assert len(repr(found)) < 100_000
    assert time.process_time() - begun < 5
