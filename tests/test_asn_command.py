"""`mailtop asn`: a new table is checked before it takes the old one's place, and what a table says of an address."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mailtop import asn_command
from mailtop.cli import main
from mailtop.lookup import asn
from mailtop.lookup.asn import AsnTableError, load
from mailtop.lookup.asn_fetch import Fetched
from mailtop.options import parser

NOW = 1_782_000_000.0  # 2026-06-21
SEED = Path(asn.__file__).parent.parent / asn.SEED
TSV = "192.0.2.0\t192.0.2.255\t64496\tZZ\tExample One\n2001:db8::\t2001:db8::ffff\t64497\tZZ\tExample Two\n"
OTHERS = ["", "<html>\n", "192.0.2.0\t192.0.2.255\n", TSV, TSV[:-30]]


def run(command: str, *given: str, home: Path, fetcher: asn_command.Fetch | None = None, root: bool = False) -> int:
    environ = {"XDG_DATA_HOME": str(home / "data")}
    options = vars(parser(command).parse_args(list(given)))
    return asn_command.run(command, options, environ, lambda: NOW, fetcher or nothing_fetched, home / "system", root)


def nothing_fetched(url: str, folder: Path) -> Fetched:
    raise AssertionError(f"{url} was fetched")


def table_of(home: Path) -> Path:
    return home / "data" / "mailtop" / "table.asn"


def test_an_update_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "table.tsv"
    source.write_text(TSV)
    os.utime(source, (NOW, NOW))
    assert run("asn update", "--unchecked", str(source), home=tmp_path) == 0
    made = load(table_of(tmp_path))
    assert (made.date, made.source, made.licence) == ("2026-06-21", "table.tsv", "unknown")
    entry = made.lookup("192.0.2.77")
    assert entry is not None
    assert (entry.asn, entry.prefix, made.name(64496)) == (64496, "192.0.2.0/24", "Example One")
    out, err = capsys.readouterr()
    assert out.startswith(f"{table_of(tmp_path)}: 2 prefixes, 2 AS numbers")
    assert err == ""
    assert run("asn update", "--unchecked", "--date", "2026-01-31", str(source), home=tmp_path) == 0
    assert load(table_of(tmp_path)).date == "2026-01-31"


def test_a_whole_table_passes_the_checks(tmp_path: Path) -> None:
    assert run("asn update", str(SEED), home=tmp_path) == 0
    assert table_of(tmp_path).stat().st_mode & 0o777 == 0o644
    assert len(load(table_of(tmp_path))) == len(load())


@pytest.mark.parametrize("other", OTHERS, ids=["empty", "html", "cut", "small", "cut line"])
def test_what_is_refused_leaves_the_old_table(other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "table.tsv"
    source.write_text(TSV)
    assert run("asn update", "--unchecked", str(source), home=tmp_path) == 0
    old = table_of(tmp_path).read_bytes()
    capsys.readouterr()
    source.write_text(other)
    assert run("asn update", str(source), home=tmp_path) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("mailtop: ")
    assert table_of(tmp_path).read_bytes() == old
    assert [path.name for path in table_of(tmp_path).parent.iterdir()] == ["table.asn"]


def test_an_update_from_a_url(tmp_path: Path) -> None:
    asked = []

    def fetcher(url: str, folder: Path) -> Fetched:
        asked.append(url)
        path = folder / "fetched"
        path.write_text('{"64496": "By name"}' if url.endswith("names") else TSV)
        return Fetched(path, "2026-05-05" if url.endswith("/dated") else None)

    for url, day in (("https://example.org/dated", "2026-05-05"), ("https://example.org/undated", "2026-06-21")):
        given = ("--unchecked", url, "--names", "https://example.org/names")
        assert run("asn update", *given, home=tmp_path, fetcher=fetcher) == 0
        table = load(table_of(tmp_path))
        assert (table.date, table.source, table.name(64496)) == (day, url, "By name")
    assert run("asn update", "--unchecked", home=tmp_path, fetcher=fetcher) == 0
    assert asked[-1] == asn_command.PUBLISHED
    assert load(table_of(tmp_path)).licence == "PDDL 1.0"


def test_a_fetch_that_fails_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fetcher(url: str, folder: Path) -> Fetched:
        raise AsnTableError(f"{url}: 404 Not Found")

    assert run("asn update", "https://example.org/x", home=tmp_path, fetcher=fetcher) == 2
    assert capsys.readouterr().err == "mailtop: https://example.org/x: 404 Not Found\n"
    assert not table_of(tmp_path).exists()


def test_root_updates_the_system_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "system").mkdir()
    assert run("asn update", str(SEED), home=tmp_path, root=True) == 0
    assert (tmp_path / "system" / "table.asn").exists()
    assert not table_of(tmp_path).exists()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("a file where a directory should be")
    assert run("asn update", str(SEED), home=tmp_path) == 2
    _, err = capsys.readouterr()
    assert "cannot be written" in err
    assert err.count("\n") == 1


def answers(capsys: pytest.CaptureFixture[str], *addresses: str, home: Path, code: int = 0) -> list[dict[str, Any]]:
    assert run("asn lookup", "--json", *addresses, home=home) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_lookup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, mapped, private, zone, six = answers(
        capsys, "9.9.9.9", "::ffff:9.9.9.9", "10.1.2.3", "fe80::1%eth0", "2620:fe::fe", home=tmp_path
    )
    assert first == {"address": "9.9.9.9", "asn": 19281, "as_name": "Quad9", "network": "9.9.9.0/24", "reserved": None}
    assert mapped == first | {"address": "::ffff:9.9.9.9"}
    assert (private["asn"], private["reserved"]) == (None, "private")
    assert (zone["asn"], zone["reserved"]) == (None, "link-local")
    assert (six["asn"], six["network"]) == (19281, "2620:fe::/48")


def test_a_lookup_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("9.9.9.9", "100.64.0.1", "198.51.100.7", "::1", "240.0.0.1")
    assert run("asn lookup", *given, home=tmp_path) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["9.9.9.9", "AS19281", "9.9.9.0/24", "Quad9"]
    for line, word in zip(lines[1:], ("shared", "documentation", "loopback", "reserved"), strict=True):
        assert line.endswith(f"{word}, announced by nobody")
    assert err.startswith("mailtop: AS numbers of 2026-06-17, from ip-location-db asn")
    assert "CC BY 4.0" in err


def test_what_is_no_address_is_told_and_the_others_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("asn lookup", "9.9.9.9", "\x1b[2Jmail.example.org", "1.1.1.1", home=tmp_path) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err.splitlines()[1] == r"mailtop: '\x1b[2Jmail.example.org' is no IP address"


def test_addresses_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("9.9.9.9\n\n 8.8.8.8 \n"))
    assert [answer["asn"] for answer in answers(capsys, "-", home=tmp_path)] == [19281, 15169]


def test_the_table_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("asn", home=tmp_path) == 0
    out = capsys.readouterr().out
    assert "the seed of the package" in out
    assert "2026-06-17 (4 days ago)" in out
    assert run("asn update", str(SEED), home=tmp_path) == 0
    assert run("asn", home=tmp_path) == 0
    assert str(table_of(tmp_path)) in capsys.readouterr().out


def test_the_command_line_reaches_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["asn", "lookup", "9.9.9.9"]) == 0
    assert "AS19281" in capsys.readouterr().out
    assert main(["asn", "update", "/nonexistent/table"]) == 2
    assert capsys.readouterr().err == "mailtop: /nonexistent/table: cannot be read: No such file or directory\n"
    for wrong in (["asn", "frob"], ["asn", "lookup"], ["asn", "update", "--date", "today"]):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1
