/* Squares of a map by keyboard: arrows walk from one to the next, Enter chooses, Escape leaves; Shift and an arrow move
   the map, as arrows do while there is no result. What a sighted user reads at the pointer is said to a screen reader. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  var RING = { pane: "lulc-select", color: "#ffd400", weight: 3, dashArray: "5 4", fill: false, interactive: false };

  function Walk(view) {
    this.view = view;
    this.at = null; // row and column
    this.ring = null;
    var box = view.map.getContainer(), walk = this;
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", LULC.say("walk"));
    this.said = LULC.make("div", "lulc-said", box);
    this.said.setAttribute("role", "status");
    // Before Leaflet, which would move the map.
    box.addEventListener("keydown", function (event) { walk.key(event); }, true);
    box.addEventListener("blur", function () { walk.leave(); });
    view.map.on("click", function () { walk.leave(); });
  }

  Walk.prototype.key = function (event) {
    var view = this.view, step = STEPS[event.key];
    if (event.target !== view.map.getContainer() || !view.lattice || view.busy) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    var chooses = event.key === "Enter" || event.key === " ";
    if (!step && !(this.at && (chooses || event.key === "Escape"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (step) this.go(step);
    else if (chooses) view.click({ latlng: this.middle() });
    else this.leave();
  };

  Walk.prototype.go = function (step) {
    var grid = this.view.lattice, next = this.at ? [this.at[0] + step[0], this.at[1] + step[1]] : this.first();
    // Over what lies outside the drawn shape.
    while (this.at && next[0] >= 0 && next[1] >= 0 && next[0] < grid.rows && next[1] < grid.cols) {
      if (grid.inside[next[0] * grid.cols + next[1]]) break;
      next = [next[0] + step[0], next[1] + step[1]];
    }
    if (!next || next[0] < 0 || next[1] < 0 || next[0] >= grid.rows || next[1] >= grid.cols) return;
    this.at = next;
    this.show();
  };

  // The square in the middle of what is seen, or else the first of the drawn shape.
  Walk.prototype.first = function () {
    var grid = this.view.lattice, center = this.view.map.getCenter(), spot = grid.locate(center.lat, center.lng);
    if (spot) return [spot.row, spot.col];
    var index = grid.inside.indexOf(1);
    return index < 0 ? null : [Math.floor(index / grid.cols), index % grid.cols];
  };

  Walk.prototype.middle = function () {
    var place = this.view.lattice.place(this.at[0] + 0.5, this.at[1] + 0.5);
    return L.latLng(place.lat.at, place.lng.at);
  };

  Walk.prototype.show = function () {
    var view = this.view, map = view.map, grid = view.lattice, at = this.at, middle = this.middle();
    if (this.ring) this.ring.remove();
    this.ring = L.polygon([[0, 0], [0, 1], [1, 1], [1, 0]].map(function (d) { return grid.corner(at[0] + d[0], at[1] + d[1]); }), RING).addTo(map);
    map.panInside(middle, { padding: [70, 70], animate: false });
    view.hover({ latlng: middle, containerPoint: map.latLngToContainerPoint(middle) });
    this.said.textContent = view.readout.textContent;
  };

  Walk.prototype.leave = function () {
    if (this.ring) this.ring.remove();
    this.ring = this.at = null;
    this.said.textContent = "";
    this.view.readout.hidden = true;
  };

  LULC.walkByKeyboard = function (view) { return new Walk(view); };
})();
