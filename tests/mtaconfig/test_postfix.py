"""Postfix's lists from awkward main.cf and master.cf files: what postconf says of them, and what we read without it.

Each directory of fixtures/mtaconfig/postfix has main.cf, master.cf, what Postfix 3.7's postconf printed of them, and in
lists.txt the lists that they ask, one a line.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mailtop.lookup.mtaconfig import postfix
from mailtop.lookup.mtaconfig.configured import MODES, Inventory
from mailtop.lookup.mtaconfig.machine import Local, Output
from tests.mtaconfig.fake import Fake

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures/mtaconfig/postfix").iterdir())
KEY = "abcdefghijklmnopqrstuvwxyz"


def rows(found: Inventory) -> list[str]:
    """The lists, one a line."""
    made = []
    for one in found.lists:
        weight = "" if one.weight is None else f"*{one.weight:g}/{one.threshold:g}"
        made.append(
            f"{one.order or '-'}{MODES[one.mode]} {one.action} {one.meaning} {one.kind} {one.shown} "
            f"{one.filter or '-'}{weight} {one.place} [{' '.join(one.place.services)}]"
            + ("" if one.reachable else " not asked")
            + f" | {one.text}"
        )
    return made


def machine(directory: Path, postconf: bool) -> Fake:
    """The fixture as a machine, with postconf's recorded answers or without postconf."""
    files = {f"/etc/postfix/{name}": (directory / name).read_bytes().decode() for name in ("main.cf", "master.cf")}
    commands: dict[str, str | Output] = {}
    for option in ("nx", "Px", "M") if postconf else ():
        good, bad = directory / f"postconf-{option}.txt", directory / f"postconf-{option}.err"
        commands[f"postconf -c /etc/postfix -{option}"] = (
            good.read_bytes().decode() if good.exists() else Output(1, "", bad.read_text())
        )
    return Fake(commands, files)


@pytest.mark.parametrize("directory", FIXTURES, ids=lambda path: path.name)
@pytest.mark.parametrize("postconf", [True, False], ids=["postconf", "files"])
def test_the_lists(directory: Path, postconf: bool) -> None:
    asked = machine(directory, postconf)
    assert rows(postfix.inventory(asked)) == (directory / "lists.txt").read_text().splitlines()
    assert asked.asked
    assert all(line.startswith("postconf -c") for line in asked.asked)


@pytest.mark.parametrize("directory", FIXTURES, ids=lambda path: path.name)
def test_no_key_is_drawn(directory: Path) -> None:
    for postconf in (True, False):
        found = postfix.inventory(machine(directory, postconf))
        assert KEY not in repr(found) + str(found) + "".join(map(str, found.unread))


def test_the_name_to_ask_has_its_key() -> None:
    found = postfix.inventory(machine(next(path for path in FIXTURES if "keys" in path.name), True))
    assert [one.asked.reveal().partition(".")[0] for one in found.lists] == [KEY] * 4
    assert all(one.keyed for one in found.lists)
    assert found.zones == ("zen.dq.spamhaus.net", "dbl.dq.spamhaus.net", "combined.mail.abusix.zone")
    assert found.settings["postfix.rbl_reply_maps"] == "texthash:/etc/postfix/reply"


def _unread(name: str, postconf: bool = True) -> list[str]:
    directory = next(path for path in FIXTURES if name in path.name)
    return [str(one) for one in postfix.inventory(machine(directory, postconf)).unread]


def test_what_cannot_be_read_is_said() -> None:
    faults = _unread("12-faults")
    assert "smtpd_client_restrictions: reject_rbl_client nodots: names no zone" in faults
    assert "postscreen_dnsbl_sites: what*ever*2: not zone[=filter][*weight]" in faults
    assert any("bad.example=127.0.0.[9..2]: the filter cannot be read: empty range: 9..2" in one for one in faults)
    assert len(faults) == 6
    assert _unread("classes") == [
        "strict: a restriction class within itself",
        "texthash:/etc/postfix/clients: lists that the entries of these tables name cannot be seen",
    ]
    assert _unread("13-relay") == [
        "/etc/postfix-out: another instance, which is not read",
        "/etc/postfix-in: another instance, which is not read",
    ]


def test_why_postconf_was_not_used() -> None:
    assert _unread("01-plain", False) == ["postconf: No such file or directory; /etc/postfix/main.cf was read instead"]
    assert _unread("14-")[0].startswith("postconf: postconf: fatal: ")


def test_a_filter_that_cannot_be_read_never_counts() -> None:
    found = postfix.inventory(machine(next(path for path in FIXTURES if "12-" in path.name), True))
    bad = next(one for one in found.lists if one.zone == "bad.example")
    assert not bad.counts("127.0.0.5")
    assert next(one for one in found.lists if one.zone == "old.example").counts("198.51.100.80")


def test_master_cf_missing_leaves_the_services_unknown() -> None:
    fake = machine(FIXTURES[0], False)
    del fake.contents["/etc/postfix/master.cf"]
    found = postfix.inventory(fake)
    assert [(one.order, one.place.services, one.reachable) for one in found.lists] == [(1, (), True), (2, (), True)]
    assert "which services use the lists is not known" in str(found.unread[-1])


def test_no_postfix_is_one_line() -> None:
    found = postfix.inventory(Fake())
    assert not found.lists
    assert [str(one) for one in found.unread] == ["/etc/postfix/main.cf: no Postfix is configured here"]


@pytest.mark.mta
@pytest.mark.skipif(shutil.which("postconf", path="/usr/sbin:/usr/bin") is None, reason="no postconf: install postfix")
@pytest.mark.parametrize("directory", FIXTURES[1:14:4], ids=lambda path: path.name)
def test_real_postconf_agrees_with_our_own_reading(directory: Path, tmp_path: Path) -> None:
    for name in ("main.cf", "master.cf"):
        shutil.copy(directory / name, tmp_path / name)
    with (tmp_path / "main.cf").open("a") as file:
        file.write("myhostname = mx.example.org\n")  # else postconf asks the resolver for it
    real = postfix.inventory(Local(), str(tmp_path))
    here = [row.replace(str(tmp_path), "/etc/postfix") for row in rows(real)]
    assert here == (directory / "lists.txt").read_text().splitlines()
    environment = {"PATH": os.environ["PATH"] + ":/usr/sbin"}
    works = subprocess.run(["postconf", "-c", tmp_path, "-M"], capture_output=True, env=environment, check=False)
    assert any("was read instead" in str(one) for one in real.unread) == (works.returncode != 0)
