"""The packed file: what goes in comes out, and a file that is none is refused with one clear line."""

import json
import random
import struct
import sys
import zlib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mailtop.lookup import asn, asn_file
from mailtop.lookup.asn import AsnTable, AsnTableError, load
from mailtop.lookup.asn_file import Columns, pack, unpack


def _refused(data: bytes, path: Path, says: str = "") -> None:
    path.write_bytes(data)
    with pytest.raises(AsnTableError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert message.isprintable()  # one line, and nothing of the file that a terminal would obey


def _forged(header: object, body: bytes) -> bytes:
    raw = json.dumps(header).encode()
    return struct.pack("<8sIII", asn_file.MAGIC, len(raw), zlib.crc32(raw), zlib.crc32(body)) + raw + body


def _opened(data: bytes) -> tuple[dict[str, object], bytes]:
    length = struct.unpack_from("<8sIII", data)[1]
    return json.loads(data[20 : 20 + length]), data[20 + length :]


def test_what_goes_in_comes_out(columns: Columns) -> None:
    again = unpack(pack(columns), "a test")
    for field in fields(Columns):
        assert getattr(again, field.name) == getattr(columns, field.name), field.name


def test_loaded_file_is_the_table(columns: Columns, small: AsnTable, tmp_path: Path) -> None:
    path = tmp_path / "table.asn"
    path.write_bytes(pack(columns))
    table = load(path)
    assert (table.date, table.source, table.licence, len(table)) == ("2026-01-02", "a test", "CC0", 18)
    assert list(table.prefixes()) == list(small.prefixes())
    assert load(str(path)).name(64496) == "Example One"


def test_other_byte_order_reads_the_same_file(columns: Columns, monkeypatch: pytest.MonkeyPatch) -> None:
    here = columns.v6_starts
    planes = asn_file._to_planes(here)
    other = "big" if sys.byteorder == "little" else "little"
    monkeypatch.setattr(sys, "byteorder", other)
    there = asn_file._from_planes(planes, "Q")
    there.byteswap()  # what a machine of that order would have in memory
    assert there == here


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.asn"
    _refused(b"", path, "empty")
    _refused(b"<!DOCTYPE html>\n<html><title>404 Not Found</title>", path, "not a packed AS-number table")
    _refused(b"192.0.2.0/24\t64496\n", path, "not a packed AS-number table")
    _refused(b"\x1b[2J\x1b]0;owned\x07" * 100, path, "not a packed AS-number table")
    _refused(bytes(4096), path, "not a packed AS-number table")


def test_every_cut_is_refused(columns: Columns, tmp_path: Path) -> None:
    data = pack(columns)
    for end in range(len(data)):
        _refused(data[:end], tmp_path / "table.asn")
    _refused(data + b"x", tmp_path / "table.asn", "checksum")


def test_every_flipped_byte_is_refused(columns: Columns, tmp_path: Path) -> None:
    data = pack(columns)
    dice = random.Random(1)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= dice.randint(1, 255)
        _refused(bytes(damaged), tmp_path / "table.asn")


def test_damaged_seed_is_refused(tmp_path: Path) -> None:
    data = (Path(asn.__file__).parent.parent / asn.SEED).read_bytes()
    _refused(data[: len(data) // 2], tmp_path / "seed.asn", "cut short")
    _refused(data[:1000] + b"\0" * 64 + data[1064:], tmp_path / "seed.asn", "checksum")


def test_other_versions_are_refused_by_number(columns: Columns, tmp_path: Path) -> None:
    header, body = _opened(pack(columns))
    _refused(_forged({**header, "version": 2}, body), tmp_path / "table.asn", "version 2")


def test_good_checksums_over_nonsense_are_refused(columns: Columns, tmp_path: Path) -> None:
    header, body = _opened(pack(columns))
    path = tmp_path / "table.asn"
    nonsense: list[object] = [[], 7, None, {}, {"version": 1}, {"version": 1, "sections": 3}]
    nonsense += [{**header, "sections": [["a"]]}, {**header, "sections": []}]
    nonsense += [{**header, "prefixes": "many"}, {**header, "prefixes": None}]
    for forged in nonsense:
        _refused(_forged(forged, body), path, "damaged")
    _refused(_forged(header, b""), path, "damaged")
    _refused(_forged(header, b"\0" * len(body)), path, "damaged")
    _refused(pack(replace(columns, v4_codes=columns.v4_codes[:-1])), path, "v4 columns do not fit")
    _refused(pack(replace(columns, v6_starts=columns.v6_starts[1:])), path, "v6 columns do not fit")
    _refused(pack(replace(columns, fine_lows=columns.fine_lows[1:])), path, "fine")
    _refused(pack(replace(columns, name_lengths=b"")), path, "AS numbers do not fit")


def test_a_small_file_cannot_ask_for_all_memory(columns: Columns, tmp_path: Path) -> None:
    header, _ = _opened(pack(columns))
    bomb = zlib.compress(bytes(64 << 20))
    path = tmp_path / "table.asn"
    _refused(_forged({**header, "sections": [["v4_starts", len(bomb), 4096]]}, bomb), path, "has not 4096 bytes")
    _refused(_forged({**header, "sections": [["v4_starts", len(bomb), 1 << 40]]}, bomb), path, "section v4_starts")


def test_oversized_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asn, "MAX_FILE", 1 << 20)
    _refused(bytes((1 << 20) + 1), tmp_path / "table.asn", "longer than 1 MB")


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(AsnTableError, match=r"none\.asn: cannot be read: No such file or directory"):
        load(tmp_path / "none.asn")
    with pytest.raises(AsnTableError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_damaged_names_are_told_when_asked_for(columns: Columns) -> None:
    for packed in (b"", b"no lzma", columns.packed_names[:-20], columns.packed_names[:30] + b"\0" * 30):
        table = AsnTable(unpack(pack(replace(columns, packed_names=packed)), "a test"))
        assert table.lookup("192.0.2.1") is not None
        with pytest.raises(AsnTableError, match="names are damaged"):
            table.name(64496)
