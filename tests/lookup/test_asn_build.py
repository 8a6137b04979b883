"""The command that packs a table: its inputs, its one-line faults, and that a fault leaves the old table alone."""

import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mailtop.lookup import asn_build, asn_input
from mailtop.lookup.asn import load

NAMES = {"64496": "Example One", "64499": "line\nbreak \x1b[31m\xad dash", "64500": "é" * 400, "0": "nobody"}


@pytest.fixture
def inputs(tmp_path: Path, dat: str) -> tuple[Path, Path, Path]:
    prefixes, names = tmp_path / "in.dat", tmp_path / "names.json"
    prefixes.write_text(dat)
    names.write_text(json.dumps(NAMES))
    return prefixes, names, tmp_path / "out.asn"


def _run(*paths: Path) -> int:
    return asn_build.main([*map(str, paths), "--date", "2026-01-02", "--source", "a test", "--licence", "CC0"])


def test_command_makes_a_table(inputs: tuple[Path, Path, Path]) -> None:
    given = [*map(str, inputs), "--date", "2026-01-02"]
    done = subprocess.run(
        [sys.executable, "-m", "mailtop.lookup.asn_build", *given], check=True, capture_output=True, text=True
    )
    assert "18 prefixes, 13 AS numbers" in done.stdout
    assert done.stderr == ""
    table = load(inputs[2])
    entry = table.lookup("192.0.2.80")
    assert entry is not None
    assert (entry.asn, entry.prefix) == (64498, "192.0.2.80/32")
    assert (table.date, table.source, table.licence) == ("2026-01-02", "unknown", "unknown")


def test_names_are_one_printable_line_of_bounded_length(inputs: tuple[Path, Path, Path]) -> None:
    assert _run(*inputs) == 0
    table = load(inputs[2])
    assert table.name(64499) == "line break [31m- dash"
    assert table.name(64500) == "é" * 127  # 254 bytes: never half a character
    assert table.name(0) is None


def test_same_input_same_bytes_whatever_its_compression(inputs: tuple[Path, Path, Path], tmp_path: Path) -> None:
    prefixes, names, out = inputs
    assert _run(prefixes, names, out) == 0
    first = out.read_bytes()
    compressors: tuple[Callable[[bytes], bytes], ...] = (gzip.compress, lzma.compress)
    for number, compress in enumerate(compressors):
        packed = [tmp_path / f"{number}.dat", tmp_path / f"{number}.names"]
        packed[0].write_bytes(compress(prefixes.read_bytes()))
        packed[1].write_bytes(compress(names.read_bytes()))
        assert _run(*packed, out) == 0
        assert out.read_bytes() == first


BAD_PREFIXES = {
    "html": b"<!DOCTYPE html>\n<html></html>\n",
    "empty": b"",
    "only comments": b"; nothing\n# here\n\n",
    "no length": b"192.0.2.0\t64496\n",
    "default route": b"0.0.0.0/0\t64496\n",
    "too long a prefix": b"192.0.2.0/33\t64496\n",
    "AS 0": b"192.0.2.0/24\t0\n",
    "AS of 33 bits": b"192.0.2.0/24\t4294967296\n",
    "AS set": b"192.0.2.0/24\t{64496,64497}\n",
    "escapes": b"\x1b]0;owned\x07/24\t1\n",
    "mapped": b"::ffff:192.0.2.0/120\t64496\n",
    "one endless line": b"1" * 100_000,
    "second line": b"192.0.2.0/24\t64496\nrubbish\n",
    "cut gzip": gzip.compress(b"192.0.2.0/24\t64496\n" * 9999)[:60],
    "cut xz": lzma.compress(b"192.0.2.0/24\t64496\n" * 9999)[:60],
    "damaged gzip": b"\x1f\x8b" + b"\xff" * 50,
    "damaged xz": b"\xfd7zXZ\0" + b"\xff" * 50,
}


@pytest.mark.parametrize("bad", BAD_PREFIXES)
def test_bad_prefixes_are_one_line_and_the_old_table_stays(
    bad: str, inputs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    prefixes, names, out = inputs
    out.write_bytes(b"the old table")
    prefixes.write_bytes(BAD_PREFIXES[bad])
    assert _run(prefixes, names, out) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.strip().isprintable()
    assert out.read_bytes() == b"the old table"
    assert sorted(path.name for path in out.parent.iterdir()) == ["in.dat", "names.json", "out.asn"]


@pytest.mark.parametrize("bad", [b"", b"<html>", b"[]", b'"x"', b'{"x": "y"}', b'{"1": 2}', b"[" * 100_000, b"\xff{}"])
def test_bad_names_are_one_line(
    bad: bytes, inputs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    prefixes, names, out = inputs
    names.write_bytes(bad)
    assert _run(prefixes, names, out) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "not a file of AS names" in error
    assert not out.exists()


def test_missing_files_are_one_line(inputs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    prefixes, names, out = inputs
    for given in ((out, names, out), (prefixes, out, out), (prefixes, names, out.parent / "none" / "out.asn")):
        assert _run(*given) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert "No such file" in error


def test_input_is_bounded(
    inputs: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asn_input, "MAX_PREFIXES", 17)
    assert _run(*inputs) == 2
    assert "more than 17 prefixes" in capsys.readouterr().err


def test_fault_while_writing_leaves_nothing_behind(
    inputs: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs[2].write_bytes(b"the old table")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert _run(*inputs) == 2
    assert "No space left" in capsys.readouterr().err
    assert inputs[2].read_bytes() == b"the old table"
    assert sorted(path.name for path in inputs[2].parent.iterdir()) == ["in.dat", "names.json", "out.asn"]
