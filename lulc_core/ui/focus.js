// Keyboard focus stays where one works: Streamlit replaces what was pressed, and the browser would begin at the top of
// the page again. Focus goes to the same place of the new page, then to what is to be pressed next, once it can be.
(function () {
  "use strict";
  if (window.lulcFocus) return;
  window.lulcFocus = true;
  const CAN = "button:not([disabled]), a[href], input:not([disabled]), select, textarea, summary, [tabindex='0']";
  const NEXT = ".st-key-action button:not([disabled]), .st-key-cmp-first button";
  const WAIT_MS = 60000;
  let last = null, places = [], given = null, until = 0, byKeyboard = false;

  function keysOf(element) {
    const found = [];
    for (let e = element; e && e !== document.body; e = e.parentElement)
      for (const name of e.classList || []) if (name.startsWith("st-key-")) found.push(name);
    return found;
  }

  function lost() {
    return document.activeElement === document.body || document.activeElement === given;
  }

  function give(element) {
    given = element;
    element.focus({ preventScroll: true });
  }

  // The map calls it where an area was taken by keyboard: one goes on beside it.
  window.lulcGoOn = () => {
    document.activeElement.blur();
    [byKeyboard, last, places, until] = [true, document.body, ["st-key-panel"], Date.now() + WAIT_MS];
  };

  document.addEventListener("keydown", () => { byKeyboard = true; }, true);
  // A typed day or period counts once its calendar closes: Enter closes it, as Escape does.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-testid=stDateInput] [role=spinbutton]")) return;
    event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  }, true);
  document.addEventListener("pointerdown", () => { byKeyboard = false; until = 0; }, true);
  document.addEventListener("focusin", (event) => {
    if (event.target === given) return;
    last = event.target;
    places = keysOf(last);
    until = 0;
  });
  new MutationObserver(() => {
    if (!byKeyboard || !last || !lost()) return;
    if (!until) {
      if (last.isConnected && !last.disabled) return;
      until = Date.now() + WAIT_MS;
    }
    if (Date.now() > until) return;
    const next = places.includes("st-key-panel") && document.querySelector(NEXT);
    if (next && next !== given) give(next);
    if (next || (given && given.isConnected)) return;
    for (const place of places) {
      const around = document.querySelector("." + CSS.escape(place));
      const found = around && (around.querySelector("summary") || around.querySelector(CAN));
      if (found) {
        give(found);
        return;
      }
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
})();
