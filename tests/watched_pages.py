"""Pages in a real browser, under watch: what they say on the console, what they throw, what they ask for."""

from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request

OF_THE_PAGE_ITSELF = ("data", "blob", "about")
PATIENCE_MS = 30_000  # on a busy machine


class Pages:
    """Opens pages, each in a context of its own, and remembers what none of ours may do.

    ``site`` is the folder whose files pages may ask for, such as a board's; without one a page may ask for
    itself alone.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []

    def open(
        self, path: Path, *, fragment: str = "", site: Path | None = None, **circumstances: object
    ) -> Page:
        """Open a file; ``circumstances`` are a browser context's: ``color_scheme``, ``viewport``, ..."""
        page = self.blank(site or path, **circumstances)
        page.goto(path.resolve().as_uri() + fragment)
        return page

    def show(self, html: str, **circumstances: object) -> Page:
        """Show a page that lies in no file."""
        page = self.blank(None, **circumstances)
        page.set_content(html)
        return page

    def blank(self, allowed: Path | None, **circumstances: object) -> Page:
        context = self._browser.new_context(**circumstances)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        context.on("console", lambda message: self._note(f"console {message.type}: {message.text}"))
        context.on("weberror", lambda problem: self._note(f"error: {problem.error}"))
        context.on("request", lambda request: self._judge(request, allowed and allowed.resolve()))
        context.on("dialog", self._dismiss)
        return context.new_page()

    def complaints(self) -> list[str]:
        return list(self._complaints)

    def expect(self, page: Page, start: str) -> None:
        """Wait for a complaint that starts so and forgive it; TimeoutError when none comes."""
        for _ in range(PATIENCE_MS // 20):
            found = next((one for one in self._complaints if one.startswith(start)), None)
            if found is not None:
                self._complaints.remove(found)
                return
            page.wait_for_timeout(20)
        raise TimeoutError(f"no complaint starts with {start!r}: {self._complaints}")

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                page.evaluate("0")  # what it has said until here has then arrived
            context.close()
        self._contexts.clear()

    def _note(self, complaint: str) -> None:
        self._complaints.append(complaint)

    def _dismiss(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _judge(self, request: Request, allowed: Path | None) -> None:
        address = urlsplit(request.url)
        if address.scheme in OF_THE_PAGE_ITSELF:
            return
        asked = Path(url2pathname(unquote(address.path))).resolve() if address.scheme == "file" else None
        if asked is None or allowed is None or not (asked == allowed or allowed in asked.parents):
            self._note(f"request: {request.url}")
