// Macros for texts: typing {{ or pressing the button beside a text opens a list of them, and the list
// beside the page puts them where the cursor was. Without it they are copied from that list.

const source = document.querySelector("[data-inserts]");
const macros = [...(source?.querySelectorAll("li") ?? [])].map((line) => ({
  text: line.querySelector("code").textContent,
  label: line.querySelector("small")?.textContent ?? "",
}));
const list = document.createElement("ul");
list.id = "macro-list";
list.className = "macro-list";
list.role = "listbox";
list.ariaLabel = source?.dataset.label ?? "";
list.hidden = true;
document.body.append(list);

let text = null; // the text that the list is open for
let from = 0; // where in it the macro begins that is being typed
let active = 0;

const close = () => {
  list.hidden = true;
  for (const name of ["aria-controls", "aria-activedescendant"]) text?.removeAttribute(name);
  text = null;
};
const activate = (number) => {
  const lines = [...list.children];
  active = (number + lines.length) % lines.length;
  lines.forEach((line, at) => (line.ariaSelected = String(at === active)));
  lines[active].scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", lines[active].id);
};
const place = () => {
  const box = text.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8));
  const below = box.bottom + list.offsetHeight + 4 < innerHeight || box.top < list.offsetHeight;
  const top = below ? box.bottom + 2 : box.top - list.offsetHeight - 2;
  list.style.left = `${left + scrollX}px`;
  list.style.top = `${top + scrollY}px`;
};
const open = (field, start, said) => {
  const wanted = said.trim().toLowerCase();
  const fits = ({ text, label }) => `${text} ${label}`.toLowerCase().includes(wanted);
  const found = macros.filter(fits);
  close();
  if (!found.length) return;
  text = field;
  from = start;
  list.replaceChildren(
    ...found.map((macro, number) => {
      const line = document.createElement("li");
      line.id = `macro-${number}`;
      line.role = "option";
      const code = document.createElement("code");
      code.textContent = macro.text;
      const label = document.createElement("small");
      label.textContent = macro.label;
      line.append(code, label);
      line.addEventListener("mousedown", (event) => {
        event.preventDefault(); // the text keeps the focus
        pick(number);
      });
      return line;
    }),
  );
  list.hidden = false;
  text.setAttribute("aria-controls", list.id);
  place();
  activate(0);
};
const insert = (field, macro, start, end) => {
  field.focus();
  field.setRangeText(macro, start, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const pick = (number) => {
  const [field, macro] = [text, list.children[number].querySelector("code").textContent];
  const rest = field.value.slice(field.selectionEnd).match(/^[^{}\n]*\}\}/)?.[0] ?? "";
  const typed = field.value.slice(from, field.selectionStart).startsWith("{{");
  const [start, end] = [from, field.selectionEnd + (typed ? rest.length : 0)];
  close();
  insert(field, macro, start, end);
};

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-macros]")) return;
  const said = target.value.slice(0, target.selectionStart);
  const begun = said.match(/\{\{([^{}\n]*)$/);
  if (begun) open(target, begun.index, begun[1]);
  else if (target === text) close();
});
document.addEventListener("keydown", (event) => {
  if (event.target !== text || event.isComposing) return;
  const act = {
    ArrowDown: () => activate(active + 1),
    ArrowUp: () => activate(active - 1),
    Enter: () => pick(active),
    Escape: close,
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}, { capture: true });
document.addEventListener("focusout", close);
document.addEventListener("htmx:afterSwap", () => text?.isConnected === false && close());

// The buttons beside the texts, and the list beside the page.
let last = null;
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-macros]")) last = target;
});
document.addEventListener("click", (event) => {
  const field = document.getElementById(event.target.closest("[data-opens]")?.dataset.opens);
  if (!field) return;
  field.focus();
  open(field, field.selectionStart, "");
});
for (const code of source?.querySelectorAll("code") ?? []) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = source.dataset.inserts;
  code.replaceWith(button);
  button.append(code);
  button.addEventListener("click", () => {
    const field = last?.isConnected ? last : document.querySelector("[data-macros]");
    if (field) insert(field, code.textContent, field.selectionStart, field.selectionEnd);
  });
}
