"""CSV and JSON of a table: raw values, defused text, files that are complete or absent and never replaced."""

import csv
import json
import os
from pathlib import Path

import pytest

from mailtop.query import Table
from mailtop.report.export import ExportError, as_csv, to_json, write_csv
from mailtop.views import VIEWS

NOW = 1_795_284_131.7  # 2026-11-21 18:02:11 UTC
TABLE = Table(
    ("client", "refused", "connections.trend", "last.client_name", "last"),
    (
        ("192.0.2.1", 7, (0, 1, 6), "mail.example.com", 1_795_284_100.25),
        ("2001:db8::1", 0, (0, 0, 0), None, -3),
        ('=cmd|"/c calc"!A1', 1, (1,), "a, b\n", 0.5),
    ),
    (None, 8, (1, 1, 6), None, 1_795_284_100.25),
    groups=9,
    since=1_795_280_531.0,
    until=1_795_284_131.0,
    truncated="events before 17:10 were dropped",
)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_cells_are_raw_values_under_machine_names(tmp_path: Path) -> None:
    path = write_csv(VIEWS["clients"], TABLE, tmp_path, NOW)
    assert path == tmp_path / "mailtop-20261121T180211Z-clients.csv"
    assert rows_of(path) == [
        ["client", "refused", "connections.trend", "last.client_name", "last"],
        ["192.0.2.1", "7", "0 1 6", "mail.example.com", "1795284100.25"],
        ["2001:db8::1", "0", "0 0 0", "", "-3"],
        ['\'=cmd|"/c calc"!A1', "1", "1", "a, b\n", "0.5"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_is_given_no_formula(text: str) -> None:
    (cell,) = next(csv.reader([as_csv(Table(("helo",), ((text,),))).split("\n", 1)[1].rstrip("\n")]))
    assert cell == "'" + text.replace("\r", " ")


@pytest.mark.parametrize("text", ["192.0.2.1", "<>", "a=b", "x@example.com", " =1", "'=1"])
def test_harmless_text_stays(text: str) -> None:
    assert as_csv(Table(("helo",), ((text,),))) == f"helo\n{text}\n"


def test_numbers_stay_numbers() -> None:
    assert as_csv(Table(("delay", "size"), ((-0.5, -12),))) == "delay,size\n-0.5,-12\n"


def test_what_it_covers_lies_beside(tmp_path: Path) -> None:
    path = write_csv(VIEWS["clients"], TABLE, tmp_path, NOW, ["/var/log/mail.log"], 60)
    about = json.loads(path.with_suffix(".json").read_text())
    assert about["view"] == "clients"
    assert about["sources"] == ["/var/log/mail.log"]
    assert about["since"] == "2026-11-21T18:02:11+01:00"
    assert about["until"] == "2026-11-21T19:02:11+01:00"
    assert about["truncated"] == "events before 17:10 were dropped"
    assert list(about["columns"]) == list(TABLE.columns)
    assert all(about["columns"].values())


def test_no_file_is_replaced(tmp_path: Path) -> None:
    first = write_csv(VIEWS["clients"], TABLE, tmp_path, NOW)
    first.write_text("mine")
    second = write_csv(VIEWS["clients"], TABLE, tmp_path, NOW)
    assert first.read_text() == "mine"
    assert second.name == "mailtop-20261121T180211Z-clients-2.csv"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".csv", ".json", ".json"]


def test_a_missing_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^cannot write .*clients\.csv: No such file or directory$"):
        write_csv(VIEWS["clients"], TABLE, tmp_path / "nowhere", NOW)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_forbidden_directory_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match=r"Permission denied$"):
        write_csv(VIEWS["clients"], TABLE, tmp_path, NOW)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", full)
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ExportError, match="No space left on device"):
        write_csv(VIEWS["clients"], TABLE, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == []


def test_json_keeps_values_and_says_what_is_lacking() -> None:
    said = json.loads(json.dumps(to_json(VIEWS["clients"], TABLE)))
    assert said["rows"][0] == {
        "client": "192.0.2.1",
        "refused": 7,
        "connections.trend": [0, 1, 6],
        "last.client_name": "mail.example.com",
        "last": 1_795_284_100.25,
    }
    assert said["rows"][1]["last.client_name"] is None
    assert said["totals"]["refused"] == 8
    assert said["groups"] == 9
    assert said["until"] == "2026-11-21T18:02:11+00:00"
    assert said["truncated"].startswith("events before")
