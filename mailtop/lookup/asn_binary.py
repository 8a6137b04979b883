"""The readers of binary AS data, each by the library that knows the format: MMDB by maxminddb, RouteViews by pyasn.

In: a MaxMind DB file (GeoLite2 ASN, DB-IP, IPinfo), or a RIB in MRT (RFC 6396: TABLE_DUMP, TABLE_DUMP_V2), plain or
packed. Out: rows (family, base, length, asn), the names in a dict that the caller gives (an MMDB has them), and the day
of the data. Both libraries are optional (`mailtop[mmdb]`, `mailtop[pyasn]`); AsnTableError says which one is missing.

BUGS: a RIB takes minutes and a gigabyte: pyasn's converter is plain Python. Of a prefix with several origins (an
AS_SET) the lowest number is kept, where pyasn takes any; a record that it cannot read is skipped, as by its own command
with --skip-on-error.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mailtop.lookup.asn_file import AsnTableError
from mailtop.lookup.asn_input import MAX_ASN, MAX_PREFIXES, Row, clean, opened, reading
from mailtop.lookup.asn_ranges import network_of

MAX_MMDB: Final = 256 << 20
"""bytes of an MMDB once unpacked"""
MMDB_MARK: Final = b"\xab\xcd\xefMaxMind.com"
_TABLE_DUMPS: Final = (12, 13)
_NUMBERS: Final = ("autonomous_system_number", "asn", "as_number")
_NAMES: Final = ("autonomous_system_organization", "as_name", "name", "organization", "org")


def is_rib(first: bytes) -> bool:
    """Whether a file whose first bytes these are is a table dump in MRT."""
    if len(first) < 12:
        return False
    _, kind, sub, length = struct.unpack_from(">IHHI", first)
    return kind in _TABLE_DUMPS and 1 <= sub <= 6 and 0 < length < 1 << 24


def read_rib(path: Path) -> tuple[list[Row], str]:
    """Return the rows of a RIB, and its day."""
    mrtx = _pyasn(path)
    spoken, mrtx.stderr = mrtx.stderr, io.StringIO()  # it talks before it raises
    try:
        with reading(path), opened(path) as file:
            day = _day(struct.unpack(">I", file.peek(4)[:4])[0])
            found = mrtx.parse_mrt_file(file, print_progress=False, skip_record_on_error=True)
    except AsnTableError:
        raise
    except Exception as error:  # its asserts, its own bare Exception, struct.error: all mean the file
        raise AsnTableError(f"{path}: damaged, cut short or of an unknown kind of RIB ({_line(error)})") from error
    finally:
        mrtx.stderr = spoken
    if len(found) > MAX_PREFIXES:
        raise AsnTableError(f"{path}: more than {MAX_PREFIXES} prefixes")
    rows = ((prefix, min(origin) if isinstance(origin, set) else origin) for prefix, origin in found.items())
    return [row for prefix, asn in rows if (row := _row(prefix, asn))], day


def _pyasn(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape in its source that newer Pythons warn of
            from pyasn import mrtx
    except ImportError:
        raise AsnTableError(f"{path}: reading a RIB takes pyasn: pip install 'mailtop[pyasn]'") from None
    return mrtx


def read_mmdb(path: Path, names: dict[int, str]) -> tuple[Iterator[Row], str]:
    """Return the rows of an MMDB, and the day it was built; the names go into `names` as the rows are read."""
    try:
        import maxminddb
    except ImportError:
        raise AsnTableError(f"{path}: reading an MMDB takes maxminddb: pip install 'mailtop[mmdb]'") from None
    with reading(path), opened(path) as file:
        data = file.read(MAX_MMDB + 1)
    if len(data) > MAX_MMDB:
        raise AsnTableError(f"{path}: longer than {MAX_MMDB >> 20} MB once unpacked")
    try:
        database = maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD)
        day = _day(database.metadata().build_epoch)
    except Exception as error:  # InvalidDatabaseError, and what its decoder meets in a damaged file
        raise AsnTableError(f"{path}: damaged or cut short MMDB ({_line(error)})") from error
    return _records(path, database, names), day


def _records(path: Path, database: Any, names: dict[int, str]) -> Iterator[Row]:
    count = 0
    try:
        for network, record in database:
            asn, name = _of(record)
            row = _row(str(network), asn)
            if row is None:
                continue
            count += 1
            if count > MAX_PREFIXES:
                raise AsnTableError(f"{path}: more than {MAX_PREFIXES} prefixes")
            if name and asn not in names:
                names[asn] = clean(name)
            yield row
    except AsnTableError:
        raise
    except Exception as error:
        raise AsnTableError(f"{path}: damaged or cut short MMDB ({_line(error)})") from error


def _of(record: Any) -> tuple[int, str]:
    if not isinstance(record, dict):
        return 0, ""
    number = next((record[key] for key in _NUMBERS if key in record), 0)
    name = next((record[key] for key in _NAMES if key in record), "")
    digits = str(number).upper().removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdigit() else 0, str(name)


def _row(prefix: str, asn: object) -> Row | None:
    network = network_of(prefix)
    if network is None or not isinstance(asn, int) or not 0 < asn <= MAX_ASN:
        return None
    family, first, last = network
    return family, first, (32 if family == 4 else 128) - (last - first).bit_length(), asn


def _day(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d}"


def _line(error: Exception) -> str:
    return ascii(str(error) or type(error).__name__)[1:-1][:200]
