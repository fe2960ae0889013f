"""Ways of using a page: with a mouse, with a mouse and no scripts, and by keyboard alone."""

from __future__ import annotations

import time
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

PASTED = 80
"""Texts longer than this are pasted, not typed."""
FAR = 100
"""More than any page of ours asks for."""
PATIENCE_S = 30

HAS_FOCUS = "control => control === document.activeElement"
# Which key leads from the focus to the control that is wanted, and about how often at least.
WAY = """control => {
  const here = document.activeElement;
  if (here === control) return ["", 0];
  const begun = here !== document.body;
  if (!begun && window.wasUsed) return ["none", 0];
  const skip = document.querySelector("a.skip");
  if (!begun && skip && control.closest("main")) return ["skip", 0];
  const { DOCUMENT_POSITION_PRECEDING: before, DOCUMENT_POSITION_FOLLOWING: after } = Node;
  const forth = !begun || here.compareDocumentPosition(control) & after;
  const between = [...document.querySelectorAll("a, button, input, select, textarea, summary")].filter(
    (one) =>
      one.tabIndex >= 0 && one.checkVisibility() &&
      control.compareDocumentPosition(one) & (forth ? before : after) &&
      (!begun || here.compareDocumentPosition(one) & (forth ? after : before)),
  );
  return [forth ? "Tab" : "Shift+Tab", Math.max(1, Math.floor(between.length / 2))];
}"""
# What a person who only has a keyboard could not see of the focus; nothing when all is well.
UNSEEN = """control => {
  window.wasUsed = true;
  const shown = control.closest(".ts-wrapper") ?? control;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(shown);
  if ((outlineStyle === "none" || !parseFloat(outlineWidth)) && boxShadow === "none")
    return "nothing shows that it has the focus";
  const box = shown.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  if (!top || !(shown.contains(top) || top.contains(shown)))
    return `it is hidden at ${x}, ${y} behind ${top?.outerHTML.slice(0, 200)}`;
}"""
# How many presses of an arrow lead to the option of that label.
STEPS = """(select, label) => {
  const at = [...select.options].findIndex((option) => option.label.trim() === label);
  return at < 0 ? null : at - select.selectedIndex;
}"""
# The values that are chosen once the option of that name is, too; a select of one forgets the others.
CHOSEN_WITH = """(select, name) => {
  const named = (option) => (option.dataset.name ?? option.label.trim()) === name;
  const wanted = [...select.options].filter((one) => named(one) || (select.multiple && one.selected));
  return wanted.map((option) => option.value);
}"""


class Hands(Protocol):
    """How somebody uses the controls of a page. Each deed waits until the control can be seen."""

    def press(self, control: Locator) -> None:
        """Use a button, a link, or the line that folds something out."""

    def write(self, box: Locator, text: str) -> None:
        """Let ``text`` be all that stands in a box."""

    def choose(self, select: Locator, label: str) -> None:
        """Choose the option of that label."""

    def pick(self, page: Page, picker: str, name: str) -> None:
        """Choose the entry of that name in a searchable picker; where it takes several, that one, too."""


class Mouse:
    """What is written is typed all the same."""

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, box: Locator, text: str) -> None:
        box.fill(text)

    def choose(self, select: Locator, label: str) -> None:
        select.select_option(label=label)

    def pick(self, page: Page, picker: str, name: str) -> None:
        box = searchable(page, picker)
        if not box.evaluate(HAS_FOCUS):  # a click would close its list
            box.click()
        take_found(page, name)


class WithoutScripts(Mouse):
    """Pickers are the plain selects that they are made of."""

    def pick(self, page: Page, picker: str, name: str) -> None:
        select = page.get_by_role("combobox", name=picker).or_(
            page.get_by_role("listbox", name=picker)
        )
        select.select_option(select.evaluate(CHOSEN_WITH, name))


class Keyboard:
    """Whatever cannot be reached by Tab, or cannot be seen to have the focus, cannot be used."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, control: Locator) -> None:
        self._reach(control)
        self._page.keyboard.press("Enter")

    def write(self, box: Locator, text: str) -> None:
        self._reach(box)
        self._page.keyboard.press("Control+A")
        if len(text) > PASTED:
            self._page.keyboard.insert_text(text)
        else:
            self._page.keyboard.type(text)
        expect(box).to_have_value(text)

    def choose(self, select: Locator, label: str) -> None:
        """By the arrows: the page may follow every step, and must not take the focus away by that."""
        self._reach(select)
        for _ in range(FAR):
            steps = select.evaluate(STEPS, label)
            assert steps is not None, f"there is no option {label!r}: {select.inner_text()}"
            if not steps:
                return
            expect(select).to_be_focused()
            self._page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        raise AssertionError(f"the arrows do not lead to {label!r}")

    def pick(self, page: Page, picker: str, name: str) -> None:
        self._reach(searchable(page, picker))
        take_found(page, name)

    def _reach(self, control: Locator) -> None:
        """Go to ``control``, and look whether a person sees where they are.

        What is drawn anew at this very moment is looked for again.
        """
        end = time.monotonic() + PATIENCE_S
        while unseen := self._unseen_at(control):
            assert time.monotonic() < end, f"{control}: {unseen}"
            self._page.wait_for_timeout(100)

    def _unseen_at(self, control: Locator) -> str:
        """Press Tab, or Shift and Tab, until ``control`` has the focus; why that cannot be seen."""
        expect(control).to_be_visible()
        for _ in range(FAR):
            key, times = control.evaluate(WAY)
            match key:
                case "":
                    break
                case "none":  # for as long as a part of the page is drawn anew
                    expect(self._page.locator("body :focus"), "lost").to_be_attached()
                case "skip":
                    self._skip_to_content()
                case _:
                    for _ in range(times):
                        self._page.keyboard.press(key)
        else:
            raise AssertionError(f"Tab does not lead to {control}")
        expect(control).to_be_in_viewport()
        return str(control.evaluate(UNSEEN) or "")

    def _skip_to_content(self) -> None:
        """By the link that every page begins with."""
        self._page.keyboard.press("Tab")
        expect(self._page.get_by_role("link", name="Skip to the content")).to_be_focused()
        self._page.keyboard.press("Enter")
        expect(self._page.get_by_role("main")).to_be_focused()


def searchable(page: Page, picker: str) -> Locator:
    """The box in which one types what is searched for, once the script has put it there."""
    return page.locator("input").and_(page.get_by_role("combobox", name=picker))


def take_found(page: Page, name: str) -> None:
    """Type in the picker that has the focus what is searched for, and take it."""
    page.keyboard.type(name)
    found = page.get_by_role("option", selected=True).filter(has_text=name)
    expect(found.first).to_be_visible()
    page.keyboard.press("Enter")
