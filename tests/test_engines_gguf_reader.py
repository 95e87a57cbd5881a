import io
import struct

import pytest

from bench.engines.gguf_reader import CHUNK, Reader


@pytest.mark.parametrize("shift", range(9))
def test_a_number_across_the_border_of_the_buffer_is_read_whole(shift: int) -> None:
    opening = bytes(CHUNK - 8 + shift)
    content = opening + struct.pack("<QQ", 0x0123456789ABCDEF, 7)
    reader = Reader(io.BytesIO(content), len(content))
    assert reader.take(len(opening)) == opening
    assert reader.number("Q") == 0x0123456789ABCDEF
    assert reader.number("Q") == 7
