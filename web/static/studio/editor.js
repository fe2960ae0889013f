// What makes a module's editor handier. Every tab works without it.

// Macros go to where the cursor was.
let last = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-macros]")) last = event.target;
});
const insert = (macro) => {
  const text = last?.isConnected ? last : document.querySelector("[data-macros]");
  if (!text) return;
  text.focus();
  text.setRangeText(macro, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
};
for (const list of document.querySelectorAll("[data-inserts]")) {
  for (const code of list.querySelectorAll("code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = list.dataset.inserts;
    code.replaceWith(button);
    button.append(code);
    button.addEventListener("click", () => insert(code.textContent));
  }
}

// Another submission shows its results at once; the button beside it is for browsers without scripts.
for (const select of document.querySelectorAll("[data-reload]")) {
  const button = select.form.querySelector(`.with button[value="${select.dataset.reload}"]`);
  button.hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit(button));
}
