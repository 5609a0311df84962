/* The map of the Compare page: both dates by swipe, side by side, by fade or alone, and over them what changed.
   Everything that a user turns here stays here; only a drawing and a click on a tile go to Python. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var STORE = "lulc-compare", SIDE_FROM_PX = 700;
  var PANES = ["lulc-before", "lulc-after"];
  var MODES = [["swipe", "Swipe"], ["side", "Side by side"], ["fade", "Fade"], ["before", "Earlier"], ["after", "Later"]];

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
    var view = LULC.view;
    var look = Object.assign({ pair: "true_colour", mode: "swipe", share: 0.5, fade: 0.5, over: "change", overOpacity: 0.8, open: false, legendOpen: window.innerWidth > 560 }, stored());
    var result = null, shown = {}, facts = null, loaded = "", swipe = null, side = null;
    var instead = false; // an index is shown because there are no changes
    view.look = look;
    PANES.forEach(function (name, i) {
      map.createPane(name).style.zIndex = 310 + i;
      map.getPane(name).style.pointerEvents = "none";
    });
    map.createPane("lulc-change").style.zIndex = 350;
    map.getPane("lulc-change").style.pointerEvents = "none";

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
      if (what === "mode") box.refill("lulc-mode");
      save();
    }

    // On a narrow screen two maps would be too small to read anything on.
    function mode() {
      return look.mode === "side" && window.innerWidth < SIDE_FROM_PX ? "swipe" : look.mode;
    }

    // Over the whole frame and not on one of the maps: side by side it belongs to both.
    var box = LULC.make("div", "lulc-box lulc-ways", document.body);
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "What is compared");
    box.fill = function () {
      box.replaceChildren();
      box.hidden = !result;
      if (!result) return;
      var ways = MODES.filter(function (m) { return m[0] !== "side" || window.innerWidth >= SIDE_FROM_PX; });
      LULC.radios(box, "lulc-pills", "Both dates by", "lulc-mode", ways, mode(), function (key) { choose("mode", key); });
      if (mode() === "fade") LULC.slider(box, result.days.join(" – "), "Fade from the earlier to the later date", look.fade, function (v) { choose("fade", v); });
      var details = LULC.fold(box, "Layers", look, "open", save);
      LULC.radios(details, "lulc-row", "Both dates as", "lulc-pair", result.pairs.map(function (p) { return [p.key, p.title]; }).concat([["none", "None"]]), pairKey(), function (key) { choose("pair", key); });
      var set = LULC.radios(details, "lulc-row", "Over them", "lulc-over", result.overs.map(function (o) { return [o.key, o.title]; }).concat([["none", "Nothing"]]), look.over, function (key) { choose("over", key); });
      LULC.slider(set, "Opacity", "Opacity of what lies over them", look.overOpacity, function (v) { choose("overOpacity", v); });
      LULC.baseMaps(details, view);
    };
    // Filled again, with the keyboard where it was.
    box.refill = function (name) {
      var held = document.activeElement && document.activeElement.name === name;
      box.fill();
      var chosen = held && box.querySelector("input[name='" + name + "']:checked");
      if (chosen) chosen.focus();
    };

    var legend = LULC.box("lulc-legend", "bottomleft", "Legend");
    legend.fill = function () {
      this.box.replaceChildren();
      var over = result && result.overs.find(function (o) { return o.key === look.over; });
      var pair = result && result.pairs.find(function (p) { return p.key === pairKey(); });
      var parts = [over, pair].filter(function (part) { return part && part.legend.length; });
      this.box.hidden = !parts.length;
      if (!parts.length) return;
      var details = LULC.fold(this.box, "Legend", look, "legendOpen", save);
      parts.forEach(function (part) {
        var list = LULC.steps(details, part.title, part.legend);
        if (part.note) LULC.make("em", "", list, part.note);
      });
    };
    legend.addTo(map);

    function pairKey() {
      if (look.pair === "none" || !result) return "none";
      var has = result.pairs.some(function (p) { return p.key === look.pair; });
      return has ? look.pair : result.pairs[0].key;
    }

    function overlay(slot, on, item, pane, opacity) {
      var old = shown[slot];
      if (old && (!item || old.item.url !== item.url || old.on !== on)) {
        old.layer.remove();
        delete shown[slot];
        old = null;
      }
      if (!item) return;
      if (!old) {
        var layer = L.imageOverlay(item.url, item.bounds, { pane: pane, alt: item.title, className: "lulc-picture" });
        old = shown[slot] = { item: item, layer: layer, on: on, ready: false };
        layer.on("load", function () { old.ready = true; tell(); });
        layer.addTo(on);
      }
      old.layer.setOpacity(opacity);
    }

    function paint() {
      if (!result) return;
      var pair = result.pairs.find(function (p) { return p.key === pairKey(); }), by = mode();
      if (by === "side" && !side) side = view.side = new LULC.SideMap(view);
      if (by !== "side" && side) closeSide();
      var over = result.overs.find(function (o) { return o.key === look.over; }), second = side ? side.map : map;
      overlay("before", map, pair && by !== "after" ? pair.before : null, PANES[0], 1);
      overlay("after", second, pair && by !== "before" ? pair.after : null, PANES[1], by === "fade" ? look.fade : 1);
      overlay("over", map, over, "lulc-change", look.overOpacity);
      overlay("overSecond", second, side ? over : null, "lulc-change", look.overOpacity);
      if (side) {
        side.name(result.days, view.badge.textContent);
        side.copy();
      }
      var swiping = Boolean(pair) && by === "swipe";
      if (swiping && !swipe) {
        swipe = new L.Swipe(PANES, look.share, function (share) { look.share = share; save(); });
        swipe.name(result.days[0], result.days[1]).addTo(map);
      } else if (swiping) {
        swipe.name(result.days[0], result.days[1]);
      } else if (swipe) {
        swipe.remove();
        swipe = null;
      }
      map.getContainer().dataset.showing = [pairKey(), by, look.over].join(" ");
    }

    function closeSide() {
      ["after", "overSecond"].forEach(function (slot) { overlay(slot); });
      side.remove();
      side = view.side = null;
    }

    function clear() {
      Object.keys(shown).forEach(function (slot) { overlay(slot); });
      if (side) closeSide();
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
        facts = { from: bytes(data.from_ids), probability: bytes(data.change_probability), certainty: bytes(data.certainty), trajectory: bytes(data.trajectory), words: data.words, trajectories: data.trajectories };
        tell();
      });
    }

    // Says when all of a comparison is on the screen: tiles and every picture that is wanted.
    function tell() {
      var data = map.getContainer().dataset, url = loaded;
      if (!facts || data.painted === url || !Object.values(shown).every(function (s) { return s.ready; })) return;
      window.requestAnimationFrame(function () {
        if (loaded !== url || data.painted === url) return;
        data.painted = url;
        data.paintedAt = Date.now();
      });
    }

    view.describe = function (spot) {
      var i = spot.index, id = view.lattice.tileId(spot.row, spot.col), names = options.classes, to = view.lattice.ids[i];
      if (!facts || facts.certainty[i] === 255) return "not compared · " + id;
      if (facts.certainty[i] === 0) return names[to].label + ", no change · " + id;
      var words = [names[facts.from[i]].label + " → " + names[to].label, "chance " + facts.probability[i] + " %", facts.words[facts.certainty[i]]];
      if (facts.trajectory[i] > 0 && facts.trajectory[i] < 255) words.push(facts.trajectories[facts.trajectory[i]]);
      return words.concat(id).join(" · ");
    };

    // What the first map shows of area, tile and base map, the second shows too.
    ["showBase", "outlineTile"].forEach(function (name) {
      var first = view[name];
      view[name] = function (ring) {
        first.call(view, ring);
        if (name === "outlineTile") view.ring = ring;
        if (side) side.copy();
      };
    });

    var wide = window.innerWidth >= SIDE_FROM_PX;
    window.addEventListener("resize", function () {
      if (wide === window.innerWidth >= SIDE_FROM_PX) return;
      wide = !wide;
      paint();
      box.fill();
    });

    view.apply = function (state) {
      if (view.heard("area", state)) {
        view.showArea(state.area);
        view.inviteIf(state.invite);
        map.getContainer().dataset.area = state.area ? state.area.rev : "";
      }
      if (!(state.area && state.area.bad)) view.drawn.setStyle({ fillOpacity: state.result ? 0 : 0.06 });
      if (view.credit) map.attributionControl.removeAttribution(view.credit);
      view.credit = state.result ? state.result.attribution : "";
      if (view.credit) map.attributionControl.addAttribution(view.credit);
      view.badge.textContent = state.badge;
      view.badge.hidden = !state.badge;
      var key = JSON.stringify(state.result), old = result;
      if (key !== view.resultText) {
        view.resultText = key;
        result = state.result;
        if (!result || (old && old.id !== result.id)) clear();
        if (result && !(old && old.id === result.id)) {
          if (result.over) look.over = result.over;
          else if (instead) look.over = "change";
          instead = Boolean(result.over);
        }
        box.fill();
        if (result) load(result.tiles);
        paint();
        legend.fill();
      } else if (side) side.copy();
      if (view.heard("click", state)) view.showSelected(state.selected);
      var ring = state.selected && state.go ? state.selected.map(function (p) { return [p[1], p[0]]; }) : null;
      if (ring && view.went !== state.go && !map.getBounds().contains(ring)) map.panTo(L.latLngBounds(ring).getCenter(), { animate: false });
      view.went = state.go;
    };
    box.fill();
    return view.drawn;
  };
})();
