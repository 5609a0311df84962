// A table whose cells can be chosen: with a click, or with the arrow keys and Enter. The page says what is in it.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".box");
  const root = box.getRootNode();
  const held = root.activeElement && box.contains(root.activeElement) ? root.activeElement.dataset.pick : null;
  if (box.dataset.html !== data.html) {
    box.dataset.html = data.html;
    box.innerHTML = data.html;
  }
  const cells = [...box.querySelectorAll("button[data-r]")];
  const at = (r, c) => cells.find((b) => b.dataset.r === String(r) && b.dataset.c === String(c));
  // One stop for the Tab key: the chosen cell, else the first; the arrows go on from there.
  const stop = cells.find((b) => b.getAttribute("aria-pressed") === "true") || cells[0];
  for (const b of cells) b.tabIndex = b === stop ? 0 : -1;
  if (held) {
    const again = [...box.querySelectorAll("button[data-pick]")].find((b) => b.dataset.pick === held);
    if (again) again.focus({ preventScroll: true });
  }

  box.onclick = (event) => {
    const button = event.target.closest("button[data-pick]");
    if (!button) return;
    setTriggerValue("pick", button.dataset.pick);
    // What was chosen may be shown outside of the window, as on a phone.
    const shown = data.reveal && document.querySelector(data.reveal);
    if (shown && (shown.getBoundingClientRect().top < 0 || shown.getBoundingClientRect().top > innerHeight - 120))
      shown.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  box.onkeydown = (event) => {
    const b = event.target.closest("button[data-r]");
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!b) return;
    let next;
    if (step) next = at(Number(b.dataset.r) + step[0], Number(b.dataset.c) + step[1]);
    else if (event.key === "Home") next = at(b.dataset.r, 0);
    else if (event.key === "End") next = cells.filter((o) => o.dataset.r === b.dataset.r).pop();
    else return;
    event.preventDefault();
    if (next) {
      for (const o of cells) o.tabIndex = o === next ? 0 : -1;
      next.focus();
    }
  };
}
