/* A second map beside the first, for the later date: both move as one, and a cross marks under the pointer of one map
   the same place on the other. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var PANES = [["lulc-graticule", 150], ["lulc-after", 311], ["lulc-change", 350], ["lulc-places", 440], ["lulc-select", 450]];

  // A place is looked at between two steps of zoom, so the other map must not round.
  function same(from, to) {
    var snap = to.options.zoomSnap;
    to.options.zoomSnap = 0;
    to.setView(from.getCenter(), from.getZoom(), { animate: false });
    to.options.zoomSnap = snap;
  }

  function SideMap(view) {
    var main = view.map, side = this;
    this.view = view;
    this.box = LULC.make("div", "lulc-second", document.body);
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", L.Swipe.words.second_map);
    document.documentElement.classList.add("lulc-side");
    main.invalidateSize({ animate: false });
    this.map = L.map(this.box, { zoomControl: false, attributionControl: false, zoomAnimation: false, minZoom: main.getMinZoom(), maxZoom: main.getMaxZoom(), worldCopyJump: false });
    PANES.forEach(function (pane) {
      side.map.createPane(pane[0]).style.zIndex = pane[1];
      side.map.getPane(pane[0]).style.pointerEvents = "none";
    });
    same(main, this.map);
    new LULC.Graticule().addTo(this.map);
    this.outlines = L.layerGroup().addTo(this.map);
    this.days = [main, this.map].map(function (map) { return LULC.make("div", "lulc-swipe-day lulc-side-day", map.getContainer()); });
    this.crosses = [main, this.map].map(function (map) {
      var cross = LULC.make("div", "lulc-cross", map.getContainer());
      cross.hidden = true;
      return cross;
    });
    this.badge = LULC.make("div", "lulc-badge", this.box);
    this.handlers = [];
    this.join();
    this.sized = new ResizeObserver(function () { side.map.invalidateSize({ animate: false }); });
    this.sized.observe(this.box);
    // Steps instead of an animated zoom, which the other map could only follow at its end.
    this.animated = main._zoomAnimated;
    main._zoomAnimated = false;
  }

  SideMap.prototype.on = function (map, events, handler) {
    map.on(events, handler);
    this.handlers.push([map, events, handler]);
  };

  SideMap.prototype.join = function () {
    var main = this.view.map, other = this.map, view = this.view, crosses = this.crosses, moving = false;
    function follow(from, to) {
      return function () {
        if (moving) return;
        moving = true;
        same(from, to);
        moving = false;
      };
    }
    function point(to, cross, here) {
      return function (event) {
        var at = to.latLngToContainerPoint(event.latlng);
        cross.hidden = false;
        cross.style.left = at.x + "px";
        cross.style.top = at.y + "px";
        here.getContainer().appendChild(view.readout);
      };
    }
    function leave() {
      crosses.forEach(function (cross) { cross.hidden = true; });
      view.readout.hidden = true;
    }
    this.on(main, "move zoom resize", follow(main, other));
    this.on(other, "move zoom", follow(other, main));
    this.on(main, "mousemove", point(other, crosses[1], main));
    this.on(other, "mousemove", point(main, crosses[0], other));
    this.on(other, "mousemove", view.hover.bind(view));
    this.on(other, "click", view.click.bind(view));
    this.on(main, "mouseout", leave);
    this.on(other, "mouseout", leave);
  };

  SideMap.prototype.name = function (days, badge) {
    this.days.forEach(function (label, i) { label.textContent = days[i]; });
    this.badge.textContent = badge;
    this.badge.hidden = !badge;
  };

  // The base map, the drawn shape and the selected tile, as the first map has them.
  SideMap.prototype.copy = function () {
    var view = this.view, outlines = this.outlines.clearLayers(), base = view.base;
    if (this.base) this.base.remove();
    this.base = base ? L.tileLayer(base._url, base.options).addTo(this.map) : null;
    view.drawn.eachLayer(function (shape) {
      L.polygon(shape.getLatLngs(), Object.assign({}, LULC.AREA, { fillOpacity: 0 })).addTo(outlines);
    });
    if (!view.ring) return;
    [["#000", 5], ["#fff", 2.5]].forEach(function (look) {
      L.polygon(view.ring, { pane: "lulc-select", color: look[0], weight: look[1], fill: false, interactive: false }).addTo(outlines);
    });
  };

  SideMap.prototype.remove = function () {
    var main = this.view.map;
    this.handlers.forEach(function (h) { h[0].off(h[1], h[2]); });
    this.sized.disconnect();
    main.getContainer().appendChild(this.view.readout);
    this.days.concat(this.crosses).forEach(function (element) { element.remove(); });
    this.map.remove();
    this.box.remove();
    document.documentElement.classList.remove("lulc-side");
    main._zoomAnimated = this.animated;
    main.invalidateSize({ animate: false });
  };

  LULC.SideMap = SideMap;
})();
