// Two pictures in one frame with a slider between them: the first is cut off at the slider. ipywidgets has
// no picture that follows the pointer, and through the kernel every step would take a message.
function picture(data) {
  const image = document.createElement("img");
  const show = () => {
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(new Blob([data()], { type: "image/jpeg" }));
  };
  return { image, show };
}

function render({ model, el }) {
  const frame = Object.assign(document.createElement("div"), { className: "vidgo-compared" });
  const first = picture(() => model.get("first"));
  const second = picture(() => model.get("second"));
  const line = Object.assign(document.createElement("span"), { className: "vidgo-divider" });
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, value: 50 });
  slider.setAttribute("aria-label", "Slider between the two pictures, percent of the first");
  const slide = () => frame.style.setProperty("--vidgo-at", `${slider.value}%`);
  const describe = () => {
    [first.image.alt, second.image.alt] = model.get("descriptions");
  };
  const shown = { "change:first": first.show, "change:second": second.show, "change:descriptions": describe };
  slider.oninput = slide;
  frame.append(second.image, first.image, line, slider);
  el.append(frame);
  for (const [event, act] of Object.entries(shown)) model.on(event, act);
  for (const act of [...Object.values(shown), slide]) act();
  return () => {
    for (const [event, act] of Object.entries(shown)) model.off(event, act);
    for (const each of [first, second]) URL.revokeObjectURL(each.image.src);
  };
}

export default { render };
