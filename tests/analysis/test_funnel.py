"""The funnel over a store with a handful of clients, of whom each got a step further."""

from mailtop.analysis.funnel import Step, funnel, queries
from mailtop.query import Where
from mailtop.store.memory import MemoryStore
from tests.store.build import Row, batch


def visit(number: int, steps: int, screened: bool) -> list[Row]:
    """What is logged of a client that takes so many steps, twice."""
    client, rows = f"192.0.2.{number}", list[Row]()
    for time in (1000.0 * number, 1000.0 * number + 500):
        both = {"host": "mx1", "client": client, "time": time}
        door = {**both, "daemon": "postscreen", "session": f"{client}:{time}"}
        inside = {**both, "daemon": "smtpd", "session": f"smtpd[{number}]"}
        queue_id = f"Q{time}"
        rows += [{**door, "kind": "connect"}] if screened else [{**inside, "kind": "connect"}]
        if screened:
            if steps < 1:
                rows += [{**door, "kind": "screen", "reason": "protocol"}, {**door, "kind": "disconnect"}]
                continue
            rows += [{**door, "kind": "pass", "text": "OLD"}, {**inside, "kind": "connect"}]
        if steps >= 2:
            rows.append({**inside, "kind": "reject", "stage": "RCPT", "reply": "550"})
        if steps >= 3:
            rows.append({**inside, "kind": "accept", "queue_id": queue_id})
        if steps >= 4:
            left = {"host": "mx1", "time": time, "daemon": "smtp", "queue_id": queue_id}
            rows += [{**left, "kind": "deliver", "status": "sent"}, {**left, "kind": "remove"}]
        rows.append({**inside, "kind": "disconnect"})
    return rows


def of(screened: bool, *where: Where) -> tuple[Step, ...]:
    store = MemoryStore()
    store.append(batch([row for number in range(5) for row in visit(number, number, screened)]))
    clients, sessions = queries(where)
    return funnel(store.ask(clients), store.ask(sessions))


def test_each_step_takes_fewer() -> None:
    steps = of(True)
    assert [step.clients for step in steps] == [5, 4, 3, 2, 1]
    assert [step.sessions for step in steps] == [10, 8, 6, 4, 2]


def test_without_postscreen_nobody_was_tested() -> None:
    steps = of(False)
    assert steps[1] == Step("passed screening", None, None)
    assert [step.clients for step in steps if step.clients is not None] == [5, 3, 2, 1]


def test_a_slice_narrows_it() -> None:
    assert [step.clients for step in of(True, Where("client", "192.0.2.3"))] == [1, 1, 1, 1, 0]
