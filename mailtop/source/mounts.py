"""mounts: which directories lie on file systems whose changes the kernel does not tell us of.

Follows proc_pid_mountinfo(5). Elsewhere than on Linux nothing is known, and nothing said to be remote.
"""

import os
import re
from contextlib import suppress
from typing import Final

REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "9p", "ceph", "glusterfs", "lustre", "afs", "vboxsf", "virtiofs"}
)
"""file systems written to by other machines, or by a process of which inotify sees nothing"""

_OCTAL: Final = re.compile(r"\\([0-7]{3})")


def is_remote(folder: str, table: str = "/proc/self/mountinfo") -> bool:
    """Whether the file system that holds a directory is one of REMOTE: the innermost, newest mount over it counts."""
    place, kind = "", ""
    with suppress(OSError), open(table, encoding="utf-8", errors="surrogateescape") as mounts:
        for line in mounts:
            head, _, tail = line.partition(" - ")
            fields = head.split(" ")
            if len(fields) < 5:
                continue
            mount = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
            if len(mount) >= len(place) and _under(folder, mount):
                place, kind = mount, tail.split(" ", 1)[0]
    return kind.split(".", 1)[0] in REMOTE


def _under(folder: str, mount: str) -> bool:
    return folder == mount or folder.startswith(mount.rstrip(os.sep) + os.sep)
