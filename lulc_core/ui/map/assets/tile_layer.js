/* Classes and confidence of tiles or finer cells, drawn on one canvas: sharp at every zoom, true to the lattice, clipped to
   the drawn shape. Cells too small for a letter are painted from a picture with one pixel per cell, piece by piece between
   the lattice nodes, where the lattice is straight: tens of thousands of cells take a few milliseconds. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var NO_CLASS = 255, LETTER_FROM_PX = 17;
  var OVERLAP = 0.02; // of a cell, so that pieces leave no hairline between them

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

  // What the network is not sure of lies under pale stripes, whatever its colour.
  function pale(context) {
    var tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    var pen = tile.getContext("2d");
    pen.fillStyle = "rgba(255,255,255,.3)";
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = "rgba(255,255,255,.85)";
    pen.lineWidth = 2;
    pen.beginPath();
    [-8, 0, 8].forEach(function (x) { pen.moveTo(x - 1, -1); pen.lineTo(x + 9, 9); });
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
      this._canvas.setAttribute("aria-label", LULC.say("tiles.label"));
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
      var map = this._map, grid = this.lattice, zoom = this._zoom, shift = map.getPixelOrigin().add(origin);
      function at(latlng) {
        return map.options.crs.latLngToPoint(L.latLng(latlng), zoom)._subtract(shift);
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
      var first = at(grid.corner(0, 0)), next = at(grid.corner(0, 1)), width = Math.hypot(next.x - first.x, next.y - first.y);
      if (width < LETTER_FROM_PX) this._paintPieces(pen, at, full);
      else this._paintCells(pen, at, full, width);
      pen.restore();
    },

    // Small cells: every rectangle between four lattice nodes is one stretched piece of a picture of the whole map.
    _paintPieces: function (pen, at, full) {
      var grid = this.lattice, picture = this._picture(), base = pen.getTransform();
      var over = [[picture.nameless, hatch(pen, this.looks.left_out)], [picture.unsure, pale(pen)]];
      pen.imageSmoothingEnabled = false;
      for (var i = 0; i + 1 < grid.rowAt.length; i++)
        for (var j = 0; j + 1 < grid.colAt.length; j++) {
          var r0 = grid.rowAt[i], r1 = grid.rowAt[i + 1], c0 = grid.colAt[j], c1 = grid.colAt[j + 1];
          var a = at(grid.corner(r0, c0)), b = at(grid.corner(r0, c1)), d = at(grid.corner(r1, c0)), e = at(grid.corner(r1, c1));
          var xs = [a.x, b.x, d.x, e.x], ys = [a.y, b.y, d.y, e.y];
          if (Math.max.apply(null, xs) < 0 || Math.max.apply(null, ys) < 0) continue;
          if (Math.min.apply(null, xs) > full.x || Math.min.apply(null, ys) > full.y) continue;
          var rows = r1 - r0, cols = c1 - c0;
          // One straight map for the piece, fitted to all four corners.
          var ux = (b.x - a.x + e.x - d.x) / 2 / cols, uy = (b.y - a.y + e.y - d.y) / 2 / cols;
          var vx = (d.x - a.x + e.x - b.x) / 2 / rows, vy = (d.y - a.y + e.y - b.y) / 2 / rows;
          var mx = (a.x + b.x + d.x + e.x) / 4 - (ux * cols + vx * rows) / 2, my = (a.y + b.y + d.y + e.y) / 4 - (uy * cols + vy * rows) / 2;
          pen.setTransform(base.multiply(new DOMMatrix([ux, uy, vx, vy, mx, my])));
          pen.drawImage(picture.shown, c0, r0, cols, rows, -OVERLAP, -OVERLAP, cols + 2 * OVERLAP, rows + 2 * OVERLAP);
          for (var k = 0; k < over.length; k++) {
            var marked = over[k][0];
            if (!marked) continue;
            pen.setTransform(base.multiply(new DOMMatrix([ux, uy, vx, vy, mx, my])));
            pen.beginPath();
            for (var r = r0; r < r1; r++)
              for (var c = c0; c < c1; c++) if (marked[r * grid.cols + c]) pen.rect(c - c0, r - r0, 1, 1);
            pen.setTransform(base); // the path stays where it is, the stripes do not stretch
            pen.fillStyle = over[k][1];
            pen.fill();
          }
        }
      pen.setTransform(base);
    },

    // One pixel per cell, and which cells have no name; made again only when something else is to be seen.
    _picture: function () {
      var grid = this.lattice, key = this.mode + "|" + this.only;
      if (this._made && this._made.key === key) return this._made;
      var shown = document.createElement("canvas"), some = false, doubts = false, colors = {};
      var nameless = new Uint8Array(grid.rows * grid.cols), unsure = new Uint8Array(nameless.length);
      shown.width = grid.cols;
      shown.height = grid.rows;
      var pen = shown.getContext("2d"), image = pen.createImageData(grid.cols, grid.rows), data = image.data;
      for (var i = 0, k = 0; i < nameless.length; i++, k += 4) {
        if (!grid.inside[i]) continue;
        var look = this._look(i);
        if (look === null) continue;
        if (!look) {
          nameless[i] = 1;
          some = true;
          continue;
        }
        if (this._isUnsure(i)) {
          unsure[i] = 1;
          doubts = true;
        }
        var n = colors[look.color] || (colors[look.color] = parseInt(look.color.slice(1), 16));
        data[k] = n >> 16;
        data[k + 1] = (n >> 8) & 255;
        data[k + 2] = n & 255;
        data[k + 3] = 255;
      }
      pen.putImageData(image, 0, 0);
      this._made = { key: key, shown: shown, nameless: some ? nameless : null, unsure: doubts ? unsure : null };
      return this._made;
    },

    // Large cells: one by one, with their letters; only those that can be seen.
    _paintCells: function (pen, at, full, width) {
      var grid = this.lattice, seen = this._seen(full), r0 = seen[0], r1 = seen[1], c0 = seen[2], c1 = seen[3], n = c1 - c0 + 1;
      if (r1 <= r0 || c1 <= c0) return;
      // Corner points once, shared by the four cells around each.
      var xs = new Float32Array((r1 - r0 + 1) * n), ys = new Float32Array(xs.length);
      for (var r = r0, k = 0; r <= r1; r++)
        for (var c = c0; c <= c1; c++, k++) {
          var p = at(grid.corner(r, c));
          xs[k] = p.x;
          ys[k] = p.y;
        }
      var letters = [], empty = hatch(pen, this.looks.left_out), doubt = pale(pen);
      pen.lineWidth = width > 40 ? 1 : 0.6;
      for (var row = r0; row < r1; row++)
        for (var col = c0; col < c1; col++) {
          var i = row * grid.cols + col;
          if (!grid.inside[i]) continue;
          var look = this._look(i);
          if (look === null) continue;
          var a = (row - r0) * n + col - c0, b = a + 1, d = a + n, e = d + 1;
          pen.beginPath();
          pen.moveTo(xs[a], ys[a]);
          pen.lineTo(xs[b], ys[b]);
          pen.lineTo(xs[e], ys[e]);
          pen.lineTo(xs[d], ys[d]);
          pen.closePath();
          pen.fillStyle = look ? look.color : empty;
          pen.fill();
          if (look && this._isUnsure(i)) {
            pen.fillStyle = doubt;
            pen.fill();
          }
          // The outline closes the hairline between neighbours; it is the grid.
          pen.strokeStyle = "rgba(255,255,255,.35)";
          pen.stroke();
          if (look) letters.push([(xs[a] + xs[e]) / 2, (ys[a] + ys[e]) / 2, i, look.ink]);
        }
      pen.font = "600 " + Math.round(Math.min(Math.max(width * 0.42, 10), 22)) + "px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      letters.forEach(function (item) {
        pen.fillStyle = item[3];
        pen.fillText(this._text(item[2]), item[0], item[1]);
      }, this);
    },

    // Rows and columns that the canvas can show: first and last, half-open, with a cell to spare.
    _seen: function (full) {
      var map = this._map, grid = this.lattice, rows = [], cols = [], shift = map.getPixelOrigin().add(map.latLngToLayerPoint(this._corner));
      for (var i = 0; i <= 4; i++)
        for (var j = 0; j <= 4; j++) {
          var spot = map.options.crs.pointToLatLng(L.point((full.x * i) / 4, (full.y * j) / 4)._add(shift), this._zoom);
          var place = grid.fractional(spot.lat, spot.lng);
          if (!place) return [0, grid.rows, 0, grid.cols]; // far away from the lattice: let the canvas cut
          rows.push(place.row);
          cols.push(place.col);
        }
      function span(values, n) {
        return [Math.max(0, Math.floor(Math.min.apply(null, values)) - 1), Math.min(n, Math.ceil(Math.max.apply(null, values)) + 1)];
      }
      return span(rows, grid.rows).concat(span(cols, grid.cols));
    },

    // Color and ink; undefined for a tile that has no name; null for one that is not shown.
    _look: function (i) {
      var id = this.lattice.ids[i];
      if (this.only !== null && id !== this.only) return null;
      if (id === NO_CLASS) return undefined;
      return this.mode === "confidence" ? this.looks.steps[this.lattice.step[i]] : this.looks.classes[id];
    },

    _isUnsure: function (i) {
      return this.mode === "classes" && Boolean(this.lattice.flags[i] & this.looks.unsure);
    },

    _text: function (i) {
      if (this.mode === "confidence") return String(this.lattice.percent[i]);
      return this.looks.classes[this.lattice.ids[i]].letter + (this._isUnsure(i) ? "?" : "");
    },
  });
})();
