"""What an attempt takes on the device: seconds, joules, money."""
