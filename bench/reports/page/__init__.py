"""One self-contained HTML page about records: the verdict first, the evidence below, assumptions to edit."""
