"""Addresses as text: what is one, what is none, and the words for those that no AS announces."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.lookup.address import parse, reserved, text

RUBBISH = [
    "", "unknown", " ", ".", ":", "::::", "[", "]", "[]", "[[192.0.2.1]]", "192.0.2", "192.0.2.1.1", "192.0.2.256",
    "192.0.2.-1", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1\n", "192.0.2.1\0", "\0", "0x7f.0.0.1", "010.0.0.1",
    "1_0.0.0.1", "\u0661.\u0662.\u0663.\u0664", "\uff11.1.1.1",
    "3221225985", "192.0.2.1/24", "192.0.2.1%eth0", "%eth0", "fe80::1%" + "x" * 100,
    "2001:db8::g", "2001:db8:::1", "12345::", "\ud800", "::\ud800", "[IPv6:192.0.2.x]", "[IPv6:]", "a" * 1_000_000,
    ":" * 1_000_000, "1." * 500_000, "\x1b[31m192.0.2.1", "::ffff:192.0.2.999", "[192.0.2.1", "IPv6:2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda rubbish: ascii(rubbish[:24]))
def test_rubbish_is_no_address_and_has_no_word(rubbish: str) -> None:
    assert parse(rubbish) is None
    assert reserved(rubbish) is None


@given(st.text(max_size=80))
def test_no_text_raises(anything: str) -> None:
    parse(anything)
    reserved(anything)


@given(st.ip_addresses())
def test_what_ipaddress_writes_is_read_as_the_same_number(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    expected = mapped or address
    assert parse(str(address)) == (expected.version, int(expected))
    assert ipaddress.ip_address(text(expected.version, int(expected))) == expected


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("[192.0.2.1]", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("[::FFFF:192.0.2.1]", "192.0.2.1"),
        ("[IPv6:2001:db8::1]", "2001:db8::1"),
        ("[ipv6:2001:DB8::1]", "2001:db8::1"),
        ("2001:db8::1%eth0.17", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ],
)
def test_spellings_of_one_address(spelling: str, expected: str) -> None:
    parsed = parse(spelling)
    assert parsed is not None
    assert text(*parsed) == expected


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        ("10.0.0.0", "10.255.255.255", "private"),
        ("172.16.0.0", "172.31.255.255", "private"),
        ("192.168.0.0", "192.168.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "shared"),
        ("127.0.0.0", "127.255.255.255", "loopback"),
        ("169.254.0.0", "169.254.255.255", "link-local"),
        ("192.0.2.0", "192.0.2.255", "documentation"),
        ("198.51.100.0", "198.51.100.255", "documentation"),
        ("203.0.113.0", "203.0.113.255", "documentation"),
        ("198.18.0.0", "198.19.255.255", "benchmarking"),
        ("224.0.0.0", "239.255.255.255", "multicast"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4"),
        ("64:ff9b::", "64:ff9b::ffff:ffff", "nat64"),
    ],
)
def test_a_word_holds_from_the_first_address_to_the_last_and_no_further(first: str, last: str, word: str) -> None:
    assert reserved(first) == reserved(last) == word
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    assert reserved(str(low - 1)) != word
    assert reserved(str(high + 1)) != word


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("0.0.0.0", "unspecified"), ("::", "unspecified"), ("::1", "loopback"), ("[::1]", "loopback"),
        ("::ffff:127.0.0.1", "loopback"), ("::ffff:10.1.2.3", "private"), ("fe80::1%eth0", "link-local"),
        ("240.0.0.1", "reserved"), ("255.255.255.254", "reserved"), ("255.255.255.255", "broadcast"),
        ("ff02::1", "multicast"), ("2001::1", "teredo"), ("2001:2::1", "benchmarking"),
        ("192.0.0.1", "protocol"), ("192.0.0.9", None), ("2001:20::1", None), ("2001:200::1", None),
        ("172.15.255.255", None), ("172.32.0.0", None), ("2600::1", None),
    ],
)  # fmt: skip
def test_single_words(address: str, word: str | None) -> None:
    assert reserved(address) == word


@given(st.ip_addresses())
def test_no_address_that_python_calls_global_has_a_word_of_a_closed_net(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    word = reserved(str(address))
    if word in {"private", "loopback", "link-local", "documentation", "shared"}:
        documentation = address in ipaddress.ip_network("3fff::/20")  # RFC 9637, which older Pythons do not know
        mapped = getattr(address, "ipv4_mapped", None)
        site_local = getattr(address, "is_site_local", False)
        assert documentation or site_local or not (mapped or address).is_global
