// Searchable pickers in place of long selects, which they stay without it.

const piece = (tag, className, text) => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};
// The parts of an option are data-… of its own; an option without them is its text.
const shown = (className, data, parts) => {
  const made = piece("div", className, "");
  if (data.sign) {
    made.append(piece("span", "mark-type", data.sign));
    made.firstChild.ariaHidden = true;
  }
  made.append(piece("span", "entry-name", data.name ?? data.text));
  for (const part of parts) {
    if (data[part]) made.append(piece("span", `entry-${part}`, data[part]));
  }
  return made;
};

const nameOf = (select) =>
  select.ariaLabel ?? (select.tomselect?.control_input ?? select).labels[0]?.textContent;

// People search on while a part of the page is drawn anew: what they typed goes over into the picker's
// successor. That is told by its name, since its number may be another's now.
let left = null;
const leave = (select) => {
  const { control_input: input, isOpen } = select.tomselect;
  if (input === document.activeElement) {
    left = { id: select.id, name: nameOf(select), text: input.value, caret: input.selectionStart, isOpen };
  }
  select.tomselect.destroy();
};
const isSuccessor = (select) => {
  if (!left || nameOf(select) !== left.name) return false;
  if (select.id === left.id) return true;
  const others = [...document.querySelectorAll("select[data-picker]")];
  return !others.some((one) => one !== select && nameOf(one) === left.name);
};
const goOn = (picker) => {
  const input = picker.control_input;
  const { text, caret, isOpen } = left;
  left = null;
  input.focus();
  if (text) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
    input.setSelectionRange(caret, caret);
  } else if (isOpen) picker.refreshOptions(true);
};

const enhance = (select) => {
  if (select.tomselect || select.matches(":disabled")) return;
  const words = select.dataset;
  const meant = select === document.activeElement; // a part drawn anew begins here
  const picker = new TomSelect(select, {
    allowEmptyOption: !select.multiple,
    copyClassesToDropdown: false,
    dropdownParent: "body", // a table that scrolls would cut it off
    maxOptions: null,
    openOnFocus: false, // passing by with Tab opens nothing
    hidePlaceholder: false,
    placeholder: words.hint ?? " ",
    plugins: select.multiple ? { remove_button: { title: words.remove } } : [],
    onDelete: () => select.multiple,
    onItemAdd() {
      if (select.multiple) this.setTextboxValue(""); // what was searched for is found: on to the next
    },
    refreshThrottle: 0, // Enter means what the list shows
    searchField: ["text", "key"],
    render: {
      option: (data) => shown("entry", data, ["type", "more", "sample"]),
      item: (data) => shown("entry", data, ["sample"]),
      optgroup: (data) => {
        const made = piece("div", "optgroup", "");
        made.role = "group";
        made.ariaLabel = data.group.label;
        made.append(data.options);
        return made;
      },
      no_results: () => piece("div", "no-results", words.nothing),
    },
  });
  select.ariaHidden = true; // it keeps the value, and is not to be read out twice
  const input = picker.control_input;
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  const label = nameOf(select);
  if (label) picker.dropdown_content.ariaLabel = label;
  // what is searched for is no change of the form
  for (const said of ["input", "change"]) {
    picker.wrapper.addEventListener(said, (event) => event.stopPropagation());
  }
  let wasOpen = false;
  picker.control.addEventListener("mousedown", () => (wasOpen = picker.isOpen), { capture: true });
  picker.control.addEventListener("click", ({ target }) => {
    if (!wasOpen) picker.refreshOptions(true);
    else if (!input.value && !target.closest("[data-ts-item]")) picker.blur(); // an item is marked first
  });
  if (isSuccessor(select)) goOn(picker);
  else if (meant) input.focus();
};

htmx.onLoad((part) => {
  if (part.matches("select[data-picker]")) enhance(part);
  part.querySelectorAll("select[data-picker]").forEach(enhance);
});
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => target.tomselect && leave(target));
document.addEventListener("htmx:afterSettle", () => (left = null)); // it may have no successor
