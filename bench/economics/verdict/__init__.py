"""One task here against one API: both sides, the gates, how sure that is, and what would change it."""
