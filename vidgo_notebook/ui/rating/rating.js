// The form in which pictures are judged. It knows their bytes and what to ask, and nothing of how they were made.
// Everything is decided in the kernel: a judgement is sent with the number of what was shown, so that a key that is
// pressed twice can't judge a picture that nobody has seen yet.
const PAIR_KEYS = { 1: "left", ArrowLeft: "left", 2: "right", ArrowRight: "right", 0: "tie", ArrowDown: "tie" };
const COMMON_KEYS = { s: "skip", S: "skip", u: "undo", U: "undo", Backspace: "undo" };
const SIDES = ["Left picture", "Right picture"];
const HELP = {
  pairs: "1 or ← left, 2 or → right, 0 or ↓ no difference, S skip, U undo",
  scale: "1 to 7, S skip, U undo; ← and → move between the scores",
};

function element(tag, className, text = "", details = {}) {
  return Object.assign(document.createElement(tag), { className, textContent: text, ...details });
}

function button(text, hint, onclick, kind = "") {
  return element("button", `jupyter-widgets jupyter-button widget-button ${kind}`, text, { title: hint, onclick });
}

function render({ model, el }) {
  const root = element("section", "vidgo-rating mathjax_ignore tex2jax_ignore", "", { tabIndex: 0 });
  root.setAttribute("aria-label", "Blind rating");
  let addresses = [];
  let waiting = false;

  const send = (message) => {
    if (waiting) return;
    waiting = true;
    root.classList.add("vidgo-waiting");
    model.send({ ...message, token: model.get("shown").token });
  };
  const answer = (value) => () => send({ answer: value });

  function picture(data, description) {
    const address = URL.createObjectURL(new Blob([data], { type: "image/jpeg" }));
    addresses.push(address);
    return element("img", "", "", { src: address, alt: description, draggable: false });
  }

  function head(shown) {
    const line = element("div", "vidgo-rating-head");
    line.append(element("strong", "", shown.question));
    line.append(element("span", "vidgo-muted", shown.progress, { role: "status" }));
    const bar = element("progress", "", "", { max: Math.max(1, shown.total), value: shown.done });
    bar.setAttribute("aria-label", "Share of the study that is judged");
    const prompt = shown.prompt ? [element("div", "vidgo-rating-prompt", shown.prompt)] : [];
    return [line, bar, ...prompt];
  }

  function pair(shown) {
    const grid = element("div", "vidgo-rating-pair");
    const words = [["Left (1)", "left"], ["Right (2)", "right"]];
    shown.pictures.forEach((data, place) => {
      const side = element("div", "vidgo-rating-side");
      const [label, value] = words[place];
      side.append(picture(data, SIDES[place]), button(label, `The ${value} picture`, answer(value), "vidgo-choice"));
      grid.append(side);
    });
    return [grid, button("No difference (0)", "Neither of them", answer("tie"), "vidgo-choice vidgo-tie")];
  }

  function scale(shown) {
    const side = element("div", "vidgo-rating-side vidgo-rating-one");
    side.append(picture(shown.pictures[0], "Picture"));
    const scores = element("div", "vidgo-scores", "", { role: "group" });
    scores.setAttribute("aria-label", "Score");
    for (let score = 1; score <= shown.highest; score += 1) {
      const words = { 1: "lowest", [shown.highest]: "highest" }[score] ?? "";
      scores.append(button(`${score}`, `Score ${score} ${words}`.trim(), answer(score), "vidgo-score"));
    }
    const ends = element("div", "vidgo-score-ends vidgo-muted");
    ends.append(element("span", "", "1: not at all"), element("span", "", `${shown.highest}: completely`));
    return [side, scores, ends];
  }

  function judging(shown) {
    const row = element("div", "vidgo-row");
    const undo = button("Undo (U)", "Take the last judgement back", answer("undo"), "vidgo-small");
    undo.disabled = !shown.can_undo;
    row.append(button("Skip (S)", "Make no choice here", answer("skip"), "vidgo-small"), undo);
    row.append(button("Another rater", "Let somebody else go on", answer("rater"), "vidgo-small"));
    const keys = element("div", "vidgo-muted vidgo-keys", `Keys: ${HELP[shown.kind]}`);
    const idle = element("div", "vidgo-muted vidgo-no-keys", "Click here to use the keys.");
    return [...head(shown), ...(shown.kind === "pairs" ? pair(shown) : scale(shown)), row, keys, idle];
  }

  function naming(shown) {
    const form = element("div", "vidgo-row");
    const label = element("label", "", shown.done_by ? "Next rater " : "Who rates? ");
    const field = element("input", "", "", { type: "text", maxLength: 60, value: shown.rater, autocomplete: "off" });
    const list = element("datalist", "", "", { id: `vidgo-raters-${Math.random().toString(36).slice(2)}` });
    list.append(...shown.raters.map((value) => element("option", "", "", { value })));
    field.setAttribute("list", list.id);
    label.append(field);
    const start = () => send({ rater: field.value });
    form.append(label, list, button("Start", "Begin, or go on where this rater stopped", start, "vidgo-small mod-primary"));
    field.onkeydown = (event) => event.key === "Enter" && start(); // JupyterLab keeps a form from being submitted by it
    const rows = shown.can_undo ? [button("Undo (U)", "Take the last judgement back", answer("undo"), "vidgo-small")] : [];
    const about = "A name or a code, such as r1. It is kept with the judgements, and exported with them.";
    const said = shown.done_by ? [element("div", "", shown.done_by, { role: "status" }), ...rows] : [];
    return [element("strong", "", shown.question), ...said, form, element("div", "vidgo-muted", about)];
  }

  function draw() {
    const shown = model.get("shown");
    const focused = root.contains(document.activeElement);
    addresses.forEach(URL.revokeObjectURL);
    addresses = [];
    waiting = false;
    root.classList.remove("vidgo-waiting");
    const parts = shown.step === "judge" ? judging(shown) : naming(shown);
    const problems = shown.problem ? [element("div", "vidgo-wrong", shown.problem, { role: "alert" })] : [];
    const notes = shown.notes.map((note) => element("div", "vidgo-note", note));
    root.replaceChildren(...problems, ...parts, ...notes);
    if (focused) (root.querySelector("input") ?? root).focus({ preventScroll: true });
  }

  function move(event) {
    const scores = [...root.querySelectorAll(".vidgo-score")];
    const step = event.key === "ArrowRight" ? 1 : -1;
    const place = scores.indexOf(document.activeElement);
    scores[place < 0 ? Math.floor(scores.length / 2) : Math.min(Math.max(place + step, 0), scores.length - 1)]?.focus();
  }

  root.onkeydown = (event) => {
    const shown = model.get("shown");
    const other = event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement;
    if (other || (shown.step !== "judge" && !shown.can_undo)) return;
    const isScale = shown.step === "judge" && shown.kind === "scale";
    const isScore = isScale && event.key >= "1" && event.key <= `${shown.highest}` && event.key.length === 1;
    const keys = shown.step === "judge" && !isScale ? { ...PAIR_KEYS, ...COMMON_KEYS } : COMMON_KEYS;
    const meant = isScore ? Number(event.key) : keys[event.key];
    const moves = isScale && ["ArrowLeft", "ArrowRight"].includes(event.key);
    if (meant === undefined && !moves) return;
    if (shown.step !== "judge" && meant !== "undo") return;
    event.preventDefault();
    if (moves) move(event);
    else if (!event.repeat && !(meant === "undo" && !shown.can_undo)) send({ answer: meant });
  };
  el.append(root);
  model.on("change:shown", draw);
  draw();
  return () => {
    model.off("change:shown", draw);
    addresses.forEach(URL.revokeObjectURL);
  };
}

export default { render };
