"""What is no mail log is refused in one line, and a mail log is known by its first octets."""

import gzip
from pathlib import Path

import pytest

from mailtop.demo import Traffic, rfc3164, rfc3339
from mailtop.ingest import reader
from mailtop.ingest.sniff import SAMPLE, sniff
from mailtop.source.refusal import SourceError

STAMP = "Nov 18 17:00:00 mx1 "


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as refused:
        sniff(str(path))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def made(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "some.log"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("stamp", [rfc3164(0), rfc3339(60)])
def test_a_mail_log_is_known_without_reading_it(tmp_path: Path, stamp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Traffic(1, 1_795_000_000.0, 5.0, stamp, bots=50).until(1_795_000_600.0)  # type: ignore[arg-type]
    monkeypatch.delattr(reader, "Reader")
    sniff(str(made(tmp_path, text)))


def test_empty_and_not_there_may_become_one(tmp_path: Path) -> None:
    sniff(str(made(tmp_path, "")))
    sniff(str(tmp_path / "mail.log"))


def test_no_log_at_all(tmp_path: Path) -> None:
    path = made(tmp_path, "root:x:0:0:root:/root:/bin/bash\n" * 10)
    assert refusal(path) == f"{path}: not a mail log: no line of it has a syslog header"
    path = made(tmp_path, "no log\n" * 100_000)
    assert refusal(path) == f"{path}: not a mail log: no line of its first and last 256 KiB has a syslog header"
    refusal(made(tmp_path, bytes(range(256)) * 4000))
    refusal(made(tmp_path, b"\0" * 3_000_000))


def test_another_log_is_named_by_its_programs(tmp_path: Path) -> None:
    names = ["sshd"] * 5 + ["sudo"] * 4 + ["CRON"] * 3
    path = made(tmp_path, "".join(f"{STAMP}{name}[7]: something\n" for name in names))
    assert refusal(path) == f"{path}: no mail server's lines in it; found sshd, sudo, CRON"
    path = made(tmp_path, "".join(f"{STAMP}p{at}[7]: something\n" * (9 - at) for at in range(7)))
    assert refusal(path) == f"{path}: no mail server's lines in it; found p0, p1, p2, p3 and 3 more"


def test_a_hostile_program_name_is_shown_harmless(tmp_path: Path) -> None:
    path = made(tmp_path, f"{STAMP}a\x1b]0;title\x07{'x' * 500}: text\n")
    text = refusal(path)
    assert text.isprintable()
    assert len(text) < 200 + len(str(path))


def test_a_server_without_a_pid_is_found_by_the_grammars(tmp_path: Path) -> None:
    other = f"{STAMP}sshd[1]: something\n"
    few = f"{STAMP}postfix/smtpd: connect from unknown[192.0.2.1]\n"
    sniff(str(made(tmp_path, other * 1000 + few + other * 1000)))


def test_mail_at_the_end_of_a_large_log_is_found(tmp_path: Path) -> None:
    other = f"{STAMP}sshd[1]: something\n"
    few = f"{STAMP}postfix/smtpd: connect from unknown[192.0.2.1]\n"
    sniff(str(made(tmp_path, other * (4 * SAMPLE // len(other)) + few + other * 100)))


def test_an_archive_is_judged_by_what_is_in_it(tmp_path: Path) -> None:
    sniff(str(made(tmp_path, gzip.compress(f"{STAMP}postfix/smtpd[1]: connect from unknown[192.0.2.1]\n".encode()))))
    sniff(str(made(tmp_path, gzip.compress(b""))))
    path = made(tmp_path, gzip.compress(f"{STAMP}sshd[1]: something\n".encode() * 99999))
    assert refusal(path) == f"{path}: no mail server's lines in it; found sshd"


def test_an_archive_that_is_damaged_from_its_beginning(tmp_path: Path) -> None:
    path = made(tmp_path, gzip.compress(b"x" * 100)[:11])
    assert refusal(path).startswith(f"{path}: damaged: it breaks off after 0 octets")


def test_an_unreadable_one_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.symlink_to(path)
    assert refusal(path).startswith(f"{path}: ")


def test_stamps_without_programs(tmp_path: Path) -> None:
    path = made(tmp_path, "2026-11-18 17:00:00 status installed libc6:amd64 2.36\n" * 3)
    assert refusal(path) == f"{path}: no mail server's lines in it, nor any other program's name"
