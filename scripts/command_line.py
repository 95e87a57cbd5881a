"""Command lines: those of these scripts, and those of llama.cpp's programs that they run."""

import argparse
import subprocess
from collections.abc import Mapping
from pathlib import Path


def parser_of(document: str | None) -> argparse.ArgumentParser:
    """A parser whose ``--help`` begins with the script's own document, as it is wrapped there."""
    return argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)


def numbers(text: str) -> list[int]:
    """Of a list such as ``1,8,16``."""
    return [int(word) for word in text.split(",")]


def command_of(program: Path, options: Mapping[str, object]) -> list[str]:
    return [str(program), *(str(word) for pair in options.items() for word in pair)]


def output_of(program: Path, options: Mapping[str, object]) -> str:
    """What the program prints on stdout; CalledProcessError where it fails."""
    return subprocess.run(command_of(program, options), check=True, capture_output=True, text=True).stdout
