"""What a volume of requests makes of the device."""
