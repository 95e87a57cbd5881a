"""Makes the environment in which quickstart.py and test.py run everything: standard library only."""
