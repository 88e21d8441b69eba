// The two things that ipywidgets can't do: refuse a large file before it is sent (Jupyter's server cuts the
// connection at a message of 10 MiB, and the kernel would never hear why), and reach the clipboard.
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
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(model.get("text"));
        model.send({ copied: true });
      } catch {
        model.send({ copied: false });
      }
    };
  },
};

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-widgets jupyter-button widget-button vidgo-small";
  button.textContent = model.get("label");
  button.title = model.get("hint");
  el.append(button);
  roles[model.get("role")](model, button, el);
}

export default { render };
