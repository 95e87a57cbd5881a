"""How much of a file lies in the system's page cache, and how to empty it: cold loads and warm ones."""

import ctypes
import mmap
import os
import sys
from pathlib import Path


def cached_share(path: Path) -> float | None:
    """Share in [0, 1] of the file's pages that are in memory; None where the system does not say.

    Linux only (mincore). Since version 5.2 the kernel answers "all" to whoever may not write the file, to
    hide what others read; then nothing is known.
    """
    if sys.platform != "linux" or not os.access(path, os.W_OK):
        return None
    size = path.stat().st_size
    if size == 0:
        return None
    n_pages = -(-size // mmap.PAGESIZE)
    resident = (ctypes.c_ubyte * n_pages)()
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) as mapping:
        # A private copy-on-write mapping: ctypes only takes the address of what it could write.
        anchor = ctypes.c_ubyte.from_buffer(mapping)
        try:
            failed = ctypes.CDLL(None).mincore(
                ctypes.c_void_p(ctypes.addressof(anchor)), ctypes.c_size_t(size), resident
            )
        finally:
            del anchor  # an exported buffer would keep the mapping from closing
    return None if failed else sum(page & 1 for page in resident) / n_pages


def drop_cached(path: Path) -> bool:
    """Ask the system to forget the file's pages; False where it cannot be asked.

    Linux only, and no privilege is needed. Pages that a process has mapped stay, and so do those that a host
    below this machine keeps: ``cached_share`` tells of the first, nothing tells of the second.
    """
    if sys.platform != "linux":
        return False
    with path.open("rb") as file:
        os.fsync(file.fileno())  # what is not on the disk yet cannot be dropped
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True
