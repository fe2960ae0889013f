// What makes a module's editor handier. Every tab works without it.

// Another submission shows its results at once; the button beside it is for browsers without scripts.
for (const select of document.querySelectorAll("[data-reload]")) {
  const button = select.form.querySelector(`.with button[value="${select.dataset.reload}"]`);
  button.hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit(button));
}

// What is typed while an answer is on its way is never lost: the answer knows nothing of it, so ask again.
// Results come by themselves, into places where nobody types.
const editor = document.querySelector("form.module-editor, form[data-rows]");
const typed = () => new URLSearchParams(new FormData(editor)).toString();
const asked = new WeakMap();

editor?.addEventListener("htmx:beforeRequest", ({ detail }) => asked.set(detail.xhr, typed()));
editor?.addEventListener("htmx:beforeSwap", (event) => {
  const source = event.detail.requestConfig.elt;
  if (source.matches("#mapping, #extras") || typed() === asked.get(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  const again = source.matches("button, a") ? "click" : "change";
  setTimeout(() => source.isConnected && htmx.trigger(source, again), 200);
});
