"""faces: one function for each command, which builds what the command needs and hands over to it.

In: the settled `Config`. Out: an exit code. Everything heavy is imported inside, and the reading processes are started
first, so that they read while this one is still importing what it draws with.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep, time
from typing import TYPE_CHECKING, Final

from mailtop.config import Config, ConfigError
from mailtop.ingest.opening import choose, each, readers, replayed
from mailtop.record import Wanted, wanted

if TYPE_CHECKING:
    from mailtop.batch import Batch
    from mailtop.ingest.inbox import Readers
    from mailtop.ingest.replay import Replay
    from mailtop.monitor import Monitor
    from mailtop.store.clients import AsnLookup
    from mailtop.store.memory import MemoryStore

NAMES_AFTER: Final = 0.5
"""seconds before a screen's names of networks are loaded: numbers first"""


def screen(config: Config) -> int:
    """The screen on the given logs, or on the first of the usual ones."""
    given = choose(config.paths, config.rotated, config.journal)
    if config.replay:
        with replayed(given, config.speed, time(), _wanted(config)) as replay:
            return _show(config, given.names, replay)
    with readers(given, config.window, time(), True, _wanted(config)) as reading:
        return _show(config, given.names, reading)


def demo(config: Config) -> int:
    """The screen on a simulated storm, which another process writes to a temporary log as a mail server would."""
    from tempfile import TemporaryDirectory

    from mailtop.demo import table

    with TemporaryDirectory(prefix="mailtop-demo-") as folder:
        log = str(Path(folder, "mail.log"))
        given = choose((log,))
        with _writing(log, config), readers(given, config.window, time(), follow=True) as reading:
            return _show(config, (log,), reading, table(), "DEMO")


def report(config: Config) -> int:
    """The views once, as text, JSON or CSV files."""
    from mailtop import report

    given = choose(config.paths, config.rotated, config.journal)
    with readers(given, config.window, time(), False, _wanted(config)) as reading:
        store = _store(config)
        monitor = _monitor(store, reading, given.names)
        networks = _load_networks(store, monitor)
        while monitor.pump(1.0) or reading.following or reading.backfilled() is not None:
            sleep(0.002)
        networks.join()
        store.expect_questions()
        return report.write(config, monitor)


def events(config: Config) -> int:
    """One JSON object a line for each event, in the order of the lines."""
    from mailtop.lookup import asn_place
    from mailtop.report import Reading, summary
    from mailtop.report.events import Joined, write
    from mailtop.store.memory import MemoryStore

    store = MemoryStore(None, EVENTS_HELD)

    def join(batch: "Batch") -> Joined:
        store.append(batch)
        return Joined(*store.learnt(batch.source, len(batch)))

    given = choose(config.paths, config.rotated, config.journal)
    networks = asn_place.in_use(os.environ, time())
    for batches in each(given, config.window, time(), _wanted(config)):
        write(batches, sys.stdout, join, networks.table, config.compact)
    for lacking in (summary(Reading(store.holding())), *networks.notes):
        if lacking:
            sys.stderr.write(f"mailtop: {lacking}\n")
    return 0


def dnsbl_check(config: Config) -> int:
    """One look at each DNS list; the exit code is that of a monitoring plugin."""
    from random import SystemRandom
    from shutil import get_terminal_size

    from mailtop.lookup import listfacts
    from mailtop.lookup.mtaconfig import Local, inventory, named
    from mailtop.lookup.targets import targets
    from mailtop.report import listcheck

    found = named(config.zones, "the command line") if config.zones else inventory(Local())
    for lack in found.unread:
        if config.zones:
            raise ConfigError(str(lack))
        sys.stderr.write(f"mailtop: {lack}\n")
    if not found.lists:
        raise ConfigError("no DNS list is configured here; name some: mailtop dnsbl check ZONE...")
    facts = listfacts.load()
    ask = None
    if not config.no_dns:
        from mailtop.lookup.resolver import DnsResolver, ResolverError

        try:
            ask = DnsResolver(config.resolv_conf)
        except ResolverError as error:
            raise ConfigError(str(error)) from None
    servers = ask.servers if ask else ()
    asked = targets(found.lists, facts, named=bool(config.zones))
    checked = listcheck.check(asked, ask, facts, SystemRandom(), time(), servers)
    if config.json:
        sys.stdout.write(listcheck.as_json(checked) + "\n")
    else:
        sys.stdout.write(listcheck.text(checked, config.width or get_terminal_size((100, 24)).columns, config.ascii))
    return checked.code


EVENTS_HELD: Final = 1 << 16
"""events that `events` keeps in its store, which it needs for joining lines alone"""

FACES: Final[Mapping[str, Callable[[Config], int]]] = {
    "screen": screen,
    "report": report,
    "events": events,
    "demo": demo,
    "dnsbl check": dnsbl_check,
}


def _show(
    config: Config,
    paths: Sequence[str],
    readers: "Readers | Replay",
    networks: "AsnLookup | None" = None,
    title: str = "",
) -> int:
    """Hand over to the screen."""
    store = _store(config)
    monitor = _monitor(store, readers, paths)
    if networks is None:
        _load_networks(store, monitor, after=NAMES_AFTER)
    else:
        store.networks = networks
    from mailtop.report.abuse import abuse_text
    from mailtop.report.export import write_csv
    from mailtop.tui.app import run

    return run(monitor, config, title, write_csv, abuse_text)


def _wanted(config: Config) -> Wanted | None:
    return wanted(config.host, config.syslog_name)


def _store(config: Config) -> "MemoryStore":
    from mailtop.store.memory import MemoryStore

    return MemoryStore(config.window, config.max_events)


def _load_networks(store: "MemoryStore", monitor: "Monitor", after: float = 0.0) -> Thread:
    """Load the table of AS numbers beside everything else; answers have names as soon as it is there."""

    def load() -> None:
        sleep(after)
        from mailtop.lookup import asn_place

        used = asn_place.in_use(os.environ, time())
        store.networks = used.table
        monitor.renew(used.notes)

    thread = Thread(target=load, daemon=True)
    thread.start()
    return thread


def _monitor(store: "MemoryStore", readers: "Readers | Replay", paths: Sequence[str]) -> "Monitor":
    from mailtop.ingest.replay import Replay
    from mailtop.monitor import Monitor

    if isinstance(readers, Replay):
        return Monitor(store, readers, tuple(paths), readers.clock, readers.pause, readers.speed)
    return Monitor(store, readers, tuple(paths))


_WRITER: Final = "import sys; sys.path.append({root!r}); from mailtop.demo.writer import main; main(sys.argv[1:])"


@contextmanager
def _writing(log: str, config: Config) -> Iterator[None]:
    """A process that writes the simulated log; begins when the past is written."""
    program = _WRITER.format(root=str(Path(__file__).resolve().parents[1]))
    arguments = [log, str(config.rate), str(config.minutes), str(config.seed)]
    with subprocess.Popen([sys.executable, "-P", "-c", program, *arguments], stdout=subprocess.PIPE) as writer:
        try:
            if writer.stdout is not None:
                writer.stdout.readline()
            yield
        finally:
            writer.kill()
