"""Units and the conversions between them; the only place where a factor of 1000 is written."""

J_PER_KWH = 3.6e6
NS_PER_S = 1_000_000_000
SECONDS_PER_HOUR = 3600.0
HOURS_PER_MONTH = 730.5  # 365.25 days x 24 h / 12
TOKENS_PER_PRICE_UNIT = 1_000_000  # API prices are per million tokens
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def seconds(duration_ns: int) -> float:
    """Nanoseconds to seconds."""
    return duration_ns / NS_PER_S


def parse_bytes(text: str) -> int:
    """Read a size such as ``512MiB``, ``2GB`` or ``1024`` as bytes; raise ValueError when it is none."""
    factors = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": KIB, "MIB": MIB, "GIB": GIB}
    stripped = text.strip()
    number = stripped.rstrip("BKMGIbkmgi ")
    unit = stripped[len(number) :].strip().upper()
    if unit not in factors:
        raise ValueError(f"unknown unit of size {unit!r}; use B, KB, MB, GB, KiB, MiB or GiB")
    return round(float(number) * factors[unit])
