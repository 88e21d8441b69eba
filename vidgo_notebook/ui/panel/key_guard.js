// Keeps keys inside the form: Jupyter takes single keys for commands wherever the focus is on no text
// field: B on one of our buttons would insert a cell, D D delete one. Such keys, and every Enter, stay in here.
const OURS = "data-lm-suppress-shortcuts"; // Jupyter's own mark for elements whose keys it leaves alone

function stays(event) {
  return event.key === "Enter" || !(event.ctrlKey || event.metaKey || event.altKey);
}

// Each page that shows the form makes this model once: a second time is a page that was loaded again.
function initialize({ model }) {
  model.send({ loaded: true });
}

function render({ el }) {
  const mark = (event) => {
    const form = el.closest(".vidgo-panel");
    if (form?.contains(event.target)) event.target.toggleAttribute(OURS, stays(event));
  };
  window.addEventListener("keydown", mark, true); // before Jupyter, which listens on the document
  return () => window.removeEventListener("keydown", mark, true);
}

export default { initialize, render };
