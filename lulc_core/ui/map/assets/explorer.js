/* The map of the Explore page. Python states what should be shown (LULC.apply); this file makes it so, changing only
   what differs. What a user does comes back as one value with the last drawing and the last click, each numbered. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var STORE = "lulc-map";
  var SETTLING_MS = 4000; // the frame has its height by then
  var ROOM_FROM_PX = 760, ROOM_PX = [215, 225]; // for the legend on the left and the layers on the right of an area
  LULC.BAD = "#c92a2a";
  var AREA = { color: "#d6336c", opacity: 1, weight: 2.5, fill: true, fillOpacity: 0.06, interactive: false };

  // A tab remembers all of its map; the next visit begins where this browser last was.
  function stored() {
    try {
      return JSON.parse(window.sessionStorage.getItem(STORE)) || { view: JSON.parse(window.localStorage.getItem(STORE)) };
    } catch (error) {
      return {}; // storage can be forbidden; then the map forgets its view on a page change
    }
  }

  function View(map, options) {
    this.map = map;
    this.options = options;
    this.kept = stored();
    var roomy = map.getSize().x > 560;
    this.choice = Object.assign(
      { tiles: "classes", tilesOpacity: 0.7, picture: "bright", pictureOpacity: 1, only: null, base: null, open: roomy, legendOpen: roomy },
      this.kept.choice
    );
    this.choice.only = null;
    this.value = {};
    this.busy = false;
    this.result = null;
    this.lattice = null;
    this.overlays = {};
    this.leaving = []; // pictures of the result before
    this.dark = false;
    this.setUp();
  }

  View.prototype.setUp = function () {
    var map = this.map, view = this;
    [["lulc-borders", 140], ["lulc-graticule", 150], ["lulc-pictures", 300], ["lulc-tiles", 350], ["lulc-select", 450]].forEach(function (pane) {
      map.createPane(pane[0]).style.zIndex = pane[1];
      map.getPane(pane[0]).style.pointerEvents = "none";
    });
    LULC.addBaseMaps(this);
    this.readTheme();
    this.drawn = L.featureGroup().addTo(map);
    new LULC.Graticule().addTo(map);
    this.invite = LULC.make("div", "lulc-card lulc-invite", map.getContainer());
    LULC.addSearch(this);
    LULC.addDrawing(this);
    map.zoomControl.setPosition("bottomright");
    map.attributionControl.setPrefix("<a href='https://leafletjs.com' target='_blank' rel='noopener'>Leaflet</a>");
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    this.toArea = LULC.toArea(this);
    this.layers = LULC.layerBox(this).addTo(map);
    this.legend = LULC.legendBox(this).addTo(map);
    this.badge = LULC.make("div", "lulc-badge", map.getContainer());
    this.toast = LULC.make("div", "lulc-card lulc-toast", map.getContainer());
    this.coming = LULC.make("div", "lulc-coming", map.getContainer());
    this.coming.setAttribute("role", "status");
    this.readout = LULC.make("div", "lulc-readout", map.getContainer());
    this.offline = LULC.make("div", "lulc-offline", map.getContainer());
    this.badge.hidden = this.invite.hidden = this.toast.hidden = this.coming.hidden = this.readout.hidden = this.offline.hidden = true;
    L.DomEvent.disableClickPropagation(this.toast);
    this.layers.fill();
    this.legend.fill();
    this.showBase();
    var old = this.kept.view;
    if (old) map.setView(old.center, old.zoom, { animate: false });
    map.on("moveend", this.remember, this);
    map.on("mousemove", this.hover, this);
    ["mouseleave", "mousedown"].forEach(function (kind) {
      map.getContainer().addEventListener(kind, function () { view.readout.hidden = true; });
    });
    document.documentElement.addEventListener("mouseleave", function () { view.readout.hidden = true; });
    map.on("click", this.click, this);
    LULC.walkByKeyboard(this);
    map.on("resize", this.fitAnew, this);
    ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
      document.addEventListener(kind, function () { view.fitted = null; }, { capture: true, passive: true });
    });
    new MutationObserver(function () { view.readTheme(); }).observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
    // The frame grows and shrinks with the window (CSS), which Leaflet does not notice by itself.
    new ResizeObserver(function () { map.invalidateSize({ animate: false }); }).observe(map.getContainer());
  };

  // Streamlit hands its colours to the frame as CSS variables; dark is what has a dark background.
  View.prototype.readTheme = function () {
    var color = getComputedStyle(document.documentElement).getPropertyValue("--background-color").trim();
    var n = /^#[0-9a-f]{6}/i.test(color) ? parseInt(color.slice(1, 7), 16) : 0xffffff;
    var dark = 0.299 * (n >> 16) + 0.587 * ((n >> 8) & 255) + 0.114 * (n & 255) < 128;
    document.documentElement.classList.toggle("lulc-dark", dark);
    if (dark === this.dark) return;
    this.dark = dark;
    if (this.layers) {
      this.showBase();
      this.layers.fill();
      this.map.fire("moveend");
    }
  };

  View.prototype.remember = function () {
    var center = this.map.getCenter();
    this.kept = { choice: this.choice, view: { center: [center.lat, center.lng], zoom: this.map.getZoom() }, area: this.areaKey || null };
    try {
      window.sessionStorage.setItem(STORE, JSON.stringify(this.kept));
      window.localStorage.setItem(STORE, JSON.stringify(this.kept.view));
    } catch (error) {
      return; // see stored()
    }
  };

  View.prototype.send = function (kind, data) {
    this.value = Object.assign({}, this.value);
    this.value[kind] = Object.assign({ seq: Date.now() }, data);
    window.Streamlit.setComponentValue(this.value);
    return this.value[kind].seq;
  };

  View.prototype.choose = function (what, value) {
    this.choice[what] = value;
    if (what === "base") this.showBase();
    this.paint();
    if (what === "tiles" || what === "picture" || what === "only") this.legend.fill();
    this.remember();
  };

  View.prototype.picture = function () {
    var wanted = this.choice.picture, has = this.result && this.result.pictures.some(function (p) { return p.key === wanted; });
    return has || wanted === "none" ? wanted : this.result && this.result.pictures.length ? this.result.pictures[0].key : "none";
  };

  /* ---- what Python states ---- */

  View.prototype.apply = function (state) {
    if (this.heard("area", state)) {
      this.showArea(state.area);
      this.inviteIf(state.invite);
      this.map.getContainer().dataset.area = state.area ? state.area.rev : "";
      this.showUndo(Boolean(state.undo));
    }
    this.showResult(state.result);
    if (this.heard("click", state)) this.showSelected(state.selected);
    this.coming.textContent = state.coming || "";
    this.coming.hidden = !state.coming;
    this.map.getContainer().classList.toggle("lulc-waits", Boolean(state.coming));
    this.badge.textContent = state.badge;
    this.badge.hidden = !state.badge;
  };

  // A state made before Python heard of a drawing or a click says nothing about it; the next one does.
  View.prototype.heard = function (kind, state) {
    var sent = this.value[kind];
    return !sent || !state.seen || sent.seq <= (state.seen[kind] || 0);
  };

  View.prototype.inviteIf = function (wanted) {
    var view = this, card = this.invite;
    card.hidden = !wanted || this.declined;
    if (card.hidden || card.firstChild) return;
    L.DomEvent.disableClickPropagation(card);
    LULC.make("strong", "", card, LULC.say("invite"));
    LULC.make("span", "", card, LULC.say("invite.ways"));
    ["rectangle", "polygon"].forEach(function (tool) {
      LULC.button(card, tool === "rectangle" ? "lulc-go" : "", LULC.say("invite." + tool), function () { view.startDrawing(tool); });
    });
    LULC.button(card, "lulc-close", "×", function () {
      view.declined = true;
      card.hidden = true;
    }).setAttribute("aria-label", LULC.say("close"));
  };

  // A cleared area can be had back, with what was made of it.
  View.prototype.showUndo = function (wanted) {
    var view = this, toast = this.toast;
    toast.hidden = !wanted;
    if (!wanted || toast.firstChild) return;
    LULC.make("span", "", toast, LULC.say("cleared"));
    LULC.button(toast, "lulc-go", LULC.say("undo"), function () {
      toast.hidden = true;
      view.send("undo", {});
    });
  };

  View.prototype.goTo = function (latlng, zoom) {
    this.fitted = null;
    this.map.setView(latlng, zoom, { animate: false });
  };

  View.prototype.showArea = function (area) {
    var rev = area ? area.rev : "";
    if (this.areaRev !== rev) {
      this.drawn.clearLayers();
      var group = this.drawn;
      (area ? area.polygons : []).forEach(function (rings) {
        L.polygon(rings.map(function (ring) { return ring.map(function (p) { return [p[1], p[0]]; }); }), AREA).addTo(group);
      });
      // The same area after a page change or reload keeps the view that the user had.
      if (area && !(this.areaRev === undefined && this.kept.area === area.key)) this.fit();
      this.areaRev = rev;
      this.updateTools();
    }
    this.areaKey = area ? area.key : "";
    this.remember();
    var bad = Boolean(area && area.bad);
    this.drawn.setStyle({ dashArray: bad ? "6 6" : null, fillOpacity: this.result ? 0 : bad ? 0.2 : 0.06 });
  };

  // The frame still grows while the page starts: what fitted the small frame is fitted again, until the user touches it.
  View.prototype.fit = function () {
    var map = this.map;
    map.invalidateSize({ animate: false });
    var wide = map.getSize().x >= ROOM_FROM_PX, top = wide ? 52 : 92; // under the tools, in one row or two
    var room = wide ? this.room || ROOM_PX : [12, 12];
    map.fitBounds(this.drawn.getBounds(), { paddingTopLeft: [room[0], top], paddingBottomRight: [room[1], 30], animate: false });
    this.fitted = { center: map.getCenter(), zoom: map.getZoom(), until: Date.now() + SETTLING_MS };
  };

  View.prototype.fitAnew = function () {
    var map = this.map, was = this.fitted;
    if (!was || Date.now() > was.until || map.getZoom() !== was.zoom) return;
    if (map.project(map.getCenter()).distanceTo(map.project(was.center)) < 3) this.fit();
  };

  View.prototype.showResult = function (result) {
    var view = this, id = result ? result.id : null;
    if (this.resultId === id) {
      // The same map with more pictures, which are drawn after the first.
      if (result && result.pictures.length !== this.result.pictures.length) {
        this.result = result;
        this.layers.fill();
      }
      return;
    }
    this.resultId = id;
    this.result = result;
    this.lattice = null;
    this.choice.only = null;
    if (this.tiles) this.tiles.remove();
    this.tiles = null;
    // What lay there stays until the next picture has come over the wire.
    this.leaving = this.leaving.concat(Object.values(this.overlays));
    this.overlays = {};
    if (!result || this.picture() === "none") this.leave();
    this.readout.hidden = true;
    if (this.credit) this.map.attributionControl.removeAttribution(this.credit);
    this.credit = result ? result.attribution : "";
    if (this.credit) this.map.attributionControl.addAttribution(this.credit);
    this.layers.fill();
    this.legend.fill();
    this.drawn.setStyle({ fillOpacity: result ? 0 : 0.06 });
    delete this.map.getContainer().dataset.pictured;
    if (!result) return;
    this.paint();
    if (!result.tiles) return; // imagery that nothing has been said of yet
    fetch(result.tiles).then(function (answer) {
      if (!answer.ok) throw new Error("tiles: HTTP " + answer.status);
      return answer.json();
    }).then(function (data) {
      if (view.resultId !== id) return; // another result has taken its place meanwhile
      view.lattice = new LULC.Lattice(data);
      view.tiles = new LULC.TileLayer(view.lattice, view.options);
      view.paint();
      view.legend.fill();
      window.requestAnimationFrame(function () {
        view.map.getContainer().dataset.painted = id;
        view.map.getContainer().dataset.paintedAt = Date.now();
      });
    });
  };

  View.prototype.leave = function () {
    this.leaving.forEach(function (overlay) { overlay.remove(); });
    this.leaving = [];
  };

  View.prototype.paint = function () {
    var choice = this.choice, picture = this.picture(), view = this;
    if (!this.result) return;
    this.result.pictures.forEach(function (item) {
      var overlay = view.overlays[item.key], wanted = item.key === picture;
      if (wanted && !overlay)
        overlay = view.overlays[item.key] = L.imageOverlay(item.url, item.bounds, { pane: "lulc-pictures", alt: item.title, className: "lulc-picture" })
          .on("load error", function (event) {
            view.leave();
            if (event.type === "load") view.map.getContainer().dataset.pictured = view.resultId + " " + item.key;
          });
      if (!overlay) return;
      overlay.setOpacity(choice.pictureOpacity);
      if (wanted) overlay.addTo(view.map);
      else overlay.remove();
    });
    if (!this.tiles) return;
    this.tiles.show(choice.tiles, choice.only, choice.tilesOpacity);
    if (!this.map.hasLayer(this.tiles)) this.tiles.addTo(this.map);
  };

  View.prototype.showSelected = function (ring) {
    var text = JSON.stringify(ring || null);
    if (text === this.selectedText) return;
    this.selectedText = text;
    this.outlineTile(ring ? ring.map(function (p) { return [p[1], p[0]]; }) : null);
  };

  View.prototype.outlineTile = function (ring) {
    if (this.marked) this.marked.remove();
    this.marked = ring
      ? L.featureGroup([
          L.polygon(ring, { pane: "lulc-select", color: "#000", weight: 5, fill: false, interactive: false }),
          L.polygon(ring, { pane: "lulc-select", color: "#fff", weight: 2.5, fill: false, interactive: false }),
        ]).addTo(this.map)
      : null;
  };

  /* ---- what the user does ---- */

  View.prototype.hover = function (event) {
    var over = event.originalEvent && event.originalEvent.target, box = over && over.closest && over.closest(".leaflet-control, .lulc-card");
    var spot = this.lattice && !this.busy && !box ? this.lattice.locate(event.latlng.lat, event.latlng.lng) : null;
    this.readout.hidden = !spot;
    this.map.getContainer().classList.toggle("lulc-over-tile", Boolean(spot));
    if (!spot) return;
    this.readout.textContent = this.describe(spot);
    this.placeReadout(event.containerPoint);
  };

  // Near the pointer, whole, and over nothing else that lies on the map.
  View.prototype.placeReadout = function (at) {
    var words = this.readout, size = this.map.getSize(), wide = words.offsetWidth, high = words.offsetHeight, frame = this.map.getContainer().getBoundingClientRect();
    var boxes = Array.from(this.map.getContainer().querySelectorAll(".leaflet-control, .lulc-card, .lulc-badge, .lulc-coming")).map(function (box) { return box.getBoundingClientRect(); });
    var places = [];
    [0, 40, 80, 120, 220].forEach(function (away) {
      [16 + away, -high - 14 - away].forEach(function (down) {
        [14, -wide - 14, -wide / 2, 14 + away, -wide - 14 - away].forEach(function (right) {
          places.push([Math.max(6, Math.min(at.x + right, size.x - wide - 6)), Math.max(6, Math.min(at.y + down, size.y - high - 6))]);
        });
      });
    });
    function covers(p, b) {
      var left = frame.left + p[0], top = frame.top + p[1];
      return b.width && left + wide >= b.left && left <= b.right && top + high >= b.top && top <= b.bottom;
    }
    var pointer = { width: 1, left: frame.left + at.x - 4, right: frame.left + at.x + 4, top: frame.top + at.y - 4, bottom: frame.top + at.y + 4 };
    var free = places.find(function (p) { return !covers(p, pointer) && !boxes.some(function (b) { return covers(p, b); }); }) || places[6];
    words.style.left = free[0] + "px";
    words.style.top = free[1] + "px";
  };

  View.prototype.describe = function (spot) {
    var grid = this.lattice, i = spot.index, flags = grid.flags[i], words = [], names = this.options.classes;
    function say(id, percent) { return names[id].label + " " + LULC.say("percent", { n: percent }); }
    if (grid.ids[i] !== 255) {
      words.push(say(grid.ids[i], grid.percent[i]));
      if (grid.secondIds[i] !== 255) words.push(say(grid.secondIds[i], grid.secondPercent[i]));
      words = [words.join(", ")];
    }
    this.options.flags.forEach(function (flag) { if (flags & flag[0]) words.push(flag[1]); });
    return words.join(" · ");
  };

  View.prototype.click = function (event) {
    if (this.busy || !this.lattice) return;
    var spot = this.lattice.locate(event.latlng.lat, event.latlng.lng), grid = this.lattice;
    if (!spot && !this.marked) return;
    // Outline at once; Python confirms with the exact corners.
    this.outlineTile(spot && [[0, 0], [0, 1], [1, 1], [1, 0]].map(function (d) { return grid.corner(spot.row + d[0], spot.col + d[1]); }));
    this.selectedText = null;
    this.send("click", { lat: event.latlng.lat, lng: event.latlng.lng });
  };

  LULC.start = function (map, options) {
    LULC.words = options.words;
    LULC.lang = options.lang;
    LULC.view = new View(map, options);
    return LULC.view.drawn;
  };
  LULC.apply = function (state) {
    LULC.view.apply(state);
  };
  LULC.AREA = AREA;
})();
