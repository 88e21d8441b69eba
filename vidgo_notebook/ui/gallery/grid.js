// A page of thumbnails. The kernel says what is on it, and sends a thumbnail when the page says that it has none: after
// the names are drawn, so that no picture is decoded while a person waits for them.
const BUSY_FOR = 400; // milliseconds; thumbnails that come sooner need no line that says so
const MOST_KEPT = 600; // thumbnails, some 10 kB each

function element(tag, className, text = "", details = {}) {
  return Object.assign(document.createElement(tag), { className, textContent: text, ...details });
}

// Thumbnails by the key of their picture, as addresses that an img takes; the oldest go first.
class Thumbnails {
  addresses = new Map();

  add(key, data) {
    if (this.addresses.has(key)) return;
    this.addresses.set(key, URL.createObjectURL(new Blob([data], { type: "image/jpeg" })));
    if (this.addresses.size > MOST_KEPT) this.drop(this.addresses.keys().next().value);
  }

  get(key) {
    const address = this.addresses.get(key);
    if (address && this.addresses.delete(key)) this.addresses.set(key, address); // the newest now
    return address;
  }

  drop(key) {
    URL.revokeObjectURL(this.addresses.get(key));
    this.addresses.delete(key);
  }

  clear() {
    for (const key of [...this.addresses.keys()]) this.drop(key);
  }
}

// A place for a picture: it shows one after another, so that the focus stays where it is.
class Tile {
  key = "";

  constructor(choose) {
    this.root = element("div", "vidgo-tile");
    this.blank = element("div", "vidgo-blank", "…");
    this.image = element("img", "", "", { alt: "", draggable: false }); // its words are beside it
    this.check = element("input", "", "", { type: "checkbox" });
    this.name = element("span", "");
    this.detail = element("div", "vidgo-muted", "", { id: `vidgo-${Math.random().toString(36).slice(2)}` });
    this.check.setAttribute("aria-describedby", this.detail.id);
    this.check.onchange = () => choose(this.key, this.check.checked);
    this.label = element("label", "");
    this.label.append(this.check, this.name);
    this.root.append(this.blank, this.label, this.detail);
  }

  put(tile) {
    this.key = tile.key ?? "";
    this.label.hidden = !this.key;
    this.name.textContent = tile.name ?? "";
    const parts = (tile.detail ?? "").split(/(?<=·) /).map((part) => element("span", "vidgo-part", part)); // a date stays whole
    this.detail.replaceChildren(...parts.flatMap((part) => [part, " "]));
  }

  show(address, isLost) {
    if (address && this.image.getAttribute("src") !== address) this.image.src = address;
    this.blank.textContent = isLost ? "missing or damaged" : "…";
    const shown = address ? this.image : this.blank;
    if (this.root.firstChild !== shown) this.root.firstChild.replaceWith(shown);
  }
}

function render({ model, el }) {
  const root = element("div", "vidgo-page mathjax_ignore tex2jax_ignore");
  const status = element("div", "vidgo-page-status vidgo-muted");
  const making = element("span", "", "", { role: "status" });
  const news = element("span", "", "", { role: "status" });
  const showNew = element("button", "vidgo-link", "Show", { title: "Show the new pictures", hidden: true });
  const view = Math.random().toString(36).slice(2);
  const grid = element("div", "vidgo-grid", "", { role: "group" });
  grid.setAttribute("aria-label", "Pictures on this page");
  status.append(news, showNew, making);
  root.append(status, grid);
  const thumbnails = new Thumbnails();
  const places = [];
  let lost = new Set();
  let shown = [];
  let busy = 0;

  function choose(key, isChosen) {
    const others = model.get("selected").filter((each) => each !== key);
    model.set("selected", isChosen ? [...others, key] : others);
    model.save_changes();
  }

  function drawSelected() {
    const selected = new Set(model.get("selected"));
    for (const tile of shown) tile.check.checked = selected.has(tile.key);
  }

  const missing = () => shown.map((tile) => tile.key).filter((key) => key && !thumbnails.addresses.has(key));

  function drawThumbnails() {
    for (const tile of shown) tile.show(thumbnails.get(tile.key), lost.has(tile.key));
    const waiting = missing().filter((key) => !lost.has(key)).length;
    if (!waiting) clearTimeout(busy);
    const isSaid = waiting && busy === 0;
    making.textContent = isSaid ? `Thumbnails: ${shown.length - waiting} of ${shown.length}` : "";
  }

  function sayLater() {
    clearTimeout(busy);
    busy = setTimeout(() => {
      busy = 0;
      drawThumbnails();
    }, BUSY_FOR);
  }

  function draw() {
    const { waiting, tiles } = model.get("page");
    const wanted = waiting ? Array(waiting).fill({}) : tiles;
    while (places.length < wanted.length) places.push(new Tile(choose));
    const isOther = !waiting && wanted.some((tile, place) => tile.key !== shown[place]?.key);
    for (const place of places.slice(wanted.length)) place.root.remove();
    shown = places.slice(0, wanted.length);
    shown.forEach((place, number) => place.put(wanted[number]));
    grid.append(...shown.filter((place) => place.root.parentNode !== grid).map((place) => place.root));
    if (isOther) {
      lost = new Set();
      sayLater();
    }
    drawSelected();
    drawThumbnails();
    if (!isOther) return;
    model.send({ missing: missing() });
    // Two frames on, the first of them is on the screen.
    requestAnimationFrame(() => requestAnimationFrame(() => model.send({ drawn: missing() })));
  }

  function drawNews() {
    const text = model.get("news");
    news.textContent = text && `${text}: `;
    showNew.hidden = !text;
  }

  showNew.onclick = () => {
    grid.querySelector("input")?.focus({ preventScroll: true }); // the button goes
    model.send({ show_new: true });
  };

  // While a person is at the pictures, the kernel leaves them where they are.
  function sayUse() {
    const isUsed = grid.matches(":hover") || grid.contains(document.activeElement);
    if (model.get("in_use") === isUsed) return;
    model.set("in_use", isUsed);
    model.save_changes();
  }

  // The arrow keys go from picture to picture, as in a list; Tab does too.
  function move(event) {
    const checks = shown.filter((tile) => tile.key).map((tile) => tile.check);
    const place = checks.indexOf(event.target);
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const next = place < 0 ? undefined : checks[place + steps[event.key]];
    if (!next || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    next.focus();
  }

  function take(message, buffers) {
    (message.thumbnails ?? []).forEach((key, place) => thumbnails.add(key, buffers[place]));
    for (const key of message.lost ?? []) lost.add(key);
    drawThumbnails();
  }

  const width = new ResizeObserver(() => {
    if (grid.offsetParent) model.send({ columns: getComputedStyle(grid).gridTemplateColumns.split(" ").length });
  });
  for (const event of ["pointerenter", "pointerleave", "focusin", "focusout"]) {
    grid.addEventListener(event, () => requestAnimationFrame(sayUse)); // then the focus is where it goes
  }
  grid.addEventListener("keydown", move);
  const heard = { "change:page": draw, "change:news": drawNews, "change:selected": drawSelected, "msg:custom": take };
  for (const [event, act] of Object.entries(heard)) model.on(event, act);
  el.append(root);
  draw();
  drawNews();
  width.observe(grid);
  model.send({ view, seen: true });
  return () => {
    for (const [event, act] of Object.entries(heard)) model.off(event, act);
    width.disconnect();
    model.send({ view, seen: false });
    clearTimeout(busy);
    thumbnails.clear();
  };
}

export default { render };
