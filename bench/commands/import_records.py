"""``breakeven import``: other tools' files become records."""

from collections.abc import Sequence
from pathlib import Path

from bench.records.interchange import read_llama_bench
from bench.records.results_folder import prepare_folder
from bench.records.store import write_record


def import_files(files: Sequence[Path], results: Path | None = None) -> list[Path]:
    """Write the records of all ``files`` into ``results`` (default: the default folder); their paths.

    All files are read before anything is written. Importing a file again changes nothing. Raises RecordError.
    """
    records = [record for file in files for record in read_llama_bench(file)]
    folder = prepare_folder(results)
    return list(dict.fromkeys(write_record(record, folder) for record in records))
