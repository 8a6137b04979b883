"""Measures: which rows each counting measure of `query.MEASURES` counts.

`envelope` counts rows at a stage from MAIL on, and accepts: a session that got to RCPT and left without any refusal,
acceptance or hang-up there is not seen, as its disconnect's command counts are not kept.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.listing import is_listing
from mailtop.store.hashing import Array
from mailtop.store.rows import ACCEPTED, DEFERRED, GREYLISTED, HANDED, REFUSED, VERDICT, WARNED
from mailtop.store.selection import Selection
from mailtop.store.tables import MX, SUBMISSION, CodeMap, Tables

_KIND: Final = {word: code for code, word in enumerate(KIND_WORDS)}
_STATUS: Final = {"sent": 1, "deferred": 2, "bounced": 3, "expired": 4, "failed": 5, "ok": 6}
_ENVELOPE: Final = frozenset({"MAIL", "RCPT", "DATA", "END-OF-MESSAGE"})

WHOLE: Final = frozenset({"events", "sessions", "clients"})
"""measures of all rows, each with a unit of its own"""
_CONNECTS: Final = {"connections": MX, "submissions": SUBMISSION}
_VERDICTS: Final = {
    "refused": REFUSED, "deferred": DEFERRED, "greylisted": GREYLISTED, "warned": WARNED, "accepted": ACCEPTED,
}  # fmt: skip
_KINDS: Final = {
    "screened": "screen", "passed": "pass", "hung_up": "hangup", "lookup_errors": "lookup_error",
    "unparsed": "unparsed",
}  # fmt: skip


class Measures:
    """Finds the rows."""

    def __init__(self, tables: Tables) -> None:
        self._service = tables.service
        self._status = CodeMap(tables.by_name["status"], lambda word: _STATUS.get(word, 0))
        self._stage = CodeMap(tables.by_name["stage"], lambda word: int(word in _ENVELOPE))
        self._zone, self._answer = tables.by_name["zone"], tables.by_name["answer"]
        self._special: dict[str, Callable[[Selection], Array]] = {
            "listed": lambda rows: _is(rows, "listed") & ~self._odd(rows),
            "list_errors": lambda rows: self._odd(rows),
            "turned_away": lambda rows: (self._verdict(rows) - np.uint8(1)) < GREYLISTED,
            "auth_failed": lambda rows: _is(rows, "auth") & self._stands(rows, "failed"),
            "auth_ok": lambda rows: (_is(rows, "auth") & self._stands(rows, "ok"))
            | (_is(rows, "accept") & (rows.column("sasl_user") > 0)),
            "delivered": lambda rows: _is(rows, "deliver") & self._stands(rows, "sent"),
            "postponed": lambda rows: _is(rows, "deliver") & self._stands(rows, "deferred"),
            "bounced": lambda rows: (_is(rows, "deliver") & self._stands(rows, "bounced"))
            | ((_is(rows, "deliver") | _is(rows, "queue")) & self._stands(rows, "expired")),
            "envelope": lambda rows: _is(rows, "accept") | (self._stage.of(rows.column("stage")) > 0),
            "sized": lambda rows: (_is(rows, "queue") | _is(rows, "accept")) & (rows.column("size") >= 0),
            "timed": lambda rows: self._special["delivered"](rows) & ~np.isnan(rows.column("delay")),
            "judged": lambda rows: (self._verdict(rows) - np.uint8(1)) < WARNED,
        }
        self.names = frozenset((*WHOLE, *_CONNECTS, *_VERDICTS, *_KINDS, *self._special)) - {"sized", "timed", "judged"}
        """the counting measures"""

    def rows(self, rows: Selection, name: str) -> Array | None:
        """Which rows (positions) count for a measure; None for all. Also `sized`, `timed` (rows that have the size of a
        message, the delay of a delivery) and `judged` (rows refused, deferred, greylisted or warned)."""
        if name in WHOLE:
            return None
        if name in _CONNECTS:
            found: Array = rows.keep(("rows", name), lambda: self._connects(rows, name))
            return found
        found = rows.keep(("rows", name), lambda: np.flatnonzero(self._holds(rows, name)))
        return found

    def _holds(self, rows: Selection, name: str) -> Array:
        if name in _VERDICTS:
            return np.asarray(self._verdict(rows) == _VERDICTS[name])
        if name in _KINDS:
            return _is(rows, _KINDS[name])
        return self._special[name](rows)

    def _connects(self, rows: Selection, name: str) -> Array:
        at = np.flatnonzero(_is(rows, "connect"))
        counts = self._service.of(rows.column("daemon")[at]) == _CONNECTS[name]
        if name == "connections":
            counts &= (rows.column("mark")[at] & np.uint8(HANDED)) == 0
        return np.asarray(at[counts])

    def _stands(self, rows: Selection, status: str) -> Array:
        return np.asarray(rows.keep("status word", lambda: self._status.of(rows.column("status"))) == _STATUS[status])

    def _odd(self, rows: Selection) -> Array:
        """Rows with a list's answer that is no listing."""
        odd: Array = rows.keep("odd answers", lambda: self._find_odd(rows))
        return odd

    def _find_odd(self, rows: Selection) -> Array:
        odd = np.zeros(rows.count, np.bool_)
        if not rows.has("answer"):
            return odd
        answer = rows.column("answer")
        at = np.flatnonzero(_is(rows, "listed") & (answer > 0))
        size = len(self._answer)
        pairs, which = np.unique(rows.column("zone")[at].astype(np.int64) * size + answer[at], return_inverse=True)
        zones, answers = np.divmod(pairs, size)
        of_pair = [
            not is_listing(self._zone.text(one) if one else "", self._answer.text(other))
            for one, other in zip(zones.tolist(), answers.tolist(), strict=True)
        ]
        odd[at] = np.array(of_pair, np.bool_)[which.reshape(-1)]
        return odd

    @staticmethod
    def _verdict(rows: Selection) -> Array:
        verdict: Array = rows.keep("verdict", lambda: rows.column("mark") & np.uint8(VERDICT))
        return verdict


def _is(rows: Selection, kind: str) -> Array:
    return np.asarray(rows.column("kind") == _KIND[kind])
