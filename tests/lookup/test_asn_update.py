"""Published data of every kind make the same table; what is none of them is refused with one clear line."""

import bz2
import gzip
import lzma
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from mailtop.lookup import asn_input, asn_ranges
from mailtop.lookup.asn import AsnTable, AsnTableError, load
from mailtop.lookup.asn_file import Columns, pack
from mailtop.lookup.asn_update import Given, columns
from tests.lookup.mmdb import mmdb
from tests.lookup.rib import rib

DAY = "2026-03-04"
EXPECTED = {
    "192.0.2.1": (64496, "192.0.2.0/24"),
    "198.51.100.200": (64497, "198.51.100.128/25"),
    "203.0.113.7": None,
    "2001:db8::1": (64496, "2001:db8::/48"),
    "2001:db8:5::1": (65551, "2001:db8:5::/48"),
    "2001:db8:6::1": None,
}
NAMES = {64496: "Example One", 64497: "Exämple, Two", 65551: "Example Three"}

DAT = """; IP-ASN32-DAT file
192.0.2.0/24\t64496
198.51.100.128/25\t64497
2001:db8::/48\t64496
2001:db8:5::/48\t65551
"""
TSV = """192.0.2.0\t192.0.2.255\t64496\tZZ\tExample One
198.51.100.0\t198.51.100.127\t0\tNone\tNot routed
198.51.100.128\t198.51.100.255\t64497\tZZ\tExämple, Two
2001:db8::\t2001:db8:0:ffff:ffff:ffff:ffff:ffff\t64496\tZZ\tExample One
2001:db8:5::\t2001:db8:5:ffff:ffff:ffff:ffff:ffff\t65551\tZZ\tExample Three
"""
MAXMIND = """network,autonomous_system_number,autonomous_system_organization
192.0.2.0/24,64496,"Example One"
198.51.100.128/25,64497,"Exämple, Two"
2001:db8::/48,64496,"Example One"
2001:db8:5::/48,65551,"Example Three"
"""
IPINFO = """\ufeffnetwork,country,country_code,continent,continent_code,asn,as_name,as_domain
192.0.2.0/24,Nowhere,ZZ,Nowhere,ZZ,AS64496,Example One,example.com
198.51.100.128/25,Nowhere,ZZ,Nowhere,ZZ,AS64497,"Exämple, Two",example.net
203.0.113.0/24,Nowhere,ZZ,Nowhere,ZZ,,,
2001:db8::/48,Nowhere,ZZ,Nowhere,ZZ,AS64496,Example One,example.com
2001:db8:5::/48,Nowhere,ZZ,Nowhere,ZZ,AS65551,Example Three,example.org
"""
DBIP = """192.0.2.0,192.0.2.255,64496,"Example One"
198.51.100.128,198.51.100.255,64497,"Exämple, Two"
2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,64496,Example One
2001:db8:5::,2001:db8:5:ffff:ffff:ffff:ffff:ffff,65551,Example Three
"""
IP2LOCATION = """"3221225984","3221226239","192.0.2.0/24","64496","Example One"
"3325256832","3325256959","198.51.100.128/25","64497","Exämple, Two"
"3405803776","3405804031","203.0.113.0/24","-","-"
"42540766411282592856903984951653826560","42540766411283801782723599580828532735","2001:db8::/48","64496","Example One"
"42540766411288637486002058097527357440","42540766411289846411821672726702063615","2001:db8:5::/48","65551","Example Three"
"""  # noqa: E501
PREFIXED = """192.0.2.0/24,AS64496,Example One
198.51.100.128/25,AS64497,"Exämple, Two"
2001:db8::/48,AS64496,Example One
2001:db8:5::/48,AS65551,Example Three
"""
RECORDS = {
    "192.0.2.0/24": {"autonomous_system_number": 64496, "autonomous_system_organization": "Example One"},
    "198.51.100.128/25": {"asn": "AS64497", "as_name": "Exämple, Two"},
    "203.0.113.0/24": {"country": "ZZ"},
    "2001:db8::/48": {"autonomous_system_number": 64496, "autonomous_system_organization": "Example One"},
    "2001:db8:5::/48": {"asn": 65551, "name": "Example Three"},
}
ORIGINS: list[tuple[str, int | set[int]]] = [
    ("192.0.2.0/24", 64496),
    ("198.51.100.128/25", {64497, 64510}),
    ("0.0.0.0/0", 64511),
    ("2001:db8::/48", 64496),
    ("2001:db8:5::/48", 65551),
]
NAMED = {"tsv": TSV, "maxmind": MAXMIND, "ipinfo": IPINFO, "dbip": DBIP, "ip2location": IP2LOCATION, "cidr": PREFIXED}


@pytest.fixture(autouse=True)
def _documentation_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyasn leaves out the AS numbers of RFC 5398, which tests have to use, as bogus."""
    with warnings.catch_warnings(), suppress(ImportError):
        warnings.simplefilter("ignore")  # an escape in its source that newer Pythons warn of
        from pyasn import mrtx

        monkeypatch.setattr(mrtx, "is_asn_bogus", lambda asn: asn <= 0)


def put(path: Path, data: bytes | str) -> Given:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return Given(path, path.name, DAY)


def answers(table: AsnTable) -> dict[str, tuple[int, str] | None]:
    found = {address: table.lookup(address) for address in EXPECTED}
    return {address: (entry.asn, entry.prefix) if entry else None for address, entry in found.items()}


@pytest.mark.parametrize("kind", NAMED)
def test_tables_with_names(kind: str, tmp_path: Path) -> None:
    table = AsnTable(columns([put(tmp_path / "table", NAMED[kind])], licence="CC0"))
    assert answers(table) == EXPECTED
    assert {asn: table.name(asn) for asn in NAMES} == NAMES
    assert (table.date, table.source, table.licence) == (DAY, "table", "CC0")


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_packing_is_told_by_the_first_bytes(packed: Callable[[bytes], bytes], tmp_path: Path) -> None:
    for data in (TSV.encode(), DAT.encode(), mmdb(RECORDS)):
        assert answers(AsnTable(columns([put(tmp_path / "table.txt", packed(data))]))) == EXPECTED


def test_mmdb(tmp_path: Path) -> None:
    pytest.importorskip("maxminddb", reason="maxminddb, of the extra mmdb, is not installed")
    table = AsnTable(columns([put(tmp_path / "asn.mmdb", mmdb(RECORDS))]))
    assert answers(table) == EXPECTED
    assert {asn: table.name(asn) for asn in NAMES} == NAMES
    assert table.date == "2026-09-21"


def test_rib(tmp_path: Path) -> None:
    pytest.importorskip("pyasn", reason="pyasn is not installed")
    for data in (rib(ORIGINS), bz2.compress(rib(ORIGINS))):
        table = AsnTable(columns([put(tmp_path / "rib", data)]))
        assert answers(table) == EXPECTED
        assert table.date == "2026-09-21"


def test_names_come_from_a_file_else_from_the_table_in_use(tmp_path: Path, small: AsnTable) -> None:
    data = put(tmp_path / "table.dat", DAT)
    assert answers(AsnTable(columns([data]))) == EXPECTED
    kept = AsnTable(columns([data], old=small))
    assert (kept.name(64496), kept.name(65551)) == ("Example One", "Named, but announces nothing")
    for names in ('{"64496": "By JSON"}', "64496 By JSON\n64497\n", "AS64496\tBy JSON\r\n"):
        listed = put(tmp_path / "names", names)
        assert AsnTable(columns([data], listed.path, small)).name(64496) == "By JSON"
        assert AsnTable(columns([data], listed.path, small)).name(65551) is None
    both = AsnTable(columns([put(tmp_path / "table.tsv", TSV)], listed.path, small))
    assert (both.name(64496), both.name(65551)) == ("By JSON", "Example Three")


def test_a_table_in_two_files_is_as_old_as_the_older(tmp_path: Path) -> None:
    v4, v6 = ("\n".join(line for line in DAT.splitlines() if (":" in line) == six) for six in (False, True))
    files = [put(tmp_path / "v4", v4), put(tmp_path / "v6", v6)._replace(day="2026-01-01")]
    table = AsnTable(columns(files))
    assert answers(table) == EXPECTED
    assert (table.date, table.source) == ("2026-01-01", "v4, v6")
    assert columns(files, day="2025-05-05").meta.date == "2025-05-05"


def test_a_packed_table_is_taken_as_it_is(tmp_path: Path, columns_: Columns) -> None:
    packed = put(tmp_path / "table.asn", pack(columns_))
    assert columns([packed]) == columns_
    with pytest.raises(AsnTableError, match="taken alone"):
        columns([packed, put(tmp_path / "more", DAT)])


@pytest.fixture
def columns_(columns: Columns) -> Columns:
    return columns


GOOD_MMDB, GOOD_RIB = mmdb(RECORDS), rib(ORIGINS)
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "empty gzip": (gzip.compress(b""), "the file is empty"),
    "html": (b"\n <!DOCTYPE html><html>", "an HTML page"),
    "html in gzip": (gzip.compress(b"<html>"), "an HTML page"),
    "zip": (b"PK\x03\x04" + bytes(99), "a zip archive: unpack it"),
    "prose": (b"Rate limit exceeded\n", "not a line of a prefix table"),
    "csv prose": (b"sorry, not today, friend\n", "table:1: not a line of a table of ranges"),
    "json": (b'{"error": "no such file", "code": 404}', "table:1: not a line"),
    "tsv cut in a line": (TSV.encode()[:-60], "table:5: not a line of a table of ranges"),
    "tsv upside down": (b"192.0.2.255\t192.0.2.0\t64496\tZZ\tx\n", "table:1:"),
    "tsv of two families": (b"192.0.2.0\t2001:db8::\t64496\tZZ\tx\n", "table:1:"),
    "tsv of no number": (b"192.0.2.0\t192.0.2.9\tmany\tZZ\tx\n", "table:1:"),
    "tsv of a large number": (b"192.0.2.0\t192.0.2.9\t4294967296\tZZ\tx\n", "table:1:"),
    "tsv, later html": (TSV.encode() + b"<html>\n", "table:6: not a line of a table of ranges"),
    "tsv of nobody": (b"192.0.2.0\t192.0.2.9\t0\tNone\tNot routed\n", "no prefix in the input"),
    "csv of length 0": (b"network,asn\n0.0.0.0/0,64496\n", "table:2:"),
    "csv without a column": (b"network,asn,name\n192.0.2.0/24\n", "table:2:"),
    "csv with an open quote": (b'192.0.2.0/24,64496,"Exam\n', "table:1: not a line of a CSV table"),
    "cut gzip": (gzip.compress(TSV.encode() * 999)[:80], "cannot be read"),
    "cut bzip2": (bz2.compress(TSV.encode() * 999)[:80], "cannot be read"),
    "cut xz": (lzma.compress(TSV.encode() * 999)[:80], "cannot be read"),
    "cut mmdb": (GOOD_MMDB[: len(GOOD_MMDB) // 2] + GOOD_MMDB[GOOD_MMDB.index(b"\xab\xcd\xefMaxMind") :], "MMDB"),
    "mmdb without an end": (GOOD_MMDB[:-40], "MMDB"),
    "cut rib": (GOOD_RIB[:-9], "RIB"),
    "cut rib in bzip2": (bz2.compress(GOOD_RIB)[:-20], "table: "),
    "rib of rubbish": (GOOD_RIB[:12] + b"\xff" * 400, "RIB"),
    "escapes": (b"\x1b]0;owned\x07\x1b[2J\n", "not a line of a prefix table"),
    "NULs": (bytes(9999), "not a line of a prefix table"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_table_is_refused_on_one_line(bad: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data, says = BAD[bad]
    with pytest.raises(AsnTableError) as caught:
        columns([put(tmp_path / "table", data)])
    assert says in str(caught.value)
    assert str(caught.value).isprintable()
    assert capfd.readouterr() == ("", ""), "pyasn talks before it raises"


@pytest.mark.parametrize(("module", "data"), [("maxminddb", GOOD_MMDB), ("pyasn", GOOD_RIB)])
def test_a_missing_library_is_named(module: str, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(AsnTableError, match=r"pip install 'mailtop\[(mmdb|pyasn)\]'"):
        columns([put(tmp_path / "table", data)])


def test_input_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (asn_input, asn_ranges):
        monkeypatch.setattr(module, "MAX_PREFIXES", 3)
    for data in (TSV, DAT, MAXMIND):
        with pytest.raises(AsnTableError, match="more than 3 prefixes"):
            columns([put(tmp_path / "table", data)])


def test_names_are_printable(tmp_path: Path) -> None:
    table = AsnTable(columns([put(tmp_path / "t", "192.0.2.0\t192.0.2.9\t64496\tZZ\t\x1b[31mred\x07" + "é" * 400)]))
    name = table.name(64496)
    assert name is not None
    assert name.startswith("[31mred é")
    assert name.isprintable()
    assert len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("first", "last", "prefixes"),
    [
        (0, 0, [(0, 32)]),
        (0, 255, [(0, 24)]),
        (1, 6, [(1, 32), (2, 31), (4, 31), (6, 32)]),
        (255, 256, [(255, 32), (256, 32)]),
        (0, (1 << 32) - 1, [(0, 1), (1 << 31, 1)]),
        ((1 << 32) - 3, (1 << 32) - 1, [((1 << 32) - 3, 32), ((1 << 32) - 2, 31)]),
    ],
)
def test_a_range_is_split_into_the_fewest_prefixes(first: int, last: int, prefixes: Sequence[tuple[int, int]]) -> None:
    assert list(asn_ranges.split(first, last, 32)) == prefixes


def test_the_packed_seed_is_taken(tmp_path: Path) -> None:
    from mailtop.lookup import asn

    seed = Path(asn.__file__).parent.parent / asn.SEED
    made = columns([Given(seed, "seed", DAY)])
    assert made.meta.prefixes == len(load())
