"""The checks of accessibility: a good page passes them all, and each complains of its own kind of fault."""

import pytest
from accessibility import colour_complaints, complaints

pytestmark = pytest.mark.browser

GOOD = """<!doctype html><html lang="en"><head><title>t</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark } .scroll { overflow: auto; width: 200px } .scroll p { width: 900px }
</style></head><body><header><a href="#m">Skip</a></header><main id="m"><h1>One</h1><h2>Two</h2>
<p>Words <span style="opacity: .8">and faint ones</span></p>
<table><caption>Figures</caption><thead><tr><th>a</th><th>b</th></tr></thead>
<tbody><tr><th scope="row">x</th><td>1</td></tr></tbody></table>
<svg role="img" aria-label="a chart" width="100" height="50"><rect width="100" height="50" fill="#000"/>
<text x="5" y="20" fill="#fff">white on black</text></svg>
<label>Price <input type="number" value="1"></label>
<fieldset><legend>Own</legend><label><input type="radio" name="r" checked> yes</label>
<label><input type="radio" name="r"> no</label></fieldset>
<details><summary>More</summary><p>text <button>hidden now</button></p></details>
<div class="scroll" tabindex="0" role="region" aria-label="wide"><p>wide</p></div>
<button>Go</button></main></body></html>"""


@pytest.fixture(scope="module")
def page(chromium):
    """One for all faults, since opening another takes longer than judging it."""
    return chromium.new_page()


def test_nothing_is_said_of_a_good_page(pages):
    page = pages.show(GOOD)
    assert complaints(page) == []
    page.emulate_media(color_scheme="dark")
    assert colour_complaints(page) == []


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ('lang="en"', "", "document: html has no lang"),
        ("<title>t</title>", "", "document: the document has no title"),
        ("width=device-width, ", "", "document: no viewport for narrow screens"),
        ("initial-scale=1", "maximum-scale=1", "document: the reader may not zoom"),
        ("<p>Words", '<p id="m">Words', "document: the id m is there more than once"),
        ('href="#m"', 'href="#n"', 'document: <a> "Skip": leads to no #n'),
        ("<button>Go", '<button aria-controls="gone">Go', "points to no #gone"),
        ("<button>Go", '<button tabindex="3">Go', "a tabindex above 0"),
        ("<h2>Two</h2>", "<h3>Two</h3>", 'headings: <h3> "Two": skips a level'),
        ("<h2>Two</h2>", "<h1>Two</h1>", "headings: there is not one h1"),
        ("<caption>Figures</caption>", "", "has no caption"),
        ("<th>b</th>", "", 'tables: <td> "1": a cell without a header in <table>'),
        ('<th scope="row">x', "<th>x", 'tables: <th> "x": a header of what?'),
        ("<th>a</th><th>b</th>", "<td>a</td><td>b</td>", "a cell without a header in <table>"),
        ("<th>b", "<th>", "an empty header in <table>"),
        ('role="img" aria-label="a chart"', "", "drawings: <svg>"),
        ('fill="#fff"', 'fill="#333"', "contrast: <text>"),
        ('fill="#000"/>', 'fill="#000" fill-opacity="0.2"/>', "contrast: <text>"),
        ("opacity: .8", "opacity: .3", 'contrast: <span> "and faint ones"'),
        ("opacity: .8", "color: #888", 'contrast: <span> "and faint ones"'),
        ("opacity: .8", "background: linear-gradient(red, blue)", "text over a picture"),
        ('value="1"', 'placeholder="x" style="color: #999"', "contrast: <input>"),
        ("Price <input", "</label><label><input", "names: a spinbutton has none"),
        ("<button>Go", "<button>", "names: a button has none"),
        ('<a href="#m">Skip', '<a href="#m">', "names: a link has none"),
        ("<p>Words", '<p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "names: a image has none"),
        ("<p>Words", '<div tabindex="0">Words</div><p>', "which has no role"),
        ('<main id="m">', '<div id="m">', "landmarks: 0 main"),
        ("<p>Words", "<nav>a</nav><nav>b</nav><p>Words", "landmarks: 2 navigation named ''"),
        ("<p>Words", '<div style="width: 500px">long</div><p>', "narrow: "),
        ("Skip</a>", 'Skip</a><div class="scroll"><p>x</p></div>', "scrolling: "),
        (
            "</style>",
            "button:focus { outline: none }</style>",
            'focus: nothing shows that <button> "Go" has it',
        ),
        ("<button>Go", '<button onkeydown="event.preventDefault()">Go', 'Tab does not leave <button> "Go"'),
        ("<button>Go", '<button onfocus="this.blur()">Go', 'keyboard: Tab does not reach <button> "Go"'),
    ],
)
def test_each_check_finds_its_fault(page, good, bad, complaint):
    assert good in GOOD
    page.set_content(GOOD.replace(good, bad))
    found = complaints(page)
    assert any(complaint in one for one in found), found


def test_contrast_is_judged_in_the_colours_of_the_scheme(pages):
    page = pages.show(GOOD.replace("opacity: .8", "color: #333"), color_scheme="light")
    assert colour_complaints(page) == []
    page.emulate_media(color_scheme="dark")
    assert any("and faint ones" in one for one in colour_complaints(page))
