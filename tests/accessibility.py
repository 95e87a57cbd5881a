"""Judges a page that is open in the browser by what WCAG 2.2 asks of it at level AA, as far as code can.

Names and roles are those of the browser's own accessibility tree; the rest is judged in the page by
``accessibility.js``. Every check is shown a page on which it must complain, in ``test_accessibility.py``.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from playwright.sync_api import JSHandle, Page

IN_THE_PAGE = (Path(__file__).parent / "accessibility.js").read_text(encoding="utf-8")
NARROW_PX = 340
STOPS_WITHIN_FIELDS = 10  # a field for a date has several
NEED_A_NAME = frozenset(
    "button checkbox combobox DisclosureTriangle gridcell image img link listbox menuitem menuitemradio meter"
    " option progressbar radio radiogroup searchbox slider spinbutton switch tab tabpanel textbox".split()
)
WIDER_THAN_THE_WINDOW = """() => [...document.body.querySelectorAll('*')].filter((one) => {
    const right = one.getBoundingClientRect().left + Math.max(one.offsetWidth ?? 0, one.scrollWidth);
    if (right <= document.documentElement.clientWidth + 1) return false;
    for (let around = one.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflowX !== 'visible') return false;
    }
    return true;
}).slice(0, 3).map(one => `${one.localName}.${one.className} in ${one.parentElement.localName}`)"""
LANDMARKS = frozenset("banner complementary contentinfo form main navigation region search".split())


def complaints(page: Page) -> list[str]:
    """All that is wrong with the page as it is shown now, in words; the focus is lost by asking."""
    tools = page.evaluate_handle(IN_THE_PAGE)
    return [
        *tools.evaluate("tools => tools.complaints()"),
        *_of_the_tree(page),
        *_of_the_keyboard(page, tools),
        *_of_a_narrow_screen(page),  # last, since a page draws anew when its window changes
    ]


def colour_complaints(page: Page) -> list[str]:
    """Those about contrast alone, for a second look in another colour scheme."""
    tools = page.evaluate_handle(IN_THE_PAGE)
    return [one for one in tools.evaluate("tools => tools.complaints()") if one.startswith("contrast")]


def tree(page: Page) -> list[tuple[str, str, dict[str, Any]]]:
    """The role, the name and the node of each thing that a screen reader meets, in its order."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip(), node)
        for node in nodes
        if not node.get("ignored") and "role" in node
    ]


def _of_the_tree(page: Page) -> list[str]:
    met = tree(page)
    found = [f"names: a {role} has none" for role, name, _ in met if role in NEED_A_NAME and not name]
    focusable_without_role = [
        name
        for role, name, node in met
        if role in ("generic", "none", "paragraph", "StaticText") and _property(node, "focusable")
    ]
    found += [f"names: Tab stops at {name!r}, which has no role" for name in focusable_without_role]
    landmarks = Counter((role, name) for role, name, _ in met if role in LANDMARKS)
    mains = sum(count for (role, _), count in landmarks.items() if role == "main")
    if mains != 1:
        found.append(f"landmarks: {mains} main")
    found += [
        f"landmarks: {count} {role} named {name!r}"
        for (role, name), count in landmarks.items()
        if count > 1 and role != "main"
    ]
    return found


def _property(node: dict[str, Any], name: str) -> object:
    return next(
        (one["value"].get("value") for one in node.get("properties", []) if one["name"] == name), None
    )


def _of_a_narrow_screen(page: Page) -> list[str]:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": NARROW_PX, "height": size["height"]})
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
    culprits = page.evaluate(WIDER_THAN_THE_WINDOW)
    page.set_viewport_size(size)
    return [f"narrow: {wide} px too wide at {NARROW_PX}: {', '.join(culprits)}"] if wide > 0 else []


def _of_the_keyboard(page: Page, tools: JSHandle) -> list[str]:
    stops = tools.evaluate("tools => tools.startWalk()")
    for presses in (stops, STOPS_WITHIN_FIELDS):
        tools.evaluate("tools => tools.startLastRound()")
        for _ in range(presses):
            page.keyboard.press("Tab")
    return list(tools.evaluate("tools => tools.endWalk()"))
