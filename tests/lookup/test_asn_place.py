"""Which table is used, where a new one goes, and when one is called old."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailtop.lookup import asn_place
from mailtop.lookup.asn import AsnTable
from mailtop.lookup.asn_file import Columns, Meta, pack
from mailtop.lookup.asn_place import age, in_use, own, target

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path / "home")}


def put(path: Path, columns: Columns, source: str, date: str = "2026-06-30") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack(replace(columns, meta=Meta(date, source, "CC0", 18))))


def test_the_users_goes_before_the_systems_before_the_seed(
    environ: dict[str, str], tmp_path: Path, columns: Columns
) -> None:
    system = tmp_path / "system"
    assert in_use(environ, NOW, system)[1:] == (None, ())
    put(system / asn_place.FILE, columns, "the system's")
    assert in_use(environ, NOW, system).table.source == "the system's"
    put(own(environ), columns, "the user's")
    used = in_use(environ, NOW, system)
    assert (used.table.source, used.path, used.notes) == ("the user's", own(environ), ())


def test_a_damaged_table_is_passed_over_with_a_note(environ: dict[str, str], tmp_path: Path, columns: Columns) -> None:
    put(tmp_path / asn_place.FILE, columns, "the system's")
    for damaged in (b"", b"<html>", pack(columns)[:-9]):
        own(environ).parent.mkdir(parents=True, exist_ok=True)
        own(environ).write_bytes(damaged)
        used = in_use(environ, NOW, tmp_path)
        assert used.table.source == "the system's"
        assert len(used.notes) == 1
        assert str(own(environ)) in used.notes[0]
        assert used.notes[0].endswith("; it is not used")


def test_an_old_table_has_a_note(
    environ: dict[str, str], tmp_path: Path, columns: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asn_place, "STALE_DAYS", 180)
    for date, days in (("2026-01-02", 180), ("2026-01-01", 181), ("unknown", None)):
        put(own(environ), columns, "x", date)
        used = in_use(environ, NOW, tmp_path)
        assert age(used.table, NOW) == days
        assert [str(days) in note and date in note for note in used.notes] == ([True] if days == 181 else [])


def test_where_a_new_table_goes(environ: dict[str, str], tmp_path: Path) -> None:
    mine, system = tmp_path / "data" / "mailtop" / "table.asn", tmp_path / "system"
    assert target(environ, True, system) == mine
    system.mkdir()
    assert target(environ, True, system) == system / "table.asn"
    assert target(environ, False, system) == mine
    assert own({"HOME": "/home/x"}) == Path("/home/x/.local/share/mailtop/table.asn")
    assert own({"HOME": "/home/x", "XDG_DATA_HOME": "not/absolute"}) == own({"HOME": "/home/x"})


def test_the_seed_says_its_age(seed: AsnTable) -> None:
    assert age(seed, NOW) == 14
