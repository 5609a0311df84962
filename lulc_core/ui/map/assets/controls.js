/* What lies on the map besides the map: layer choice, legend, badge, read-out, graticule. No rerun comes from any of it. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});

  // The elements below take text only (textContent): names come from users and files.
  function make(tag, className, parent, text) {
    var element = L.DomUtil.create(tag, className, parent);
    if (text !== undefined) element.textContent = text;
    return element;
  }
  LULC.make = make;

  // A sentence in the reader's language; numbers in it as the reader writes them. Python hands the sentences over.
  LULC.say = function (key, values) {
    var text = LULC.words[key];
    if (text === undefined) throw new Error("no words for " + key);
    return text.replace(/\{(\w+)\}/g, function (_, name) {
      var value = values[name];
      return typeof value === "number" ? value.toLocaleString(LULC.lang, { maximumFractionDigits: value < 10 ? 1 : 0 }) : value;
    });
  };

  LULC.button = function (parent, className, words, act) {
    var button = make("button", className, parent, words);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  };

  LULC.box = function (className, position, label) {
    var control = new L.Control({ position: position });
    control.onAdd = function () {
      var box = make("div", "lulc-box " + className);
      if (label) {
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", label);
      }
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      this.box = box;
      return box;
    };
    return control;
  };

  LULC.radios = function (parent, className, title, name, options, chosen, onPick) {
    var set = make("fieldset", "lulc-set " + className, parent);
    make("legend", "", set, title);
    options.forEach(function (option) {
      var label = make("label", "", set), input = make("input", "", label);
      input.type = "radio";
      input.name = name;
      input.value = option[0];
      input.checked = option[0] === chosen;
      input.addEventListener("change", function () { onPick(option[0]); });
      make("span", "", label, option[1]);
    });
    return set;
  };

  LULC.slider = function (parent, words, title, value, onMove) {
    var label = make("label", "lulc-slider", parent);
    make("span", "", label, words);
    var input = make("input", "", label);
    input.type = "range";
    input.min = 0;
    input.max = 100;
    input.step = 5;
    input.value = Math.round(value * 100);
    input.setAttribute("aria-label", title);
    input.addEventListener("input", function () { onMove(input.value / 100); });
  };

  LULC.checkbox = function (parent, words, on, onTurn) {
    var label = make("label", "lulc-check", parent), input = make("input", "", label);
    input.type = "checkbox";
    input.checked = on;
    input.addEventListener("change", function () { onTurn(input.checked); });
    make("span", "", label, words);
  };

  // A part that folds; `choice[key]` says whether it is open, and `save` keeps that for the next page.
  LULC.fold = function (parent, title, choice, key, save) {
    var details = make("details", "", parent);
    details.open = choice[key];
    details.addEventListener("toggle", function () { choice[key] = details.open; save(); });
    make("summary", "", details, title);
    return details;
  };

  LULC.baseMaps = function (parent, view) {
    var label = make("label", "lulc-base", parent);
    make("span", "", label, LULC.say("base"));
    var select = make("select", "", label);
    LULC.BASES.forEach(function (base) {
      var option = make("option", "", select, LULC.say("base." + base.key));
      option.value = base.key;
      option.selected = base.key === view.baseKey();
    });
    var from = make("div", "lulc-from", parent);
    function tell() { from.textContent = view.baseWords(); }
    select.addEventListener("change", function () {
      view.choose("base", select.value);
      tell();
    });
    tell();
  };

  // A legend: pairs of words and colour under a title.
  LULC.steps = function (parent, title, items) {
    var list = make("div", "lulc-steps", parent);
    make("strong", "", list, title);
    items.forEach(function (item) {
      var row = make("span", "", list), chip = make("span", "lulc-chip", row);
      chip.style.background = item[1];
      make("span", "", row, item[0]);
    });
    return list;
  };

  // One box for everything that can be shown or hidden. `view` is LULC.View; its choice object is changed in place.
  LULC.layerBox = function (view) {
    var control = LULC.box("lulc-layers", "topright", LULC.say("layers"));
    control.fill = function () {
      var box = this.box, choice = view.choice, result = view.result, say = LULC.say, set;
      box.replaceChildren();
      var details = LULC.fold(box, say("layers"), choice, "open", function () { view.remember(); });
      if (result && result.tiles) {
        var tiles = [["classes", say("land_cover")], ["confidence", say("confidence")], ["none", say("none")]];
        set = LULC.radios(details, "", say("map"), "lulc-tiles", tiles, choice.tiles, function (key) { view.choose("tiles", key); });
        LULC.slider(set, say("opacity"), say("opacity.tiles"), choice.tilesOpacity, function (v) { view.choose("tilesOpacity", v); });
      }
      if (result) {
        var pictures = result.pictures.map(function (p) { return [p.key, p.title]; }).concat([["none", say("none")]]);
        set = LULC.radios(details, "", say("picture"), "lulc-picture", pictures, view.picture(), function (key) { view.choose("picture", key); });
        LULC.slider(set, say("opacity"), say("opacity.picture"), choice.pictureOpacity, function (v) { view.choose("pictureOpacity", v); });
      }
      LULC.baseMaps(details, view);
    };
    return control;
  };

  LULC.legendBox = function (view) {
    var control = LULC.box("lulc-legend", "bottomleft", LULC.say("legend"));
    control.fill = function () {
      var box = this.box, result = view.result, choice = view.choice;
      box.replaceChildren();
      box.hidden = !result;
      if (box.hidden) return;
      var details = LULC.fold(box, LULC.say("legend"), choice, "legendOpen", function () { view.remember(); });
      var frame = box;
      box = make("div", "lulc-legend-body", details);
      if (view.lattice && choice.tiles === "classes") this.classes(box);
      if (view.lattice && choice.tiles === "confidence") LULC.steps(box, LULC.say("confidence"), view.options.steps.map(function (s) { return [s.label, s.color]; }));
      var picture = result.pictures.find(function (p) { return p.key === view.picture(); });
      if (picture && picture.legend.length) LULC.steps(box, picture.title, picture.legend);
      frame.hidden = !box.firstChild;
    };
    control.classes = function (box) {
      var counts = {};
      view.lattice.ids.forEach(function (id) { counts[id] = (counts[id] || 0) + 1; });
      view.options.classes.forEach(function (item) {
        if (!counts[item.id]) return;
        var button = make("button", "lulc-class", box), only = view.choice.only === item.id;
        button.type = "button";
        button.title = only ? LULC.say("show_all") : LULC.say("show_only", { name: item.label });
        button.setAttribute("aria-pressed", String(only));
        if (view.choice.only !== null && !only) button.classList.add("lulc-off");
        var chip = make("span", "lulc-chip", button, item.letter);
        chip.style.background = item.color;
        chip.style.color = item.ink;
        make("span", "", button, item.label);
        button.addEventListener("click", function () { view.choose("only", only ? null : item.id); });
      });
      var grid = view.lattice, unsure = view.options.unsure;
      function row(look, words) {
        var line = make("span", "lulc-class", box);
        make("span", "lulc-chip " + look, line).style.borderColor = view.options.left_out;
        make("span", "", line, words);
      }
      if (grid.ids.some(function (id, i) { return id !== 255 && grid.inside[i] && grid.flags[i] & unsure; })) row("lulc-unsure", LULC.say("unsure"));
      if (grid.ids.some(function (id, i) { return id === 255 && grid.inside[i]; })) row("lulc-empty", LULC.say("left_out"));
    };
    return control;
  };

  // Above the zoom buttons: back to the area from wherever one has gone.
  LULC.toArea = function (view) {
    var control = LULC.box("lulc-to-area", "bottomright"), box = control.addTo(view.map).box;
    LULC.button(box, "", LULC.say("to_area"), function () { view.fit(); });
    box.hidden = true;
    return box;
  };

  // Parallels and meridians: something to hold on to where no base map can be reached.
  LULC.Graticule = L.Layer.extend({
    onAdd: function () {
      this._group = L.layerGroup();
      this._canvas = L.canvas({ pane: "lulc-graticule", padding: 0.3 });
      this._group.addTo(this._map);
      this._draw();
    },
    onRemove: function () { this._group.remove(); },
    getEvents: function () { return { moveend: this._draw }; },
    _draw: function () {
      var map = this._map, box = map.getBounds().pad(0.3), zoom = map.getZoom(), group = this._group.clearLayers();
      var step = [30, 30, 20, 10, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.1, 0.05, 0.02, 0.01][Math.min(Math.floor(zoom), 14)];
      var dark = document.documentElement.classList.contains("lulc-dark");
      var style = { pane: "lulc-graticule", renderer: this._canvas, color: dark ? "#5d6a64" : "#9aa69f", weight: 0.7, interactive: false };
      var south = Math.max(box.getSouth(), -85), north = Math.min(box.getNorth(), 85);
      function text(value, plus, minus) {
        var digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
        return Math.abs(value).toFixed(digits) + "°" + (Math.abs(value) < 1e-9 ? "" : value > 0 ? plus : minus);
      }
      function label(lat, lng, words, kind) {
        var icon = L.divIcon({ className: "lulc-degree " + kind, html: "", iconSize: [0, 0] });
        var marker = L.marker([lat, lng], { icon: icon, pane: "lulc-graticule", interactive: false, keyboard: false }).addTo(group);
        marker.getElement().textContent = words;
      }
      var view = map.getBounds();
      for (var lng = Math.ceil(box.getWest() / step) * step; lng <= box.getEast(); lng += step) {
        L.polyline([[south, lng], [north, lng]], style).addTo(group);
        label(view.getSouth(), lng, text(((lng + 540) % 360) - 180, "E", "W"), "lulc-meridian");
      }
      for (var lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
        L.polyline([[lat, box.getWest()], [lat, box.getEast()]], style).addTo(group);
        label(lat, view.getWest(), text(lat, "N", "S"), "lulc-parallel");
      }
    },
  });
})();
