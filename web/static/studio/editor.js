// What makes a module's editor handier. Every tab works without it.

// Another submission shows its results at once; the button beside it is for browsers without scripts.
for (const select of document.querySelectorAll("[data-reload]")) {
  const button = select.form.querySelector(`.with button[value="${select.dataset.reload}"]`);
  button.hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit(button));
}
