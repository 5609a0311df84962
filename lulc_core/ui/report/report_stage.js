// The presentation: one slide at a time, large. Arrow keys, Page keys, Home, End, swipe; F fills the screen.
// Everything that comes from the result or the user is set as text, never as markup.
export default function (component) {
  const { data, parentElement } = component;
  const stage = parentElement.querySelector(".stage");
  const words = data.words;
  stage.lang = data.lang;
  const keep = stage.lulc || (stage.lulc = { at: 0, open: false });
  keep.at = Math.min(keep.at, data.slides.length - 1);
  if (stage.dataset.version === data.version) return undefined;
  stage.dataset.version = data.version;

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

  function figure(picture, className) {
    const node = make("figure", className);
    const image = make("img");
    image.src = address(picture.url);
    image.alt = picture.alt;
    node.append(image);
    if (picture.caption) node.append(make("figcaption", "", picture.caption));
    return node;
  }

  function swipe(sides) {
    const node = make("figure", "swipe");
    const box = make("div", "two");
    const [before, after] = sides.map((side) => {
      const image = make("img");
      image.src = address(side.url);
      image.alt = side.label;
      return image;
    });
    after.className = "over";
    const line = make("div", "line");
    const left = make("span", "tag left", sides[0].label);
    const right = make("span", "tag right", sides[1].label);
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
    box.append(before, after, line, left, right, slider);
    node.append(box, make("figcaption", "", words.drag));
    show();
    return node;
  }

  function more(label, nodes, open) {
    const node = make("details", "more");
    node.append(make("summary", "", label), ...nodes);
    node.open = open;
    return node;
  }

  const paper = make("div", "paper");
  paper.setAttribute("role", "group");
  paper.setAttribute("aria-roledescription", words.slide);
  const foot = make("div", "foot");
  const source = make("span", "source", data.attribution);
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
  function corners() {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    const path = document.createElementNS(ns, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M1.5 5.5v-4h4M10.5 1.5h4v4M14.5 10.5v4h-4M5.5 14.5h-4v-4");
    svg.append(path);
    return svg;
  }
  const back = button(words.previous, "‹", () => go(keep.at - 1));
  const next = button(words.next, "›", () => go(keep.at + 1));
  const full = button(words.full, "", fill);
  full.append(corners()); // drawn: not every font has a sign for it
  foot.append(source, told, back, next, full);
  const stamp = data.banner ? make("div", "banner", data.banner) : null;
  stage.replaceChildren(...(stamp ? [stamp] : []), paper, foot);

  function draw() {
    const s = data.slides[keep.at];
    paper.setAttribute("aria-label", s.title);
    paper.className = "paper " + s.key;
    const text = make("div", "text");
    if (keep.at === 0) text.append(make("p", "whole", data.title));
    text.append(make("h2", "", s.title));
    const doubts = s.cautions.map((line) => {
      const doubt = make("p", "doubt", line);
      doubt.setAttribute("role", "note");
      return doubt;
    });
    // The first sentence says how much was named; what to doubt comes right after it.
    const [first, ...rest] = s.lines.map((line) => make("p", "line", line));
    text.append(...(first ? [first] : []), ...doubts, ...rest);
    if (s.comment) {
      const note = make("div", "comment", s.comment);
      note.dir = "auto";
      note.setAttribute("role", "note");
      text.append(note);
    }
    if (s.table) text.append(more(words.table, [tableOf(s.table)], false));
    if (s.details.length || s.detail_table) {
      const inner = s.details.map((line) => make("p", "detail", line));
      if (s.detail_table) inner.push(tableOf(s.detail_table));
      text.append(more(words.details, inner, false));
    }
    const seen = make("div", "seen");
    if (s.swipe) seen.append(swipe(s.swipe));
    if (s.picture) seen.append(figure(s.picture, s.swipe ? "second" : "first"));
    if (s.chart) seen.append(figure(s.chart, "chart"));
    paper.replaceChildren(text, ...(seen.children.length ? [seen] : []));
    seen.querySelectorAll("img").forEach((image) => image.addEventListener("load", more_below));
    paper.classList.toggle("words-only", !seen.children.length);
    paper.scrollTop = 0;
    more_below();
    told.textContent = words.of.replace("{at}", keep.at + 1).replace("{all}", data.slides.length);
    back.disabled = keep.at === 0;
    next.disabled = keep.at === data.slides.length - 1;
  }

  // What goes on below the edge is seen to go on.
  function more_below() {
    paper.classList.toggle("below", paper.scrollHeight - paper.scrollTop - paper.clientHeight > 8);
  }

  function go(to) {
    const at = Math.max(0, Math.min(data.slides.length - 1, to));
    if (at === keep.at) return;
    keep.at = at;
    draw();
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (stage.requestFullscreen) stage.requestFullscreen();
  }

  const steps = {
    ArrowRight: (i) => i + 1, PageDown: (i) => i + 1, " ": (i) => i + 1,
    ArrowLeft: (i) => i - 1, PageUp: (i) => i - 1,
    Home: () => 0, End: () => data.slides.length - 1,
  };
  function key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // The innermost element, through the shadow roots: a text field or the divider wants its keys for itself.
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))) return;
    if (event.key === " " && target instanceof HTMLElement && /^(BUTTON|SUMMARY|A)$/.test(target.tagName)) return;
    const own = event.composedPath().includes(stage);
    if (!own && target instanceof HTMLElement && target.closest("[role=radiogroup], [role=dialog], [role=listbox], [role=tablist]")) return;
    if ((event.key === "f" || event.key === "F") && (own || target === document.body)) fill();
    else if (steps[event.key]) {
      if (paper.scrollHeight > paper.clientHeight + 4 && event.key === " ") return;
      event.preventDefault();
      go(steps[event.key](keep.at));
    }
  }
  let from = null;
  const down = (event) => {
    const inside = event.target.closest && event.target.closest(".two, .scroll");
    from = inside ? null : [event.changedTouches[0].clientX, event.changedTouches[0].clientY];
  };
  const up = (event) => {
    if (!from) return;
    const x = event.changedTouches[0].clientX - from[0];
    const y = event.changedTouches[0].clientY - from[1];
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) go(keep.at + (x < 0 ? 1 : -1));
    from = null;
  };
  if (keep.quit) keep.quit();
  document.addEventListener("keydown", key);
  paper.addEventListener("scroll", more_below, { passive: true });
  const sized = new ResizeObserver(more_below);
  paper.addEventListener("touchstart", down, { passive: true });
  paper.addEventListener("touchend", up, { passive: true });
  keep.quit = () => {
    document.removeEventListener("keydown", key);
    sized.disconnect();
  };
  draw();
  sized.observe(paper);
  return () => keep.quit();
}
