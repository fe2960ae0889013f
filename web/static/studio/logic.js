// The Logic tab, which works without it: what is typed while an answer is on its way is never lost.

const form = document.querySelector("form[data-rows]");
const said = () => new URLSearchParams(new FormData(form)).toString();
let sent = "";

form?.addEventListener("htmx:beforeRequest", () => (sent = said()));
form?.addEventListener("htmx:beforeSwap", (event) => {
  if (said() === sent) return;
  event.detail.shouldSwap = false; // it knows nothing of what was typed since: ask again
  const source = event.detail.requestConfig.elt;
  setTimeout(() => htmx.trigger(source, source.matches("button") ? "click" : "change"), 200);
});
