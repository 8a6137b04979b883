"""Events as JSON lines: the schema's keys in its order, null for what is absent, values as the batch has them."""

import io
import json
from array import array
from typing import Any

from mailtop.batch import Batch, Numbers, Strings
from mailtop.demo import table
from mailtop.event import KIND_WORDS, SCHEMA
from mailtop.report.events import Joined, lines, rows, write

KEYS = [field.name for field in SCHEMA]
SECOND = 1_795_284_131


def batch(**more: Any) -> Batch:
    """Three events: a refusal, its hang-up, a delivery."""
    made: dict[str, Any] = {
        "source": "/var/log/mail.log",
        "file": 0,
        "time": array("q", [SECOND * 10**6, SECOND * 10**6, (SECOND + 3600) * 10**6]),
        "utc_offset": array("h", [60, 60, -150]),
        "kind": bytearray(map(KIND_WORDS.index, ("reject", "hangup", "deliver"))),
        "offset": array("q", [0, 120, 260]),
        "line": array("q", [1, 2, 4]),
        "repeat": Numbers(array("q", [7]), array("I", [1])),
        "columns": {
            "host": Strings(["mx1"], array("I", [0, 0, 0])),
            "client": Strings(["198.18.3.4"], array("I", [0, 0]), array("I", [0, 1])),
            "helo": Strings(['a"b\\c', "日本"], array("I", [0, 1]), array("I", [0, 1])),
            "delay": Numbers(array("d", [2.25]), array("I", [2])),
            "delays": Numbers(array("d", [0.1, 0, 2, 0.15]), array("I", [2]), 4),
            "rank": Numbers(array("q", [-3]), array("I", [0])),
            "queue_id": Strings(["3A10"], array("I", [0]), array("I", [2])),
            "session": Strings(["mx1 postfix/smtpd[292]"], array("I", [0, 0]), array("I", [0, 1])),
            "message_id": Strings(["<1@example.com>"], array("I", [0]), array("I", [2])),
        },
    }
    return Batch(**(made | more))


def test_every_event_has_every_key_in_the_schemas_order() -> None:
    for line in lines(batch()):
        assert [key for key, _ in json.loads(line, object_pairs_hook=list)] == KEYS


def test_values() -> None:
    reject, hangup, deliver = rows(batch())
    assert reject["time"] == "2026-11-21T19:02:11+01:00"
    assert deliver["time"] == "2026-11-21T16:32:11-02:30"
    assert [row["kind"] for row in (reject, hangup, deliver)] == ["reject", "hangup", "deliver"]
    assert [row["line"] for row in (reject, hangup, deliver)] == [1, 2, 4]
    assert [row["offset"] for row in (reject, hangup, deliver)] == [0, 120, 260]
    assert [row["repeat"] for row in (reject, hangup, deliver)] == [1, 7, 1]
    assert (reject["helo"], hangup["helo"], deliver["helo"]) == ('a"b\\c', "日本", None)
    assert (reject["rank"], deliver["rank"]) == (-3, None)
    assert (deliver["delay"], deliver["delays"]) == (2.25, [0.1, 0, 2, 0.15])
    assert deliver["queue_id"] == "3A10"
    assert reject["session"] is None, "a batch's own session keys are no session numbers"


def test_microseconds_where_the_log_has_them() -> None:
    precise = batch(time=array("q", [SECOND * 10**6 + 42, SECOND * 10**6 + 999_999, SECOND * 10**6 + 10**6]))
    assert [row["time"][17:26] for row in rows(precise)] == ["11.000042", "11.999999", "12.000000"]


def test_compact_leaves_out_nulls_and_nothing_else() -> None:
    for full, line in zip(rows(batch()), lines(batch(), compact=True), strict=True):
        assert json.loads(line) == {key: value for key, value in full.items() if value is not None}
        assert ":null" not in line


def test_joined_sessions_and_clients() -> None:
    reject, hangup, deliver = rows(batch(), Joined([5, 5, None], {1: "192.0.2.9", 2: "203.0.113.77"}))
    assert [row["session"] for row in (reject, hangup, deliver)] == [5, 5, None]
    assert reject["client"] == hangup["client"] == "198.18.3.4", "the line's own word counts"
    assert deliver["client"] == "203.0.113.77"


def test_a_client_that_only_other_lines_name() -> None:
    lonely = batch(columns={})
    assert [row["client"] for row in rows(lonely, Joined(clients={2: "203.0.113.77"}))] == [None, None, "203.0.113.77"]


def test_networks_follow_from_the_client() -> None:
    reject, _, deliver = rows(batch(), Joined(clients={2: "192.0.3.1"}), table())
    assert (reject["asn"], reject["as_name"], reject["network"]) == (64496, "EXAMPLE-HOSTING", "198.18.0.0/20")
    assert deliver["client"] == "192.0.3.1"
    assert (deliver["asn"], deliver["as_name"], deliver["network"]) == (None, None, None)


def test_a_stream_has_neither_line_nor_offset() -> None:
    for row in rows(batch(source="-", file=-1, line=None)):
        assert (row["source"], row["line"], row["offset"]) == ("-", None, None)


def test_no_events_no_lines() -> None:
    nothing = batch(
        time=array("q"), utc_offset=array("h"), kind=bytearray(), offset=array("q"), repeat=None, columns={}
    )
    assert list(lines(nothing)) == []


def test_writing_asks_the_joins_once_for_each_batch() -> None:
    out, asked = io.StringIO(), []

    def join(one: Batch) -> Joined:
        asked.append(one)
        return Joined([len(asked)] * len(one))

    first, second = batch(), batch()
    assert write([first, second], out, join, compact=True) == 6
    assert asked == [first, second]
    assert [json.loads(line)["session"] for line in out.getvalue().splitlines()] == [1, 1, 1, 2, 2, 2]
