// The presentation: one frame at a time, as large as its room allows, nothing of it below an edge. Keys are in `steps`
// and `switches`. Everything that comes from the result or the user is set as text, never as markup.
const LEAST_FIT = 0.4;
const STILL_MS = 2500;

const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

// /media/... hangs on the app's own folder, one step above the page's name.
const address = (path) => (path ? "." + path : "");

function tableOf(table) {
  const box = make("div", "scroll");
  box.tabIndex = 0;
  const node = make("table");
  node.append(make("caption", "", table.caption));
  const row = (cells, head) => {
    const tr = make("tr");
    cells.forEach((cell, k) => {
      const th = make(head || k === 0 ? "th" : "td", table.numeric[k] ? "n" : "", cell);
      if (head) th.scope = "col";
      else if (k === 0) th.scope = "row";
      tr.append(th);
    });
    return tr;
  };
  const top = make("thead");
  top.append(row(table.header, true));
  const body = make("tbody");
  table.rows.forEach((cells) => body.append(row(cells, false)));
  node.append(top, body);
  box.append(node);
  return box;
}

function pictureOf(picture) {
  const node = make("figure");
  const room = make("div", "room");
  const image = make("img");
  image.decoding = "sync";
  image.src = address(picture.url);
  image.alt = picture.alt;
  room.append(image);
  node.append(room);
  if (picture.caption) node.append(make("figcaption", "", picture.caption));
  return node;
}

function swipeOf(sides, words) {
  const node = make("figure", "swipe");
  const room = make("div", "room");
  const box = make("div", "two");
  box.style.setProperty("--ratio", sides[0].ratio);
  const [before, after] = sides.map((side) => {
    const image = make("img");
    image.src = address(side.url);
    image.alt = side.label;
    return image;
  });
  after.className = "over";
  const line = make("div", "line");
  const slider = make("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = 100;
  slider.value = 50;
  slider.setAttribute("aria-label", words.divider);
  const show = () => {
    after.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
    line.style.left = slider.value + "%";
    slider.setAttribute("aria-valuetext", `${sides[0].label} ${slider.value} %`);
  };
  slider.addEventListener("input", show);
  box.append(before, after, line, make("span", "tag left", sides[0].label), make("span", "tag right", sides[1].label), slider);
  room.append(box);
  node.append(room, make("figcaption", "", words.drag));
  show();
  return node;
}

// A frame on its leaf: title and sentences, and beside or under them what is to be seen.
function leafOf(frame, data) {
  const leaf = make("div", "leaf");
  const paper = make("div", `paper ${frame.layout}`);
  paper.setAttribute("role", "group");
  paper.setAttribute("aria-roledescription", data.words.slide);
  paper.setAttribute("aria-label", frame.title);
  const head = make("div", "head");
  if (data.banner) head.append(make("div", "banner", data.banner));
  if (frame.over) head.append(make("p", "over-title", frame.over));
  head.append(make("h2", "", frame.title));
  const text = make("div", "text");
  frame.lines.forEach((line) => text.append(make("p", "line", line)));
  if (frame.care) {
    const doubt = make("p", "doubt", frame.care);
    doubt.setAttribute("role", "note");
    text.append(doubt);
  }
  if (frame.comment) {
    const note = make("div", "comment", frame.comment);
    note.dir = "auto";
    note.setAttribute("role", "note");
    text.append(note);
  }
  paper.append(head);
  if (text.children.length) paper.append(text);
  else paper.classList.add("bare");
  if (frame.swipe) paper.append(swipeOf(frame.swipe, data.words));
  else if (frame.picture) paper.append(pictureOf(frame.picture));
  leaf.append(paper);
  return leaf;
}

// Letters as large as they can be: smaller only where the words of a frame would not fit otherwise.
function fit(leaf) {
  const paper = leaf.firstElementChild;
  const spills = () =>
    [paper, ...paper.children].some((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1);
  let size = 1;
  paper.style.setProperty("--fit", size);
  while (leaf.clientHeight && spills() && size > LEAST_FIT) {
    size -= 0.04;
    paper.style.setProperty("--fit", size);
  }
}

export default function (component) {
  const { data, parentElement } = component;
  const stage = parentElement.querySelector(".stage");
  const words = data.words;
  stage.lang = data.lang;
  const keep = stage.lulc || (stage.lulc = { at: 0, notes: false, counter: true });
  keep.at = Math.min(keep.at, data.frames.length - 1);
  if (stage.dataset.version === data.version) return undefined;
  stage.dataset.version = data.version;

  const foot = make("div", "foot");
  const told = make("span", "told");
  told.setAttribute("aria-live", "polite");
  const button = (label, text, act) => {
    const node = make("button", "", text);
    node.type = "button";
    node.title = label;
    node.setAttribute("aria-label", label);
    node.addEventListener("click", act);
    return node;
  };
  const drawn = (d) => {
    const ns = "http://www.w3.org/2000/svg"; // not every font has a sign for it
    const svg = document.createElementNS(ns, "svg");
    const path = document.createElementNS(ns, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", d);
    svg.append(path);
    return svg;
  };
  const back = button(words.previous, "‹", () => go(keep.at - 1));
  const next = button(words.next, "›", () => go(keep.at + 1));
  const noted = button(words.notes, "", () => toggle("notes"));
  noted.append(drawn("M2 3h12M2 6.5h12M2 10h12M2 13.5h7"));
  const full = button(words.full, "", fill);
  full.append(drawn("M1.5 5.5v-4h4M10.5 1.5h4v4M14.5 10.5v4h-4M5.5 14.5h-4v-4"));
  foot.append(make("span", "source", data.attribution), told, back, next, noted, full);
  const notes = make("div", "notes");
  notes.tabIndex = 0;
  notes.setAttribute("role", "region");
  notes.setAttribute("aria-label", words.notes);
  let leaf = make("div", "leaf");
  stage.replaceChildren(leaf, notes, foot);
  const seen = data.frames.flatMap((f) => [f.picture, ...(f.swipe || [])]).filter(Boolean);
  const ready = seen.map((picture) => Object.assign(new Image(), { src: address(picture.url) }));

  function draw() {
    const frame = data.frames[keep.at];
    const fresh = leafOf(frame, data);
    leaf.replaceWith(fresh);
    leaf = fresh;
    notes.replaceChildren(
      ...frame.notes.map((line) => make("p", "", line)),
      ...frame.tables.map(tableOf),
      make("p", "keys", words.keys),
    );
    notes.hidden = !keep.notes;
    notes.scrollTop = 0;
    noted.setAttribute("aria-pressed", String(keep.notes));
    told.hidden = !keep.counter;
    told.textContent = words.of.replace("{at}", keep.at + 1).replace("{all}", data.frames.length);
    back.disabled = keep.at === 0;
    next.disabled = keep.at === data.frames.length - 1;
    fit(leaf);
  }

  function go(to) {
    const at = Math.max(0, Math.min(data.frames.length - 1, to));
    if (at === keep.at) return;
    keep.at = at;
    draw();
  }

  function toggle(what) {
    keep[what] = !keep[what];
    draw();
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (stage.requestFullscreen) stage.requestFullscreen();
  }

  const onward = (i) => i + 1;
  const backward = (i) => i - 1;
  const steps = {
    ArrowRight: onward, ArrowDown: onward, PageDown: onward, " ": onward,
    ArrowLeft: backward, ArrowUp: backward, PageUp: backward,
    Home: () => 0, End: () => data.frames.length - 1,
  };
  const switches = { f: fill, n: () => toggle("notes"), c: () => toggle("counter") };

  // What was clicked keeps the focus, and must not take the keys of the presentation; what was reached with Tab may.
  let byTab = false;
  const pressed = () => (byTab = false);
  function wanted(target, name) {
    if (!(target instanceof HTMLElement)) return false;
    const typing = target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
    if (typing || (target.tagName === "INPUT" && !/^(range|radio|checkbox|button)$/.test(target.type))) return true;
    if (target.closest("[role=dialog], [role=listbox], [role=menu], [data-baseweb=popover]")) return true;
    if (target.closest(".notes") && /^(Arrow(Up|Down)|Page|Home|End| )/.test(name)) return byTab;
    if (!byTab) return false;
    if (name === " ") return Boolean(target.closest("button, summary, a, label, input, [role=button], [role=radio]"));
    return name.startsWith("Arrow") && Boolean(target.closest("input, [role=radiogroup], [role=slider], [role=tablist]"));
  }
  function key(event) {
    if (event.key === "Tab") byTab = true;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = steps[event.key];
    const act = switches[event.key.toLowerCase()];
    // The innermost element, through the shadow roots.
    if ((!step && !act) || wanted(event.composedPath()[0], event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) go(step(keep.at));
    else act();
  }

  let from = null;
  const down = (event) => {
    const inside = event.target.closest && event.target.closest(".two, .scroll, .notes");
    from = inside ? null : [event.changedTouches[0].clientX, event.changedTouches[0].clientY];
  };
  const up = (event) => {
    if (!from) return;
    const x = event.changedTouches[0].clientX - from[0];
    const y = event.changedTouches[0].clientY - from[1];
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) go(keep.at + (x < 0 ? 1 : -1));
    from = null;
  };
  let waiting = 0;
  const moved = () => {
    stage.classList.remove("still");
    clearTimeout(waiting);
    waiting = setTimeout(() => stage.classList.add("still"), STILL_MS);
  };

  // On paper every frame has a page.
  const toPaper = () => {
    const printed = make("div", "printed");
    printed.append(...data.frames.map((frame) => leafOf(frame, data)));
    stage.append(printed);
    printed.querySelectorAll(".leaf").forEach((sheet) => {
      sheet.append(make("div", "source", data.attribution));
      fit(sheet);
    });
  };
  const fromPaper = () => stage.querySelectorAll(".printed").forEach((node) => node.remove());

  if (keep.quit) keep.quit();
  const sized = new ResizeObserver(() => fit(leaf));
  const listens = [
    [window, "keydown", key, true],
    [window, "pointerdown", pressed, true],
    [window, "beforeprint", toPaper, false],
    [window, "afterprint", fromPaper, false],
    [stage, "touchstart", down, { passive: true }],
    [stage, "touchend", up, { passive: true }],
    [stage, "pointermove", moved, { passive: true }],
  ];
  listens.forEach(([node, name, act, how]) => node.addEventListener(name, act, how));
  keep.quit = () => {
    listens.forEach(([node, name, act, how]) => node.removeEventListener(name, act, how));
    sized.disconnect();
    clearTimeout(waiting);
    ready.length = 0;
  };
  draw();
  sized.observe(stage);
  return () => keep.quit();
}
