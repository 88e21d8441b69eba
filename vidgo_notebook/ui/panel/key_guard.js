// What a form needs of its page: keys that stay in it, the focus, and what was typed before its kernel ended.
// Jupyter takes single keys for commands wherever the focus is on no text field: B on one of our buttons would
// insert a cell, D D delete one. Such keys, and every Enter, stay in here.
const OURS = "data-lm-suppress-shortcuts"; // Jupyter's own mark for elements whose keys it leaves alone
const GONE = "jupyter-widgets-disconnected"; // ipywidgets' mark for a widget without its kernel
const PROMPT = ".vidgo-prompt textarea";

function stays(event) {
  return event.key === "Enter" || !(event.ctrlKey || event.metaKey || event.altKey);
}

// Each page that shows the form makes this model once: a second time is a page that was loaded again.
function initialize({ model }) {
  model.send({ loaded: true });
}

// ipywidgets renders into elements that are put on the page a moment later.
function whenPlaced(el, act, tries = 200) {
  const form = el.isConnected && el.closest(".vidgo-panel");
  if (form) act(form);
  else if (tries) requestAnimationFrame(() => whenPlaced(el, act, tries - 1));
}

// A kernel that ends takes the form with it; when its cell runs again, the new form gets what was typed into the old.
function keepDraft(model, form) {
  const cell = form.closest(".jp-Cell");
  const field = form.querySelector(PROMPT);
  if (!cell || !field) return;
  const before = cell.vidgoDraft;
  if (before?.form.classList.contains(GONE) && before.field.value.trim()) model.send({ before: before.field.value });
  cell.vidgoDraft = { form, field };
}

// Close needs a kernel; without one the prompt takes the form's place.
function closeAlone(form) {
  const text = document.createElement("pre");
  text.textContent = `%%vidgo\n${form.querySelector(PROMPT)?.value ?? ""}`;
  form.replaceChildren(text);
}

function act(model, event, form) {
  const target = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const own = target.closest(".vidgo-form");
    const go = own?.querySelector("button.vidgo-go");
    if (own !== form || !go) return;
    event.preventDefault();
    event.stopPropagation();
    model.send({ generate: go.innerText, prompt: form.querySelector(PROMPT).value });
  } else if (event.key === "Escape" && target.matches("input, select, textarea")) {
    event.stopPropagation();
    target.blur();
    form.closest(".jp-Notebook")?.focus({ preventScroll: true });
  }
}

function reveal(form, selector) {
  const part = form.querySelector(selector);
  part?.scrollIntoView({ block: "nearest" });
  part?.querySelector(PROMPT)?.focus({ preventScroll: true });
}

function focus(form, names) {
  const buttons = [...form.querySelectorAll("button")];
  names.map((name) => buttons.find((each) => each.title === name && !each.disabled)).find(Boolean)?.focus();
}

// The focus falls back to the page when its element is hidden, disabled or removed, and a person at the keyboard would
// have to find the form again. It goes to a button beside, or to what had it before; of a closed form, to the notebook.
function keepFocus(form) {
  const notebook = form.closest(".jp-Notebook");
  const earlier = new Set(); // what had the focus, the latest last
  let current = null;
  const isUsable = (each) => form.contains(each) && !each.disabled && each.getClientRects().length > 0;

  const onIn = ({ target }) => {
    earlier.delete(target);
    earlier.add(target);
    current = target;
  };
  // A person has left it; one that is about to be removed says the same, a moment before.
  const onOut = ({ target, relatedTarget }) =>
    setTimeout(() => {
      if (current === target && (relatedTarget || isUsable(target))) current = null;
    });

  function restore() {
    if (!current || isUsable(current) || ![current, document.body].includes(document.activeElement)) return;
    const row = [...(current.closest(".vidgo-row")?.querySelectorAll("button") ?? [])];
    const place = row.indexOf(current);
    const isShown = form.contains(current) && current.getClientRects().length > 0; // only disabled, perhaps not for long
    const anywhere = isShown ? [] : [...[...earlier].reverse(), ...form.querySelectorAll("button, input, select, textarea")];
    const next = [...row.slice(place + 1), ...row.slice(0, place).reverse(), ...anywhere].find(isUsable);
    current = null;
    (next ?? (isShown ? null : notebook))?.focus({ preventScroll: true });
  }

  // Two frames on, what takes the place of a removed part is there.
  const restoreLater = () => current && requestAnimationFrame(() => requestAnimationFrame(restore));
  const observer = new MutationObserver(restoreLater);
  observer.observe(form, { subtree: true, childList: true, attributeFilter: ["style", "class", "hidden", "disabled"] });
  form.addEventListener("focusin", onIn);
  form.addEventListener("focusout", onOut);
  return () => {
    observer.disconnect();
    form.removeEventListener("focusin", onIn);
    form.removeEventListener("focusout", onOut);
    restoreLater();
  };
}

function render({ model, el }) {
  let leaveFocus = () => {};
  const onKey = (event) => {
    const form = el.closest(".vidgo-panel");
    if (!form?.contains(event.target)) return;
    event.target.toggleAttribute(OURS, stays(event));
    act(model, event, form);
  };
  const onClick = (event) => {
    const form = el.closest(`.${GONE}`);
    if (form?.contains(event.target) && event.target.closest("button.vidgo-close")) closeAlone(form);
  };
  const onMessage = (message) =>
    whenPlaced(el, (form) => requestAnimationFrame(() => {
      if (message.reveal) reveal(form, message.reveal);
      if (message.focus) focus(form, message.focus);
    }));
  window.addEventListener("keydown", onKey, true); // before Jupyter, which listens on the document
  window.addEventListener("click", onClick, true);
  model.on("msg:custom", onMessage);
  whenPlaced(el, (form) => {
    if (form.classList.contains("vidgo-form")) keepDraft(model, form);
    leaveFocus = keepFocus(form);
  });
  return () => {
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("click", onClick, true);
    model.off("msg:custom", onMessage);
    leaveFocus();
  };
}

export default { initialize, render };
