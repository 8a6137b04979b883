"""mtaconfig: which DNS lists the MTAs and filters of this machine are configured to ask, read where they say so.

`inventory(machine)` asks every reader. One module reads one program's configuration and gives an Inventory
(configured.py): each list with its order, what it is asked about, its filter, weight, threshold and action, where it
stands, and what could not be read and why. Commands and files are reached through a Machine (machine.py) only. Nothing
here asks the DNS, and nothing is written.

Keys of paid lists are masked as soon as they are read; the name to ask is a Secret.

BUGS: what is configured is not what is asked: a daemon that was not reloaded still asks its old lists.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from mailtop.lookup.mtaconfig import exim, policyd_weight, postfix, rspamd, sendmail, spamassassin
from mailtop.lookup.mtaconfig.configured import ConfiguredList, Inventory, Place, Unread, configured, is_name
from mailtop.lookup.mtaconfig.machine import Local, Machine
from mailtop.lookup.zone import masked

READERS: Final[dict[str, Callable[[Machine], Inventory]]] = {
    "postfix": postfix.inventory,
    "exim": exim.inventory,
    "sendmail": sendmail.inventory,
    "rspamd": rspamd.inventory,
    "spamassassin": spamassassin.inventory,
    "policyd-weight": policyd_weight.inventory,
}


def inventory(machine: Machine, wanted: Collection[str] = ()) -> Inventory:
    """The lists of all programs of READERS. A program that is not here is told of only when it is in `wanted`."""
    found = Inventory()
    for name, reader in READERS.items():
        one = reader(machine)
        if one.read or name in wanted:
            found += one
    return found


def named(zones: Iterable[str], source: str) -> Inventory:
    """Lists that the user names himself (`zone` or `zone=filter`, as Postfix writes it); `source` says where."""
    made: list[ConfiguredList] = []
    unread: list[Unread] = []
    for order, given in enumerate(zones, 1):
        zone, _, filter_ = given.strip().partition("=")
        if is_name(zone):
            place = Place(source, None, (), "lists")
            made.append(configured("postfix", zone, place, given, filter_=filter_, action="unknown", order=order))
        else:
            unread.append(Unread("", masked(f"{source}: {given}")[:300], "names no zone"))
    return Inventory(tuple(made), tuple(unread), (source,))


__all__ = ["READERS", "ConfiguredList", "Inventory", "Local", "Machine", "Unread", "inventory", "named"]
