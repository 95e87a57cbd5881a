"""Records as tables: which there are, their rows and the card beside them; no file is written here."""
