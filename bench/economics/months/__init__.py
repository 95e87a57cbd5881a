"""Both sides over the months of a purchase."""
