"""A batch with thousands of IPv4 addresses and one of another kind is spelled in the time of one without."""

import pytest

from mailtop.ingest.columns import _addresses


@pytest.mark.timeout(10)
@pytest.mark.parametrize("odd", [b"2001:db8::1", b"198.18.1.256", b"", b"198.18.1.1x"])
def test_one_odd_address_costs_nothing(odd: bytes) -> None:
    values = [b"198.18.%d.%d" % (n >> 8, n & 255) for n in range(5000)] + [odd]
    spelled, _ = _addresses(values)
    assert len(spelled) == 5001
    assert spelled[4999] == "198.18.19.135"
    assert spelled[-1] in ("2001:db8::1", None)
