"""The command line from outside: one clear line for bad input, exit codes, and what is not imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mailtop.cli import main
from mailtop.config import Config, ConfigError, duration, from_file
from mailtop.demo import Traffic, rfc3164
from mailtop.options import parser


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))


def log(folder: Path) -> Path:
    path = folder / "mail.log"
    path.write_text(Traffic(1, 1_795_000_000.0, 5.0, rfc3164(0), bots=30).until(1_795_000_060.0), encoding="ascii")
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "/nonexistent/mail.log"], "there is no such file"),
        (["report", "/etc/passwd"], "not a mail log"),
        (["report", "/etc"], "is a directory"),
        (["events", "/etc/passwd"], "not a mail log"),
        (["--replay", "/nonexistent/mail.log"], "there is no such file"),
        (["--replay", "--speed", "5", "/etc/passwd"], "not a mail log"),
        (["--speed", "5", "/nonexistent/mail.log"], "--replay"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("mailtop: ")
    assert said in err


@pytest.mark.parametrize("arguments", [["--window", "5x"], ["report", "--frob"], ["--delay", "0"], ["--speed", "-1"]])
def test_a_bad_option_is_one_line_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_report_makes_its_directory_and_names_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "csv"
    assert main(["report", str(log(tmp_path)), "--csv", str(folder)]) == 0
    named = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert named
    assert all(path.exists() for path in named)
    clients = next(path for path in named if path.stem.endswith("-clients"))
    assert len(clients.read_text(encoding="utf-8").splitlines()) > 11, "a file is not cut at the rows of a page"


def test_hosts_and_syslog_names_may_be_given_again() -> None:
    given = vars(parser("report").parse_args(["--host", "mx1", "--host", "mx2", "--syslog-name", "postfix-out", "log"]))
    assert (given["host"], given["syslog_name"], given["paths"]) == (["mx1", "mx2"], ["postfix-out"], ["log"])


def test_one_host_of_a_central_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "Nov 21 17:47:39 {} postfix/smtpd[7]: connect from unknown[203.0.113.5]\n"
    path = tmp_path / "central.log"
    path.write_text("".join(map(line.format, ("mx1", "mx2.example.org", "mx2.example.org"))), encoding="ascii")
    assert main(["events", "--host", "mx2", str(path)]) == 0
    found = [json.loads(event) for event in capsys.readouterr().out.splitlines()]
    assert [event["host"] for event in found] == ["mx2.example.org"] * 2
    assert main(["events", "--syslog-name", "postfix-out", str(path)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "--journal", "mail.log"], "--journal reads the journal alone"),
        (["report", "-", "mail.log"], "`-` is standard input alone"),
        (["report", "--rotated", "/nonexistent/mail.log"], "there is no such file"),
    ],
)
def test_sources_that_do_not_go_together(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_settings_of_the_file_go_behind_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('window = "12h"\nmax-events = 5\nascii = true\n', encoding="utf-8")
    config = from_file(Config(), path)
    assert (config.window, config.max_events, config.ascii) == (43200.0, 5, True)


@pytest.mark.parametrize("text", ["windw = 1", 'ascii = "yes"', "window = 5", "max-events = true", "= 3"])
def test_a_bad_setting_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        from_file(Config(), path)


def test_stretches_of_time() -> None:
    assert [duration(text) for text in ("90s", "5m", "1h", "7d", "all")] == [90.0, 300.0, 3600.0, 604800.0, None]
    with pytest.raises(ConfigError):
        duration("0s")


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        ("import mailtop.report", ("textual", "rich", "plotext", "numpy")),
        (
            "import mailtop.cli\ntry:\n mailtop.cli.main(['--help'])\nexcept SystemExit: pass",
            ("textual", "rich", "plotext", "numpy", "dns", "watchfiles", "pyasn"),
        ),
        ("import mailtop.ingest.worker, mailtop.ingest.follower", ("textual", "rich", "plotext", "numpy")),
    ],
)
def test_what_is_not_needed_is_not_imported(program: str, unwanted: tuple[str, ...]) -> None:
    asked = f"{program}\nimport sys\nprint('loaded:', *[name for name in {unwanted} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1].strip() == "loaded:"
