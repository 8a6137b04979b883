"""`mailtop report --unknown`: the templates of what was not understood, each with a line of it, in every form."""

import csv
import json
from pathlib import Path

import pytest

from mailtop.cli import main

CONNECT = "Nov 21 17:47:39 mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]\n"
STRANGE = "Nov 21 17:47:%02d mx1 postfix/smtpd[208]: frobnicated %d times for <u%d@example.com>\n"
OTHER = "Nov 21 17:48:00 mx1 opendkim[12]: \x1b]2;owned\x07 quux of nine\n"
FOREIGN = "Nov 21 17:48:01 mx1 kernel: something else\n"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    path = tmp_path / "mail.log"
    strange = [STRANGE % (at, at, at) for at in range(40, 45)]
    path.write_text("".join([CONNECT, *strange, CONNECT, OTHER, FOREIGN, FOREIGN]))
    return path


def test_text(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--unknown", str(log)]) == 0
    head, about, often, once = capsys.readouterr().out.rstrip("\n").split("\n\n")
    assert "10 lines, 8 of the mail server, 25.00 % of them understood (6 not)" in head
    assert "2 lines of other programs, 20.00 % of all" in head
    assert about.startswith("Lines not understood\n")
    place = log.read_bytes().index(b"Nov 21 17:47:44")
    first, second, third = often.split("\n")
    assert first == "        5  postfix/smtpd: frobnicated * times for <*>"
    assert second.endswith(f"{log}, octet {place}")
    assert third.strip() == (STRANGE % (44, 44, 44)).strip()
    assert once.startswith("        1  opendkim/opendkim: \\x1b]*;owned\\x07 quux of nine\n")
    assert "\x1b" not in once


def test_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--unknown", "--json", "--limit", "1", str(log)]) == 0
    said = json.loads(capsys.readouterr().out)
    (often,) = said["unknown"]
    assert said["templates"] == 2
    assert (often["mta"], often["daemon"], often["lines"]) == ("postfix", "smtpd", 5)
    assert often["template"] == "frobnicated * times for <*>"
    assert often["example"] == (STRANGE % (44, 44, 44)).strip()
    assert log.read_bytes()[often["offset"] :].startswith(b"Nov 21 17:47:44")
    assert (often["first"][5:19], often["last"][5:19]) == ("11-21T17:47:40", "11-21T17:47:44")
    reading = said["meta"]["reading"]
    assert (reading["lines"], reading["own"], reading["foreign"], reading["unknown"]) == (10, 8, 2, 6)
    assert (reading["understood_share"], reading["foreign_share"]) == (0.25, 0.2)


def test_csv(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--unknown", "--csv", str(tmp_path / "out"), str(log)]) == 0
    path = Path(capsys.readouterr().out.strip())
    with path.open(newline="") as file:
        often, once = csv.DictReader(file)
    assert (often["lines"], often["template"]) == ("5", "frobnicated * times for <*>")
    assert once["daemon"] == "opendkim"
    about = json.loads(path.with_suffix(".json").read_text())
    assert about["reading"]["unknown"] == 6
    assert all(about["columns"].values())


def test_every_report_shows_the_most_frequent(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(log)]) == 0
    section = capsys.readouterr().out.split("Lines not understood\n")[1]
    assert "mailtop report --unknown" in section
    assert "        5  postfix/smtpd: frobnicated * times for <*>\n" in section
    assert main(["report", "--json", str(log)]) == 0
    assert [row["lines"] for row in json.loads(capsys.readouterr().out)["unknown"]] == [5, 1]


def test_every_csv_file_says_how_well_the_log_was_read(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--csv", str(tmp_path / "out"), str(log)]) == 0
    abouts = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("*.json")]
    assert len(abouts) > 8
    assert {about["reading"]["understood_share"] for about in abouts} == {0.25}


def test_a_log_that_is_understood_has_no_such_section(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(CONNECT)
    assert main(["report", str(log)]) == 0
    assert "not understood" not in capsys.readouterr().out.lower()
    assert main(["report", "--unknown", str(log)]) == 0
    assert "none: all lines of the mail server are understood" in capsys.readouterr().out


def test_events_say_on_standard_error_what_is_lacking(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with log.open("a") as file:
        file.write("Nov 21 17:48:02 mx1 rsyslogd: imjournal: 12 messages lost due to rate-limiting\n")
    assert main(["events", str(log)]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 8
    assert err == (
        "mailtop: 6 lines were not understood (25.00 % of 8 were); 12 lines were dropped by syslog itself, as it says\n"
    )
    log.write_text(CONNECT)
    assert main(["events", str(log)]) == 0
    assert capsys.readouterr().err == ""
