"""rspamd: the lists of rspamd's rbl module. In: `rspamadm configdump -j rbl`; out: an Inventory. Source: lua/rbl.lua.

rspamd asks all lists for each message, in parallel: they have no order. One list may be asked about several things
(`checks`): it is then there once for each kind. The codes are its symbols with the answers that make them; what a
symbol weighs stands in another part of the configuration, and is not read.

BUGS: a list that only counts through a composite symbol looks like any other.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from mailtop.lookup import answers
from mailtop.lookup.mtaconfig.configured import Code, ConfiguredList, Inventory, Place, Unread, configured, is_name
from mailtop.lookup.mtaconfig.machine import Machine, why
from mailtop.lookup.zone import masked

COMMAND: Final = ("rspamadm", "configdump", "-j", "rbl")
_KINDS: Final = {"from": "client", "received": "received", "helo": "helo", "rdns": "reverse_client"}
_OLD_CHECKS: Final = ("from", "received", "emails", "urls", "dkim", "helo", "rdns", "replyto")
_NO_LISTING: Final = ("BLOCKED", "_FAIL", "PROHIBIT", "ERROR", "INVALID")


def inventory(machine: Machine) -> Inventory:
    """rspamd's lists. Empty, with one line in `unread`, where there is no rspamd or it prints no JSON."""
    what = " ".join(COMMAND)
    try:
        done = machine.run(COMMAND)
    except OSError as error:
        return Inventory(unread=(Unread("rspamd", what, why(error)),))
    start = done.out.find("{")
    try:
        rules = json.loads(done.out[start:])["rbls"] if start >= 0 else None
        if not isinstance(rules, dict):
            raise ValueError("no rbls in it")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = done.last_words if done.status else f"not the JSON that was expected: {error}"
        return Inventory(unread=(Unread("rspamd", what, reason),))
    made: list[ConfiguredList] = []
    unread: list[Unread] = []
    for name, rule in sorted(rules.items()):
        if not isinstance(rule, dict) or not is_name(str(rule.get("rbl", ""))):
            unread.append(Unread("rspamd", masked(f"rbls.{name}")[:200], "names no zone"))
            continue
        made += _rule(name, rule)
    for one in made:
        if fault := answers.fault("rspamd", one.filter):
            unread.append(Unread("rspamd", str(one.place), f"the filter cannot be read: {fault}"))
    return Inventory(tuple(made), tuple(dict.fromkeys(unread)), (what,))


def _rule(name: str, rule: Mapping[str, Any]) -> list[ConfiguredList]:
    """One rule: one ConfiguredList for each kind of thing that it asks about."""
    checks = rule.get("checks") or [check for check in _OLD_CHECKS if rule.get(check)] or ["from"]
    kinds = dict.fromkeys(_KINDS.get(str(check), "body") for check in checks)
    codes = _codes(rule)
    counted = [code.filter for code in codes if not any(word in code.symbol.upper() for word in _NO_LISTING)]
    exceptions = rule.get("whitelist_exception") or []
    allow = bool(rule.get("is_whitelist"))
    bad = any(str(one).startswith("RBL_") for one in ([exceptions] if isinstance(exceptions, str) else exceptions))
    return [
        configured(
            "rspamd",
            str(rule["rbl"]),
            Place(None, None, (), f"rbls.{masked(name)}"),
            f'rbl = "{rule["rbl"]}";',
            kind=kind,
            meaning="mixed" if allow and bad else "allow" if allow else "block",
            filter_=" ".join(counted),
            action="score",
            mode="content",
            codes=codes,
            reachable=rule.get("enabled") is not False and not rule.get("disabled"),
        )
        for kind in kinds
    ]


def _codes(rule: Mapping[str, Any]) -> tuple[Code, ...]:
    made = []
    for key, form in (
        ("returncodes", "{}"),
        ("return_codes", "{}"),
        ("returnbits", "bits {}"),
        ("return_bits", "bits {}"),
    ):
        table = rule.get(key)
        for symbol, values in sorted(table.items()) if isinstance(table, dict) else ():
            several = values if isinstance(values, list) else [values]
            made.append(Code(str(symbol), " ".join(form.format(one) for one in several), None))
    return tuple(made)
