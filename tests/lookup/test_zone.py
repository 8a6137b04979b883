"""Names of lists and their keys: no key is drawn by accident, and no name loses a label that is none."""

import copy
import pickle

import pytest

from mailtop.lookup.zone import Secret, keyed, masked, plain
from mailtop.mta import zones

KEY = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("name", "shown", "zone"),
    [
        (f"{KEY}.zen.dq.spamhaus.net", "***.zen.dq.spamhaus.net", "zen.dq.spamhaus.net"),
        (f"{KEY.upper()}.ZEN.dq.spamhaus.net.", "***.ZEN.dq.spamhaus.net.", "zen.dq.spamhaus.net"),
        ("k1.zen.dq.spamhaus.net", "***.zen.dq.spamhaus.net", "zen.dq.spamhaus.net"),
        (f"{KEY}.combined.mail.abusix.zone", "***.combined.mail.abusix.zone", "combined.mail.abusix.zone"),
        (f"{KEY}.new-product.mail.abusix.zone", "***.new-product.mail.abusix.zone", "new-product.mail.abusix.zone"),
        (f"{KEY}.r.mail-abuse.com", "***.r.mail-abuse.com", "r.mail-abuse.com"),
        ("zen.dq.spamhaus.net", "zen.dq.spamhaus.net", "zen.dq.spamhaus.net"),
        ("combined.mail.abusix.zone", "combined.mail.abusix.zone", "combined.mail.abusix.zone"),
        ("Zen.Spamhaus.org.", "Zen.Spamhaus.org.", "zen.spamhaus.org"),
        ("longlabel123.dnsbl.example", "longlabel123.dnsbl.example", "longlabel123.dnsbl.example"),
    ],
)
def test_names(name: str, shown: str, zone: str) -> None:
    assert masked(name) == shown
    assert plain(name) == zone
    assert keyed(name) == ("***" in shown)


@pytest.mark.parametrize(
    "text",
    [
        "reject_rbl_client {}.zen.dq.spamhaus.net=127.0.0.[2..11]",
        "{}.zen.dq.spamhaus.net*3 {}.dbl.dq.spamhaus.net",
        "5.113.0.203.{}.combined.mail.abusix.zone",
        "'zen', '{}.zen.dq.spamhaus.net.', '^127'",
        "{{{}.zen.dq.spamhaus.net}}",
        "{}.a.b.ztr.invaluement.com:{}.multi.datafeed.surbl.org",
    ],
)
def test_what_the_log_masks_is_masked_here_too(text: str) -> None:
    line = text.replace("{}", KEY)
    assert KEY not in masked(line)
    assert KEY.encode() not in zones.masked(line.encode())
    assert masked(line) == zones.masked(line.encode()).decode()


def test_a_secret_is_not_drawn() -> None:
    secret = Secret(f"{KEY}.zen.dq.spamhaus.net")
    assert secret.reveal().startswith(KEY)
    for drawn in (str(secret), repr(secret), f"{secret}", f"{[secret]}", "%s" % secret):  # noqa: UP031
        assert KEY not in drawn
        assert "zen.dq.spamhaus.net" in drawn
    assert secret == Secret(f"{KEY}.zen.dq.spamhaus.net")
    assert len({secret, Secret("a.example")}) == 2
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="not written"):
        copy.copy(secret)
