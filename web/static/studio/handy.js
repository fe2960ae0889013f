// What makes the studio handier. Every page works without it.

// Copy buttons, those of parts that are drawn later included.
const showCopyButtons = () => {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
};
showCopyButtons();
document.addEventListener("htmx:afterSwap", showCopyButtons);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.querySelector("[data-said]");
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = label.dataset.said;
  } catch {
    getSelection().selectAllChildren(source); // browsers refuse the clipboard without https
  }
});

// Links that draw only a part of the page anew: which of them is shown now.
document.addEventListener("htmx:pushedIntoHistory", () => {
  for (const link of document.querySelectorAll(".places a")) {
    if (link.href === location.href) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
});

// Choosing nothing of a list folds out where one writes one's own.
document.addEventListener("change", (event) => {
  const { unfolds } = event.target.dataset;
  if (unfolds && event.target.value === "") document.getElementById(unfolds).open = true;
});

// Menus close by Escape and by a click beside them.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// The text editor: line numbers, and jumps to a mistake's line.
for (const text of document.querySelectorAll("textarea.code")) {
  const gutter = document.createElement("pre");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  const frame = document.createElement("div");
  frame.className = "editor";
  text.replaceWith(frame);
  frame.append(gutter, text);
  const wrong = new Set([...document.querySelectorAll("[data-line]")].map((a) => a.dataset.line));
  const number = () => {
    const lines = text.value.split("\n").length;
    gutter.replaceChildren(
      ...Array.from({ length: lines }, (_, index) => {
        const line = document.createElement("span");
        line.textContent = `${index + 1}\n`;
        if (wrong.has(String(index + 1))) line.className = "wrong";
        return line;
      }),
    );
    gutter.scrollTop = text.scrollTop;
  };
  text.addEventListener("input", number);
  text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));
  number();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const start = lines.slice(0, link.dataset.line - 1).join("\n").length;
    const from = link.dataset.line > 1 ? start + 1 : 0;
    text.focus();
    text.setSelectionRange(from, from + (lines[link.dataset.line - 1] ?? "").length);
  });
}

// Whoever uses the keyboard stays in the part of the page that is drawn anew: at what stands in place
// of the control that had the focus, else at the beginning of the part.
const SIGNS = ["name", "value", "href", "hx-vals"];
const likeness = (control) => {
  const signs = SIGNS.map((sign) => control.getAttribute(sign) ?? "").join(" ").trim();
  return `${control.tagName} ${signs || control.textContent.trim()}`;
};
const withFocus = () => (document.activeElement === document.body ? null : document.activeElement);
const inSight = (control) => {
  const { top, bottom } = control.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
};
let held = null; // htmx may disable what was pressed, which takes the focus away
let seen = false;
document.addEventListener("htmx:beforeRequest", () => (held = withFocus()));
document.addEventListener("htmx:beforeSwap", () => {
  held = withFocus() ?? held;
  seen = held !== null && inSight(held);
});
document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  const control = withFocus();
  if (control && seen && !inSight(control)) control.scrollIntoView({ block: "nearest" }); // what came above pushed it away
  if (control || !held) return;
  const alike = [...target.querySelectorAll("a, button, summary")];
  const heir = alike.find((control) => likeness(control) === likeness(held));
  (held.isConnected ? held : heir)?.focus();
  // What was drawn anew besides, elsewhere on the page, is not where somebody was.
  const place = detail.target ?? target; // none when the browser goes back
  const besides = target.id !== place.id && !place.contains(target);
  if (withFocus() || besides) return;
  target.tabIndex = -1;
  target.focus();
});

// Unsaved changes are not lost by a stray click.
for (const form of document.querySelectorAll("form[data-guard]")) {
  let changed = form.dataset.guard === "changed"; // what was sent before, and is not saved yet
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("htmx:afterSwap", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

// After a refusal the list of mistakes is read first.
document.getElementById("mistakes")?.focus();
