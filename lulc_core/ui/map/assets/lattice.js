/* The tile lattice in the browser: where the corners of tiles lie, and which tile a place is in.

   UTM tiles are no axis-aligned boxes on a web map. Python sends the true longitude and latitude of every k-th lattice
   corner; in between, bilinear interpolation is off by less than a metre. Looking a place up inverts it by Newton steps. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});

  function bytes(text) {
    var raw = atob(text), out = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function Lattice(data) {
    this.rows = data.rows;
    this.cols = data.cols;
    this.zone = data.zone;
    this.east0 = data.east0;
    this.north0 = data.north0;
    this.cellM = data.cell_m; // 640 for tiles
    this.rowAt = data.node_rows; // lattice rows and columns that have a node
    this.colAt = data.node_cols;
    this.lng = data.node_lng; // row-major
    this.lat = data.node_lat;
    this.ids = bytes(data.class_ids);
    this.percent = bytes(data.percent); // of the largest probability; 255 where the network was not asked
    this.secondIds = bytes(data.second_ids); // of the second largest probability; 255 where it is not worth a word
    this.secondPercent = bytes(data.second_percent);
    this.step = bytes(data.step); // of confidence, for its colour
    this.flags = bytes(data.flags);
    this.inside = bytes(data.inside);
    this.outline = data.outline; // [[ring, hole, ...], ...] of [lng, lat]
    this.middle = (this.lng[0] + this.lng[this.lng.length - 1]) / 2;
  }

  function interval(at, value) {
    var low = 0, high = at.length - 2;
    while (low < high) {
      var mid = (low + high + 1) >> 1;
      if (at[mid] <= value) low = mid;
      else high = mid - 1;
    }
    return low;
  }

  // Longitude, latitude and their derivatives at a fractional row and column (column 2.5 is the middle of the third).
  Lattice.prototype.place = function (row, col) {
    var i = interval(this.rowAt, row), j = interval(this.colAt, col), n = this.colAt.length;
    var dr = this.rowAt[i + 1] - this.rowAt[i], dc = this.colAt[j + 1] - this.colAt[j];
    var v = (row - this.rowAt[i]) / dr, u = (col - this.colAt[j]) / dc;
    var a = i * n + j, b = a + 1, c = a + n, d = c + 1;
    function mix(f) {
      return {
        at: f[a] * (1 - u) * (1 - v) + f[b] * u * (1 - v) + f[c] * (1 - u) * v + f[d] * u * v,
        byCol: ((f[b] - f[a]) * (1 - v) + (f[d] - f[c]) * v) / dc,
        byRow: ((f[c] - f[a]) * (1 - u) + (f[d] - f[b]) * u) / dr,
      };
    }
    return { lng: mix(this.lng), lat: mix(this.lat) };
  };

  Lattice.prototype.corner = function (row, col) {
    var p = this.place(row, col);
    return [p.lat.at, p.lng.at];
  };

  // Fractional row and column of a place, also outside the grid; null where the search runs away.
  Lattice.prototype.fractional = function (lat, lng) {
    lng += 360 * Math.round((this.middle - lng) / 360);
    var row = this.rows / 2, col = this.cols / 2;
    for (var step = 0; step < 8; step++) {
      var p = this.place(row, col), ex = lng - p.lng.at, ey = lat - p.lat.at;
      var det = p.lng.byCol * p.lat.byRow - p.lng.byRow * p.lat.byCol;
      if (!det) return null;
      var moveCol = (ex * p.lat.byRow - p.lng.byRow * ey) / det, moveRow = (p.lng.byCol * ey - ex * p.lat.byCol) / det;
      row += moveRow;
      col += moveCol;
      // Far outside the nodes the extrapolation may run away; such a place is outside anyway.
      if (!isFinite(row) || Math.abs(row) > 1e5 || Math.abs(col) > 1e5) return null;
      if (Math.abs(moveRow) + Math.abs(moveCol) < 1e-7) break;
    }
    return { row: row, col: col };
  };

  // Row and column of the cell under a place, or null outside the grid or the drawn shape.
  Lattice.prototype.locate = function (lat, lng) {
    var place = this.fractional(lat, lng);
    if (!place) return null;
    var row = Math.floor(place.row), col = Math.floor(place.col);
    if (row < 0 || col < 0 || row >= this.rows || col >= this.cols) return null;
    var index = row * this.cols + col;
    return this.inside[index] ? { row: row, col: col, index: index } : null;
  };

  Lattice.prototype.tileId = function (row, col) {
    function pad(n, width) {
      return (n < 0 ? "-" : "") + String(Math.abs(n)).padStart(n < 0 ? width - 1 : width, "0");
    }
    var name = this.zone + "-E" + pad(this.east0 + col, 4) + "-N" + pad(this.north0 - row, 5);
    return this.cellM === 640 ? name : name + "-" + this.cellM + "m";
  };

  LULC.Lattice = Lattice;
})();
