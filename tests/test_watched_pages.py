"""The watch over pages in the browser sees each thing that it is there to see."""

import pytest
from watched_pages import Pages

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        ("<script>console.log('here')</script>", "console log: here"),
        ("<script>undefinedName()</script>", "error: undefinedName is not defined"),
        ("<script>Promise.reject(new Error('late'))</script>", "error: late"),
        ("<script>alert('hello')</script>", "dialog: hello"),
        ("<img src='https://example.invalid/i.png' alt=''>", "request: https://example.invalid/i.png"),
        ("<iframe src='file:///etc/hostname'></iframe>", "request: file:///etc/hostname"),
        ("<script>fetch('https://example.invalid/').catch(() => 0)</script>", "request: https://example.inv"),
    ],
)
def test_what_a_page_must_not_do_is_seen(chromium, tmp_path, body, noted):
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><title>t</title>{body}")
    pages = Pages(chromium)
    pages.expect(pages.open(file), noted)
    pages.close()


def test_a_page_that_does_nothing_of_it_is_not_complained_about(pages, tmp_path):
    file = tmp_path / "a page.html"
    picture = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    file.write_text(f"<title>t</title><a href='other.html'>x</a><img src='{picture}' alt=''>")
    (tmp_path / "other.html").write_text("<title>o</title>")
    page = pages.open(file, site=tmp_path)
    page.click("a")
    assert page.title() == "o"
    assert pages.complaints() == []
    page = pages.open(file)
    page.click("a")
    pages.expect(
        page, f"request: {(tmp_path / 'other.html').as_uri()}"
    )  # a page of one file has no other one
