"""``python -m bench`` is ``breakeven``."""

from bench.cli.main import main

main()
