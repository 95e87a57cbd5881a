"""What every page of the site has around its content: head, navigation, footer, and a policy for browsers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.reports.board.sheets import Sheet, escaped, sheet_html

# Nothing is loaded but the site's own style and script, and nothing is sent anywhere.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
PAGES = (
    ("models.html", "Models"),
    ("machines.html", "Machines"),
    ("tasks.html", "Tasks"),
    ("data.html", "Data"),
    ("method.html", "Method"),
    ("refused.html", "Refused"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the pages share. ``made`` is the day of the newest record: no clock enters the site."""

    title: str
    made: str
    version: str

    def page(self, heading: str, body: Iterable[str], path: str, *, scripts: Sequence[str] = ()) -> str:
        """The whole text of the page at ``path`` in the site; ``body`` is HTML already."""
        root = root_of(path)
        here = path.rsplit("/", 1)[-1]
        links = "".join(f'<li><a href="{root}{to}"{_current(to, here)}>{name}</a></li>' for to, name in PAGES)
        whole = f"{heading} – {self.title}" if heading != self.title else heading
        loaded = "".join(f'<script src="{root}{name}" defer></script>\n' for name in (*scripts, "board.js"))
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escaped(whole)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}board.css">
{loaded}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="title" href="{root}index.html">{escaped(self.title)}</a>
<nav aria-label="Site"><ul>{links}</ul></nav>
</header>
<main id="content">
<h1>{escaped(heading)}</h1>
{chr(10).join(body)}
</main>
<footer>
<p>Made by breakeven {escaped(self.version)} from records up to {escaped(self.made)}.
Every figure links to its record; <a href="{root}method.html">how to read them</a>.</p>
</footer>
</body>
</html>
"""


def root_of(path: str) -> str:
    """What leads from the page at ``path`` to the site's root."""
    return "../" * path.count("/")


def tables(sheets: Sequence[Sheet], path: str) -> list[str]:
    """The sheets of one page with the field that filters their rows."""
    lines = ['<div id="filter" class="controls"></div>']
    for sheet in sheets:
        lines += sheet_html(sheet, root_of(path))
    return lines


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """A list of names and values, which are words."""
    told = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in pairs)
    return f"<dl>{told}</dl>"


def parts_nav(page: str, number: int, n_parts: int) -> str:
    """Links between the parts of a long list; empty where there is one part."""
    if n_parts == 1:
        return ""
    here = page.rsplit("/", 1)[-1]
    shown = [one for one in range(1, n_parts + 1) if one in (1, n_parts) or abs(one - number) <= 3]
    links = " ".join(f'<a href="{part_of(here, one)}"{_current(one, number)}>{one}</a>' for one in shown)
    return f'<nav class="pages" aria-label="Parts"><p>Part {number} of {n_parts}: {links}</p></nav>'


def part_of(page: str, number: int) -> str:
    """The path of one part of the page at the path ``page``; the first part has the page's own."""
    return page if number == 1 else f"{page.removesuffix('.html')}-part{number}.html"


def _current(one: object, here: object) -> str:
    return ' aria-current="page"' if one == here else ""
