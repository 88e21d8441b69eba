// What ipywidgets can't do: refuse a large file before it is sent (Jupyter's server cuts the connection at a
// message of 10 MiB, and the kernel would never hear why), and reach the clipboard.
const roles = {
  upload(model, button, el) {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", multiple: true });
    input.hidden = true;
    button.onclick = () => input.click();
    input.onchange = async () => {
      for (const file of input.files) {
        const fits = file.size <= model.get("limit");
        const data = fits ? [await file.arrayBuffer()] : [];
        model.send({ name: file.name, size: file.size }, undefined, data);
      }
      input.value = "";
    };
    el.append(input);
  },
  copy(model, button) {
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(model.get("text"));
        model.send({ copied: true });
      } catch {
        model.send({ copied: false });
      }
    };
    button.onclick = copy;
    model.on("msg:custom", copy); // another button of the form asks for the same
    return () => model.off("msg:custom", copy);
  },
};

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-widgets jupyter-button widget-button vidgo-small";
  button.textContent = model.get("label");
  button.title = model.get("hint");
  el.append(button);
  return roles[model.get("role")](model, button, el);
}

export default { render };
