"""How much of a file lies in the system's page cache: tells a cold load from a warm one."""

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
