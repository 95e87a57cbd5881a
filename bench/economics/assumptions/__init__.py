"""Under which circumstances: each constant with its bounds and origin, and the flag that changes it."""
