"""breakeven: should this job run on the device, or behind a hosted API?"""

__version__ = "0.1.0"
