/* The changed places of a comparison: an outline each, with the letter of what the ground became in its corner. They lie
   over both pictures and hide neither. Only outlines: what fills them is a layer of its own. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var LETTER_FROM_PX = 9, LETTERS_AT_MOST = 150, OF_SMALL_AT_MOST = 20;
  var CASING = { color: "#000", weight: 4, opacity: 0.75 }, LINE = { color: "#fff", weight: 2 };
  var CHOSEN_CASING = { color: "#000", weight: 7, opacity: 0.9 }, CHOSEN = { color: "#ffd23f", weight: 3.5 };

  // The rim of a place: corners of the lattice from line to line, each run of sides as one line.
  function rim(grid, cells) {
    var inside = new Set(cells), lines = [];
    function has(row, col) {
      return row >= 0 && col >= 0 && row < grid.rows && col < grid.cols && inside.has(row * grid.cols + col);
    }
    cells.forEach(function (i) {
      var row = Math.floor(i / grid.cols), col = i % grid.cols;
      [[-1, 0, 0, 0, 0, 1], [1, 0, 1, 0, 1, 1], [0, -1, 0, 0, 1, 0], [0, 1, 0, 1, 1, 1]].forEach(function (side) {
        if (has(row + side[0], col + side[1])) return;
        lines.push([grid.corner(row + side[2], col + side[3]), grid.corner(row + side[4], col + side[5])]);
      });
    });
    return lines;
  }

  LULC.Places = L.Layer.extend({
    initialize: function (grid, places, looks) {
      this._grid = grid;
      this._places = places; // {cells: [[index, ...], ...], to: [class, ...]}, strongest first
      this._looks = looks; // classes with letter, color and ink
      this._chosen = -1;
    },

    onAdd: function (map) {
      var canvas = (this._canvas = L.canvas({ pane: "lulc-places", padding: 0.3 })), grid = this._grid;
      var rims = (this._rims = this._places.cells.map(function (cells) { return rim(grid, cells); }));
      var all = [].concat.apply([], rims);
      this._group = L.layerGroup().addTo(map);
      this._letters = L.layerGroup().addTo(map);
      [CASING, LINE].forEach(function (look) { this._line(all, look).addTo(this._group); }, this);
      this._canvas = canvas;
      this._mark();
      this._write();
    },

    onRemove: function () {
      [this._group, this._letters, this._marked].forEach(function (layer) { if (layer) layer.remove(); });
      this._canvas.remove();
      this._marked = null;
    },

    getEvents: function () {
      return { moveend: this._write };
    },

    // Which place stands out; -1 for none.
    choose: function (index) {
      if (index === this._chosen) return;
      this._chosen = index;
      if (!this._map) return;
      this._mark();
      this._write();
    },

    _line: function (lines, look) {
      return L.polyline(lines, Object.assign({ renderer: this._canvas, interactive: false, lineCap: "square" }, look));
    },

    _mark: function () {
      if (this._marked) this._marked.remove();
      var lines = this._rims[this._chosen];
      if (!lines) return;
      this._marked = L.layerGroup([this._line(lines, CHOSEN_CASING), this._line(lines, CHOSEN)]).addTo(this._map);
    },

    // Letters of the places that are in sight and large enough, the strongest first.
    _write: function () {
      var map = this._map, grid = this._grid, seen = map.getBounds().pad(0.1), group = this._letters.clearLayers(), left = LETTERS_AT_MOST;
      this._places.cells.forEach(function (cells, k) {
        if (left < 1) return;
        // In the upper left corner: of the top row the first square.
        var first = cells.reduce(function (a, b) { return Math.min(a, b); }), row = Math.floor(first / grid.cols), col = first % grid.cols;
        var corner = grid.corner(row, col);
        if (!seen.contains(corner)) return;
        var a = map.latLngToLayerPoint(corner), b = map.latLngToLayerPoint(grid.corner(row + 1, col + 1));
        // From far, the letters of the strongest are how a place is found at all; they stand beside it.
        var small = b.x - a.x < LETTER_FROM_PX;
        if (small && k >= OF_SMALL_AT_MOST) return;
        left--;
        var look = this._looks.classes[this._places.to[k]];
        var icon = L.divIcon({ className: "lulc-letter" + (k === this._chosen ? " lulc-letter-chosen" : ""), html: "", iconSize: [16, 16], iconAnchor: small ? [20, 20] : [1, 1] });
        var marker = L.marker(corner, { icon: icon, pane: "lulc-places", interactive: false, keyboard: false }).addTo(group);
        var box = marker.getElement();
        box.textContent = look.letter;
        box.style.background = look.color;
        box.style.color = look.ink;
      }, this);
    },
  });
})();
