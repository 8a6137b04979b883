"""Checking: does a query name only what there is? ValueError says what does not exist, before anything is counted."""

from typing import Final

from mailtop.query import MEASURES, Listing, Query
from mailtop.store.fields import NAMES
from mailtop.store.measures import WHOLE

_NOT_COUNTED: Final = frozenset({"first", "last", "delay_p50", "delay_p95", "delay_max"})


def check(query: Query | Listing, counting_names: frozenset[str]) -> None:
    """ValueError when the query names anything that does not exist."""
    if isinstance(query, Listing):
        for name in query.fields:
            _known_field(name)
        if query.skip < 0 or query.limit < 0:
            raise ValueError("a page of a listing: less than nothing")
        return
    for name in query.by:
        _known_field(name)
    for name in query.measures:
        base, dot, form = name.partition(".")
        if base in ("top", "last", "distinct") and dot:
            _known_field(form)
        elif form in ("trend", "rate") and dot:
            if base not in counting_names and not (base == "bytes" and form == "rate"):
                raise ValueError(f"no such counting measure: {base}")
            if form == "trend" and query.buckets < 1:
                raise ValueError(f"{name}: a trend needs buckets")
        elif name not in MEASURES:
            raise ValueError(f"no such measure: {name}")
    if query.order and query.order not in (*query.by, *query.measures):
        raise ValueError(f"order: no such column: {query.order}")
    if query.having and (query.having not in MEASURES or query.having in _NOT_COUNTED):
        raise ValueError(f"having: no such counting measure: {query.having}")
    if query.unit not in WHOLE:
        raise ValueError(f"no such unit: {query.unit}")
    if query.limit < 0:
        raise ValueError("limit: less than nothing")


def _known_field(name: str) -> None:
    if name not in NAMES:
        raise ValueError(f"no such field: {name}")
