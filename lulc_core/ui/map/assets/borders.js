/* Countries under the map, where no base map is to be had: Natural Earth's land, read from world-atlas (TopoJSON). */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var FILE = "countries-50m.json";

  // Arcs of whole numbers, each point the difference to the one before (TopoJSON, section 2.1.3): [lat, lng].
  function arcs(atlas) {
    var scale = atlas.transform.scale, move = atlas.transform.translate;
    return atlas.arcs.map(function (arc) {
      var x = 0, y = 0;
      return arc.map(function (step) {
        x += step[0];
        y += step[1];
        return [y * scale[1] + move[1], x * scale[0] + move[0]];
      });
    });
  }

  // A ring is a list of arcs; ~i is arc i from its end.
  function ring(parts, all) {
    return parts.reduce(function (points, i) {
      var arc = i < 0 ? all[~i].slice().reverse() : all[i];
      return points.concat(points.length ? arc.slice(1) : arc);
    }, []);
  }

  LULC.Borders = L.Layer.extend({
    initialize: function (address) { this.address = address; },
    onAdd: function () {
      this._group = L.layerGroup().addTo(this._map);
      this._canvas = L.canvas({ pane: "lulc-borders", padding: 0.2 });
      var layer = this;
      this._read = this._read || fetch(this.address + "/" + FILE).then(function (answer) {
        if (!answer.ok) throw new Error("borders: HTTP " + answer.status);
        return answer.json();
      });
      this._read.then(function (atlas) { if (layer._map) layer._draw(atlas); }, function () { layer._read = null; }); // the map does without
    },
    onRemove: function () { this._group.remove(); },
    _draw: function (atlas) {
      var all = arcs(atlas), group = this._group, dark = document.documentElement.classList.contains("lulc-dark");
      var look = { pane: "lulc-borders", renderer: this._canvas, interactive: false, weight: 1, color: dark ? "#7d8c85" : "#8a978f", fillColor: dark ? "#27312c" : "#f3f4ee", fillOpacity: 1, smoothFactor: 1 };
      atlas.objects.countries.geometries.forEach(function (country) {
        var polygons = country.type === "MultiPolygon" ? country.arcs : [country.arcs];
        L.polygon(polygons.map(function (rings) { return rings.map(function (r) { return ring(r, all); }); }), look).addTo(group);
      });
      this._map.getContainer().dataset.borders = atlas.objects.countries.geometries.length;
    },
  });
})();
