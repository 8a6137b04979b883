"""Which files are one log, and in which order they were written."""

import gzip
import os
from pathlib import Path

import pytest

from mailtop.source.series import Series, in_order, rotated, rotations, series, without_copies


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("mail.log.1", "mail.log"),
        ("mail.log.12.gz", "mail.log"),
        ("mail.log.0.bz2", "mail.log"),
        ("mail.log-20261101", "mail.log"),
        ("mail.log-20261101.gz", "mail.log"),
        ("mail.log-2026110100.xz", "mail.log"),
        ("mail.log-20261101-1793500000.zst", "mail.log"),
        ("maillog.20261101.gz", "maillog"),
        ("mail-20261101.log.gz", "mail.log"),
        ("mail.log-2026-11-01.gz", "mail.log"),
        ("mainlog.3.gz", "mainlog"),
    ],
)
def test_a_rotated_files_name(name: str, base: str) -> None:
    told = rotated(f"/var/log/{name}")
    assert told is not None
    assert told.base == f"/var/log/{base}"


@pytest.mark.parametrize("name", ["mail.log", "mail.log.gz", "mail.log.old", "mail.12345", "mail.log-1", "99", ""])
def test_other_names_are_no_rotated_files(name: str) -> None:
    assert rotated(name) is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["l.1", "l.10.gz", "l.2.gz", "l"], ["l.10.gz", "l.2.gz", "l.1", "l"]),
        (["l-20261101.gz", "l-20260131.gz", "l", "l-20261102"], ["l-20260131.gz", "l-20261101.gz", "l-20261102", "l"]),
        (["l-20261101.gz", "l-2026110112.gz"], ["l-20261101.gz", "l-2026110112.gz"]),
        (["l.1", "l.1.gz", "l.2.gz"], ["l.2.gz", "l.1"]),
        (["l.1", "l.1"], ["l.1"]),
    ],
)
def test_the_oldest_comes_first(names: list[str], expected: list[str]) -> None:
    assert in_order(names) == expected


def test_numbers_and_dates_side_by_side_go_by_their_last_change(tmp_path: Path) -> None:
    for at, name in enumerate(["l-20261101", "l.2", "l-20261103", "l.1"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (at, at))
    found = rotations(str(tmp_path / "l"))
    assert [Path(path).name for path in found] == ["l-20261101", "l.2", "l-20261103", "l.1"]


def test_rotations_are_those_of_the_one_log(tmp_path: Path) -> None:
    for name in ("mail.log", "mail.log.1", "mail.log.2.gz", "mail.log2.1", "mail.err.1", "mail.log.old"):
        (tmp_path / name).touch()
    (tmp_path / "mail.log.3").mkdir()
    assert rotations(str(tmp_path / "mail.log")) == [str(tmp_path / "mail.log.2.gz"), str(tmp_path / "mail.log.1")]
    assert rotations("/not/there") == []


def test_files_of_one_log_are_one_source_whatever_their_order() -> None:
    assert series(["/v/mail.log", "/v/mail.log.1", "/v/mail.log.10.gz", "/v/mail.log.2.gz", "/v/other"]) == [
        Series("/v/mail.log", ("/v/mail.log.10.gz", "/v/mail.log.2.gz", "/v/mail.log.1", "/v/mail.log"), True),
        Series("/v/other", ("/v/other",), True),
    ]


def test_a_log_without_its_newest_file_is_not_followed() -> None:
    assert series(["/v/mail.log.1", "/v/mail.log.2.gz"]) == [
        Series("/v/mail.log", ("/v/mail.log.2.gz", "/v/mail.log.1"), False)
    ]


def test_one_file_alone_goes_by_its_own_name_and_an_archive_is_not_followed(tmp_path: Path) -> None:
    plain, archive = tmp_path / "mail.log.1", tmp_path / "copied"
    plain.touch()
    archive.write_bytes(gzip.compress(b"x"))
    assert series([str(plain)]) == [Series(str(plain), (str(plain),), True)]
    assert series([str(archive)]) == [Series(str(archive), (str(archive),), False)]


def test_with_rotated(tmp_path: Path) -> None:
    for name in ("mail.log", "mail.log.1"):
        (tmp_path / name).touch()
    (log,) = series([str(tmp_path / "mail.log")], with_rotated=True)
    assert [Path(path).name for path in log.files] == ["mail.log.1", "mail.log"]


@pytest.mark.parametrize(
    ("reject", "main"),
    [("rejectlog", "mainlog"), ("reject.log", "main.log"), ("exim_rejectlog", "exim_mainlog")],
)
def test_exims_rejectlog_is_not_read_beside_its_mainlog(reject: str, main: str) -> None:
    logs, notices = without_copies(series([f"/v/{reject}", f"/v/{main}"]))
    assert [log.name for log in logs] == [f"/v/{main}"]
    assert notices == [f"/v/{reject} is not read: what it has is in /v/{main} as well"]
    assert without_copies(series([f"/v/{reject}"])) == (series([f"/v/{reject}"]), [])
    assert len(without_copies(series([f"/v/{reject}", f"/w/{main}"]))[0]) == 2
