/* Two pictures of one place, one on each side of a divider. The divider follows the mouse, a finger or the arrow keys.
   Each side has a pane of its own that is clipped; the pictures in it may change without the divider moving. */
(function () {
  "use strict";
  var STEP = 0.02, BIG_STEP = 0.1;

  L.Swipe = L.Layer.extend({
    statics: { words: { divider: "", divider_at: "", second_map: "" } }, // in the reader's language, from Python

    initialize: function (panes, share, onMove) {
      this._panes = panes; // names of the left and of the right pane
      this._share = share; // where the divider stands, 0 to 1 of the map's width
      this._onMove = onMove;
    },

    onAdd: function (map) {
      var box = map.getContainer(), bar = (this._bar = L.DomUtil.create("div", "lulc-swipe", box));
      L.DomUtil.create("span", "", bar).textContent = "⇔";
      this._left = L.DomUtil.create("div", "lulc-swipe-day lulc-swipe-left", box);
      this._right = L.DomUtil.create("div", "lulc-swipe-day lulc-swipe-right", box);
      bar.tabIndex = 0;
      bar.setAttribute("role", "slider");
      bar.setAttribute("aria-label", L.Swipe.words.divider);
      bar.setAttribute("aria-valuemin", "0");
      bar.setAttribute("aria-valuemax", "100");
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(bar, "pointerdown", this._grab, this);
      L.DomEvent.on(bar, "pointermove", this._drag, this);
      L.DomEvent.on(bar, "pointerup pointercancel", this._drop, this);
      L.DomEvent.on(bar, "keydown", this._key, this);
      this._label();
      this._clip();
    },

    onRemove: function (map) {
      [this._bar, this._left, this._right].forEach(L.DomUtil.remove);
      this._panes.forEach(function (name) { map.getPane(name).style.clip = ""; });
    },

    getEvents: function () {
      return { move: this._clip, zoomend: this._clip, viewreset: this._clip, resize: this._clip };
    },

    name: function (left, right) {
      this._days = [left, right];
      if (this._map) this._label();
      return this;
    },

    share: function () {
      return this._share;
    },

    _label: function () {
      if (!this._days) return;
      this._left.textContent = this._days[0];
      this._right.textContent = this._days[1];
    },

    _move: function (share) {
      this._share = Math.min(Math.max(share, 0), 1);
      this._clip();
      this._onMove(this._share);
    },

    _clip: function () {
      var map = this._map, size = map.getSize(), x = Math.round(size.x * this._share);
      var a = map.containerPointToLayerPoint([0, 0]), b = map.containerPointToLayerPoint([size.x, size.y]), at = a.x + x;
      function rect(left, right) {
        return "rect(" + [a.y, right, b.y, left].map(function (v) { return v + "px"; }).join(",") + ")";
      }
      map.getPane(this._panes[0]).style.clip = rect(a.x, at);
      map.getPane(this._panes[1]).style.clip = rect(at, b.x);
      this._bar.style.left = x + "px";
      this._left.style.right = size.x - x + 8 + "px";
      this._right.style.left = x + 8 + "px";
      this._bar.setAttribute("aria-valuenow", String(Math.round(100 * this._share)));
      var days = this._days || ["", ""], value = L.Swipe.words.divider_at.replace("{share}", Math.round(100 * this._share));
      this._bar.setAttribute("aria-valuetext", value.replace("{before}", days[0]).replace("{after}", days[1]));
    },

    _grab: function (event) {
      L.DomEvent.stop(event);
      this._bar.focus();
      this._bar.setPointerCapture(event.pointerId);
      this._held = true;
    },

    _drag: function (event) {
      if (!this._held) return;
      L.DomEvent.stop(event);
      var box = this._map.getContainer().getBoundingClientRect();
      this._move((event.clientX - box.left) / box.width);
    },

    _drop: function () {
      this._held = false;
    },

    _key: function (event) {
      var step = event.shiftKey ? BIG_STEP : STEP;
      var to = { ArrowLeft: this._share - step, ArrowRight: this._share + step, Home: 0, End: 1 }[event.key];
      if (to === undefined) return;
      L.DomEvent.stop(event); // else the map pans
      this._move(to);
    },
  });
})();
