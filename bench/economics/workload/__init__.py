"""What requests that were counted elsewhere cost: billed by an API, or done on a measured device."""
