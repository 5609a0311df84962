/* The map of the Compare page: both dates by swipe, fade or alone, and over them what changed. Everything that a user
   turns here stays here; only a click on a tile goes to Python. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var STORE = "lulc-compare";
  var PANES = ["lulc-before", "lulc-after"];
  var MODES = [["swipe", "Swipe"], ["fade", "Fade"], ["before", "Earlier"], ["after", "Later"]];

  function stored() {
    try {
      return JSON.parse(window.sessionStorage.getItem(STORE)) || {};
    } catch (error) {
      return {}; // storage can be forbidden; then the choices are forgotten on a page change
    }
  }

  function bytes(text) {
    return Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
  }

  LULC.startCompare = function (map, options) {
    LULC.start(map, options);
    var view = LULC.view, roomy = map.getSize().x > 560;
    var look = Object.assign({ pair: "true_colour", mode: "swipe", share: 0.5, fade: 0.5, over: "change", overOpacity: 0.8, open: roomy, legendOpen: roomy }, stored());
    var result = null, shown = {}, facts = null, loaded = "", swipe = null;
    view.look = look;
    PANES.forEach(function (name, i) {
      map.createPane(name).style.zIndex = 310 + i;
      map.getPane(name).style.pointerEvents = "none";
    });
    map.createPane("lulc-change").style.zIndex = 350;
    map.getPane("lulc-change").style.pointerEvents = "none";
    // The area is drawn on the Explore page; here it is given.
    map.getContainer().querySelectorAll(".leaflet-draw").forEach(function (tools) { tools.style.display = "none"; });

    function save() {
      try {
        window.sessionStorage.setItem(STORE, JSON.stringify(look));
      } catch (error) {
        return; // see stored()
      }
    }

    function choose(what, value) {
      look[what] = value;
      paint();
      legend.fill();
      if (what === "mode") box.fill();
      save();
    }

    function radios(parent, title, name, items, chosen, onPick) {
      var set = LULC.make("fieldset", "lulc-set lulc-row", parent);
      LULC.make("legend", "", set, title);
      items.forEach(function (item) {
        var label = LULC.make("label", "", set), input = LULC.make("input", "", label);
        input.type = "radio";
        input.name = name;
        input.value = item[0];
        input.checked = item[0] === chosen;
        input.addEventListener("change", function () { onPick(item[0]); });
        LULC.make("span", "", label, item[1]);
      });
      return set;
    }

    function slider(parent, words, title, value, onMove) {
      var label = LULC.make("label", "lulc-slider", parent), input;
      LULC.make("span", "", label, words);
      input = LULC.make("input", "", label);
      input.type = "range";
      input.min = 0;
      input.max = 100;
      input.step = 5;
      input.value = Math.round(value * 100);
      input.setAttribute("aria-label", title);
      input.addEventListener("input", function () { onMove(input.value / 100); });
    }

    var box = LULC.box("lulc-layers", "topright", "What is compared");
    box.fill = function () {
      this.box.replaceChildren();
      this.box.hidden = !result;
      if (!result) return;
      var details = LULC.make("details", "", this.box);
      details.open = look.open;
      details.addEventListener("toggle", function () { look.open = details.open; save(); });
      LULC.make("summary", "", details, "Show");
      radios(details, "Both dates as", "lulc-pair", result.pairs.map(function (p) { return [p.key, p.title]; }).concat([["none", "None"]]), pairKey(), function (key) { choose("pair", key); });
      var set = radios(details, "By", "lulc-mode", MODES, look.mode, function (key) { choose("mode", key); });
      if (look.mode === "fade") slider(set, result.days[1], "Fade from the earlier to the later date", look.fade, function (v) { choose("fade", v); });
      set = radios(details, "Over them", "lulc-over", result.overs.map(function (o) { return [o.key, o.title]; }).concat([["none", "Nothing"]]), look.over, function (key) { choose("over", key); });
      slider(set, "Opacity", "Opacity of the changes", look.overOpacity, function (v) { choose("overOpacity", v); });
    };
    box.addTo(map);
    // Above the choice of the base map, which the Explore page's box still offers.
    box.getContainer().parentNode.prepend(box.getContainer());

    var legend = LULC.box("lulc-legend", "bottomleft", "Legend");
    legend.fill = function () {
      this.box.replaceChildren();
      var over = result && result.overs.find(function (o) { return o.key === look.over; });
      var pair = result && result.pairs.find(function (p) { return p.key === pairKey(); });
      var parts = [over, pair].filter(function (part) { return part && part.legend.length; });
      this.box.hidden = !parts.length;
      if (!parts.length) return;
      var details = LULC.make("details", "", this.box);
      details.open = look.legendOpen;
      details.addEventListener("toggle", function () { look.legendOpen = details.open; save(); });
      LULC.make("summary", "", details, "Legend");
      parts.forEach(function (part) {
        var list = LULC.make("div", "lulc-steps", details);
        LULC.make("strong", "", list, part.title);
        part.legend.forEach(function (item) {
          var row = LULC.make("span", "", list), chip = LULC.make("span", "lulc-chip", row);
          chip.style.background = item[1];
          LULC.make("span", "", row, item[0]);
        });
        if (part.note) LULC.make("em", "", list, part.note);
      });
    };
    legend.addTo(map);

    function pairKey() {
      if (look.pair === "none" || !result) return "none";
      var has = result.pairs.some(function (p) { return p.key === look.pair; });
      return has ? look.pair : result.pairs[0].key;
    }

    function overlay(slot, item, pane, opacity) {
      var old = shown[slot];
      if (old && (!item || old.item.url !== item.url)) {
        old.layer.remove();
        old = shown[slot] = null;
      }
      if (!item) return;
      if (!old) {
        var layer = L.imageOverlay(item.url, item.bounds, { pane: pane, alt: item.title, className: "lulc-picture" }).addTo(map);
        old = shown[slot] = { item: item, layer: layer };
      }
      old.layer.setOpacity(opacity);
    }

    function paint() {
      if (!result) return;
      var pair = result.pairs.find(function (p) { return p.key === pairKey(); }), mode = look.mode;
      overlay("before", pair && mode !== "after" ? pair.before : null, PANES[0], 1);
      overlay("after", pair && mode !== "before" ? pair.after : null, PANES[1], mode === "fade" ? look.fade : 1);
      overlay("over", result.overs.find(function (o) { return o.key === look.over; }), "lulc-change", look.overOpacity);
      var swiping = Boolean(pair) && mode === "swipe";
      if (swiping && !swipe) {
        swipe = new L.Swipe(PANES, look.share, function (share) { look.share = share; save(); });
        swipe.name(result.days[0], result.days[1]).addTo(map);
      } else if (swiping) {
        swipe.name(result.days[0], result.days[1]);
      } else if (swipe) {
        swipe.remove();
        swipe = null;
      }
      map.getContainer().dataset.showing = [pairKey(), mode, look.over].join(" ");
    }

    function clear() {
      Object.keys(shown).forEach(function (slot) { overlay(slot, null); });
      if (swipe) swipe.remove();
      swipe = null;
      view.lattice = facts = null;
      loaded = "";
      view.readout.hidden = true;
    }

    function load(url) {
      if (loaded === url) return;
      loaded = url;
      view.lattice = facts = null;
      fetch(url).then(function (answer) {
        if (!answer.ok) throw new Error("tiles: HTTP " + answer.status);
        return answer.json();
      }).then(function (data) {
        if (loaded !== url) return; // another comparison has taken its place meanwhile
        view.lattice = new LULC.Lattice(data);
        facts = { from: bytes(data.from_ids), chance: bytes(data.chance), certainty: bytes(data.certainty), course: bytes(data.course), words: data.words, courses: data.courses };
        map.getContainer().dataset.painted = url;
      });
    }

    view.describe = function (spot) {
      var i = spot.index, id = view.lattice.tileId(spot.row, spot.col), names = options.classes, to = view.lattice.ids[i];
      if (!facts || facts.certainty[i] === 255) return "not compared · " + id;
      if (facts.certainty[i] === 0) return names[to].label + ", no change · " + id;
      var words = [names[facts.from[i]].label + " → " + names[to].label, "chance " + facts.chance[i] + " %", facts.words[facts.certainty[i]]];
      if (facts.course[i] > 0 && facts.course[i] < 255) words.push(facts.courses[facts.course[i]]);
      return words.concat(id).join(" · ");
    };

    view.apply = function (state) {
      view.showArea(state.area);
      view.drawn.setStyle({ fillOpacity: state.result ? 0 : 0.06 });
      if (view.credit) map.attributionControl.removeAttribution(view.credit);
      view.credit = state.result ? state.result.attribution : "";
      if (view.credit) map.attributionControl.addAttribution(view.credit);
      var key = JSON.stringify(state.result), old = result;
      if (key !== view.resultText) {
        view.resultText = key;
        result = state.result;
        if (!result || (old && old.id !== result.id)) clear();
        box.fill();
        if (result) load(result.tiles);
        paint();
        legend.fill();
      }
      view.showSelected(state.selected);
      var ring = state.selected && state.go ? state.selected.map(function (p) { return [p[1], p[0]]; }) : null;
      if (ring && view.went !== state.go && !map.getBounds().contains(ring)) map.panTo(L.latLngBounds(ring).getCenter(), { animate: false });
      view.went = state.go;
      view.badge.textContent = state.badge;
      view.badge.hidden = !state.badge;
      map.getContainer().dataset.area = state.area ? state.area.rev : "";
    };
    return view.drawn;
  };
})();
