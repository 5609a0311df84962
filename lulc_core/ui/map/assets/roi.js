/* The map of the Spectra page: the Explore map's layers and drawing tools, with regions of interest (rois) instead of one selected tile,
   and the numbers of the shown bands under the pointer. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var STORE = "lulc-map", NONE = 65535;

  LULC.startRois = function (map, options) {
    LULC.start(map, options);
    var view = LULC.view, explore = view.choice, applyResult = view.apply;
    // Imagery first: who looks at spectra wants to see the ground. The Explore page keeps its own choice.
    view.choice = Object.assign({}, explore, { tiles: "none", picture: "", pictureOpacity: 1, only: null, open: false });
    view.remember = function () {
      var center = map.getCenter();
      view.kept = { choice: explore, view: { center: [center.lat, center.lng], zoom: map.getZoom() }, area: view.areaKey || null };
      try {
        window.sessionStorage.setItem(STORE, JSON.stringify(view.kept));
      } catch (error) {
        return; // storage can be forbidden; then the map forgets its view on a page change
      }
    };
    var seenArea = view.kept.area;
    map.off("moveend", Object.getPrototypeOf(view).remember, view);
    map.off("click", Object.getPrototypeOf(view).click, view);
    map.off("mousemove", Object.getPrototypeOf(view).hover, view);
    map.on("moveend", function () { view.remember(); });
    map.on("click", function (event) {
      if (view.busy || !view.lattice || !view.lattice.locate(event.latlng.lat, event.latlng.lng)) return;
      view.send("click", { lat: event.latlng.lat, lng: event.latlng.lng });
    });
    map.on("mousemove", function (event) { hover(view, event); });
    map.on("mouseout", function () { view.pointer = null; });
    // Only the drawing tools make sense here: rois are removed in the list beside the map.
    var edit = map.getContainer().querySelector(".leaflet-draw-edit-remove, .leaflet-draw-edit-edit");
    if (edit) edit.closest(".leaflet-draw-section").style.display = "none";
    map.getContainer().querySelector(".lulc-search").style.display = "none"; // the ground is that of the map before
    view.staysPut = true;
    var marks = L.layerGroup().addTo(map), shown = "", numbersUrl = "";

    view.apply = function (state) {
      view.areaKey = state.area_key;
      var before = view.result, kept = view.resultId;
      applyResult.call(view, { area: null, result: state.result, selected: null, badge: state.badge, invite: false });
      view.areaKey = state.area_key;
      if (before && kept === view.resultId && before.pictures[0].key !== state.result.pictures[0].key) showPicture(state.result);
      if (state.bounds && seenArea !== state.area_key) map.fitBounds(state.bounds, { animate: false, padding: [12, 12] });
      seenArea = state.area_key;
      view.remember();
      showRois(state.rois || []);
      readNumbers(state.pointer);
      map.getContainer().dataset.rois = (state.rois || []).length;
    };

    // Another picture of the same tiles: they stay, so that the pointer goes on reading.
    function showPicture(result) {
      Object.values(view.overlays).forEach(function (o) { o.remove(); });
      view.overlays = {};
      map.attributionControl.removeAttribution(view.credit);
      view.credit = result.attribution;
      map.attributionControl.addAttribution(view.credit);
      view.result = result;
      view.layers.fill();
      view.legend.fill();
      view.paint();
    }

    function showRois(rois) {
      var text = JSON.stringify(rois);
      if (text === shown) return;
      shown = text;
      marks.clearLayers();
      rois.forEach(function (roi) {
        roi.rings.forEach(function (ring) {
          var line = ring.map(function (p) { return [p[1], p[0]]; });
          L.polygon(line, { pane: "lulc-select", color: "#fff", weight: 5, fill: false, interactive: false }).addTo(marks);
          L.polygon(line, { pane: "lulc-select", color: roi.color, weight: 3, fill: false, interactive: false }).addTo(marks);
        });
        var name = LULC.make("span", "lulc-roi-name", null, roi.name);
        L.circleMarker([roi.at[1], roi.at[0]], { pane: "lulc-select", radius: 6, color: "#fff", weight: 2, fillColor: roi.color, fillOpacity: 1, interactive: false })
          .bindTooltip(name, { permanent: true, direction: "right", offset: [8, 0], className: "lulc-roi" })
          .addTo(marks);
      });
    }

    function readNumbers(pointer) {
      var url = pointer ? pointer.url : "";
      if (url === numbersUrl) return;
      numbersUrl = url;
      view.numbers = null;
      view.readout.hidden = true;
      if (!url || typeof DecompressionStream === "undefined") return;
      fetch(url).then(function (answer) {
        if (!answer.ok) throw new Error("numbers: HTTP " + answer.status);
        return new Response(answer.body.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
      }).then(function (buffer) {
        if (numbersUrl !== url) return; // another picture has taken its place meanwhile
        view.numbers = { data: new Uint16Array(buffer), rows: pointer.rows, cols: pointer.cols, labels: pointer.labels };
        map.getContainer().dataset.numbers = url;
        if (view.pointer) hover(view, view.pointer);
      });
    }
    return view.drawn;
  };

  // Fractional row and column of tiles under a place: Newton steps on the lattice, as Lattice.locate takes them.
  function position(grid, lat, lng) {
    lng += 360 * Math.round((grid.middle - lng) / 360);
    var row = grid.rows / 2, col = grid.cols / 2;
    for (var step = 0; step < 8; step++) {
      var p = grid.place(row, col), ex = lng - p.lng.at, ey = lat - p.lat.at;
      var det = p.lng.byCol * p.lat.byRow - p.lng.byRow * p.lat.byCol;
      if (!det) return null;
      row += (p.lng.byCol * ey - ex * p.lat.byCol) / det;
      col += (ex * p.lat.byRow - p.lng.byRow * ey) / det;
      if (!isFinite(row) || Math.abs(row) > 1e5 || Math.abs(col) > 1e5) return null;
    }
    return [row, col];
  }

  function hover(view, event) {
    view.pointer = event;
    var grid = view.lattice, numbers = view.numbers, words = "";
    var spot = grid && !view.busy ? grid.locate(event.latlng.lat, event.latlng.lng) : null;
    if (spot && numbers) {
      var at = position(grid, event.latlng.lat, event.latlng.lng);
      var side = numbers.rows / grid.rows, size = numbers.rows * numbers.cols;
      var row = Math.floor(at[0] * side), col = Math.floor(at[1] * side);
      if (row >= 0 && col >= 0 && row < numbers.rows && col < numbers.cols)
        words = numbers.labels.map(function (label, i) {
          var value = numbers.data[i * size + row * numbers.cols + col];
          return label + " " + (value === NONE ? "no data" : (value / 10000 - 2).toFixed(3));
        }).join(" · ");
    } else if (spot) {
      words = view.describe(spot);
    }
    view.map.getContainer().classList.toggle("lulc-over-tile", Boolean(spot));
    view.readout.hidden = !words;
    if (!words) return;
    view.readout.textContent = words;
    var p = event.containerPoint, box = view.map.getSize();
    view.readout.style.left = Math.max(4, Math.min(p.x + 14, box.x - view.readout.offsetWidth - 6)) + "px";
    view.readout.style.top = (p.y > box.y - 60 ? p.y - 40 : p.y + 16) + "px";
  }
})();
