"""What holds for all tests: no table of AS numbers of this machine's user is read, and no day makes the seed old."""

from collections.abc import Iterator

import pytest

from mailtop.lookup import asn_place


@pytest.fixture(scope="session", autouse=True)
def _the_seed_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("no-data")))
        patch.setattr(asn_place, "STALE_DAYS", 1 << 20)
        yield
