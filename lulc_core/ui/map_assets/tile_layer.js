/* Class tiles and confidence, drawn on one canvas: sharp at every zoom, true to the lattice, clipped to the drawn shape. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var NO_CLASS = 255, LETTER_FROM_PX = 17, UNSURE = 16;

  function hatch(context, color) {
    var tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    var pen = tile.getContext("2d");
    pen.fillStyle = color + "66";
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(-1, 9);
    pen.lineTo(9, -1);
    pen.stroke();
    return context.createPattern(tile, "repeat");
  }

  LULC.TileLayer = L.Layer.extend({
    initialize: function (lattice, looks) {
      this.lattice = lattice;
      this.looks = looks; // classes and confidence steps with color and ink, left_out
      this.mode = "classes";
      this.only = null; // id of the one class that is shown; null shows all
      this.opacity = 1;
    },

    onAdd: function (map) {
      this._canvas = L.DomUtil.create("canvas", "lulc-tiles leaflet-zoom-animated");
      this._canvas.setAttribute("role", "img");
      this._canvas.setAttribute("aria-label", "Land cover tiles; the table beside the map says the same in numbers.");
      map.getPane("lulc-tiles").appendChild(this._canvas);
      this._draw();
    },

    onRemove: function () {
      L.DomUtil.remove(this._canvas);
    },

    getEvents: function () {
      return { moveend: this._draw, resize: this._draw, viewreset: this._draw, zoomanim: this._follow };
    },

    show: function (mode, only, opacity) {
      if (mode === this.mode && only === this.only && opacity === this.opacity) return;
      this.mode = mode;
      this.only = only;
      this.opacity = opacity;
      if (this._map) this._draw();
    },

    _follow: function (event) {
      var scale = this._map.getZoomScale(event.zoom, this._zoom);
      L.DomUtil.setTransform(this._canvas, this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center), scale);
    },

    _draw: function () {
      var map = this._map, size = map.getSize(), ratio = window.devicePixelRatio || 1, canvas = this._canvas;
      // Half a map of margin on every side, so that a drag shows no empty edge before it ends.
      var margin = size.multiplyBy(0.5).floor(), full = size.add(margin.multiplyBy(2));
      var origin = map.containerPointToLayerPoint(L.point(0, 0)).subtract(margin);
      canvas.width = full.x * ratio;
      canvas.height = full.y * ratio;
      canvas.style.width = full.x + "px";
      canvas.style.height = full.y + "px";
      canvas.style.opacity = this.opacity;
      this._zoom = map.getZoom();
      this._corner = map.layerPointToLatLng(origin);
      L.DomUtil.setTransform(canvas, origin, 1);
      if (this.mode === "none") return;
      var pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._paint(pen, origin, full);
    },

    _paint: function (pen, origin, full) {
      var map = this._map, grid = this.lattice, rows = grid.rows, cols = grid.cols;
      function at(latlng) {
        return map.latLngToLayerPoint(latlng).subtract(origin);
      }
      // Corner points once, shared by the four tiles around each.
      var xs = new Float32Array((rows + 1) * (cols + 1)), ys = new Float32Array(xs.length);
      for (var r = 0, k = 0; r <= rows; r++)
        for (var c = 0; c <= cols; c++, k++) {
          var p = map.options.crs.latLngToPoint(L.latLng(grid.corner(r, c)), this._zoom)._subtract(map.getPixelOrigin());
          xs[k] = p.x - origin.x;
          ys[k] = p.y - origin.y;
        }
      pen.save();
      pen.beginPath();
      grid.outline.forEach(function (polygon) {
        polygon.forEach(function (ring) {
          ring.forEach(function (point, i) {
            var q = at([point[1], point[0]]);
            if (i) pen.lineTo(q.x, q.y);
            else pen.moveTo(q.x, q.y);
          });
          pen.closePath();
        });
      });
      pen.clip("evenodd");
      var width = Math.hypot(xs[1] - xs[0], ys[1] - ys[0]), letters = [], empty = hatch(pen, this.looks.left_out);
      pen.lineWidth = width > 40 ? 1 : 0.6;
      for (var row = 0, i = 0; row < rows; row++)
        for (var col = 0; col < cols; col++, i++) {
          if (!grid.inside[i]) continue;
          var a = row * (cols + 1) + col, b = a + 1, d = a + cols + 1, e = d + 1;
          var x0 = Math.min(xs[a], xs[d]), x1 = Math.max(xs[b], xs[e]);
          var y0 = Math.min(ys[a], ys[b]), y1 = Math.max(ys[d], ys[e]);
          if (x1 < 0 || y1 < 0 || x0 > full.x || y0 > full.y) continue;
          var look = this._look(i);
          if (look === null) continue;
          pen.beginPath();
          pen.moveTo(xs[a], ys[a]);
          pen.lineTo(xs[b], ys[b]);
          pen.lineTo(xs[e], ys[e]);
          pen.lineTo(xs[d], ys[d]);
          pen.closePath();
          pen.fillStyle = look ? look.color : empty;
          pen.fill();
          // The outline closes the hairline between neighbours; where tiles are large it is the grid.
          pen.strokeStyle = width > 12 ? "rgba(255,255,255,.35)" : look ? look.color : this.looks.left_out;
          pen.stroke();
          if (width >= LETTER_FROM_PX && look) letters.push([(xs[a] + xs[e]) / 2, (ys[a] + ys[e]) / 2, i, look.ink]);
        }
      pen.font = "600 " + Math.round(Math.min(Math.max(width * 0.42, 10), 22)) + "px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      letters.forEach(function (item) {
        pen.fillStyle = item[3];
        pen.fillText(this._text(item[2]), item[0], item[1]);
      }, this);
      pen.restore();
    },

    // Color and ink; undefined for a tile that has no name; null for one that is not shown.
    _look: function (i) {
      var id = this.lattice.ids[i];
      if (this.only !== null && id !== this.only) return null;
      if (id === NO_CLASS) return undefined;
      return this.mode === "confidence" ? this.looks.steps[this.lattice.step[i]] : this.looks.classes[id];
    },

    _text: function (i) {
      if (this.mode === "confidence") return String(this.lattice.percent[i]);
      return this.looks.classes[this.lattice.ids[i]].letter + (this.lattice.flags[i] & UNSURE ? "?" : "");
    },
  });
})();
