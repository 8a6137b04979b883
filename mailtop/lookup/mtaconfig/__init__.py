"""mtaconfig: which DNS lists the MTAs and filters of this machine are configured to ask, read where they say so.

One module reads one program's configuration and gives an Inventory (configured.py): each list with its order, what it
is asked about, its filter, weight, threshold and action, where it stands, and what could not be read and why. Commands
and files are reached through a Machine (machine.py) only. Nothing here asks the DNS, and nothing is written.

Keys of paid lists are masked as soon as they are read; the name to ask is a Secret.

BUGS: what is configured is not what is asked: a daemon that was not reloaded still asks its old lists.
"""
