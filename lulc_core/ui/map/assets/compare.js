/* The map of the Compare page: both dates by swipe, side by side, by fade or alone, and over them what changed.
   Everything that a user turns here stays here; only a drawing, a click on a tile and a step to another place go to
   Python, which says what a place is and where the map shall look. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var STORE = "lulc-compare", SIDE_FROM_PX = 700, SETTLING_MS = 4000;
  var PANES = ["lulc-before", "lulc-after"];
  var MODES = ["swipe", "side", "fade", "before", "after"];

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
    var look = Object.assign({ pair: "true_colour", mode: "swipe", placeMode: "side", share: 0.5, fade: 0.5, over: "none", overOpacity: 0.8, outlines: true, open: false, legendOpen: window.innerWidth > 560 }, stored());
    var result = null, shown = {}, facts = null, loaded = "", swipe = null, side = null, words = {}, names = [];
    var places = null, placesUrl = "", outlines = [], chosen = -1; // the changed places, their outlines on each map
    var closeUp = false, hidden = false; // one place is looked at; all but the pictures is hidden
    var aim = null; // where the map was sent to: again if its frame still grows
    var instead = false; // an index is shown because there are no changes
    view.look = look;
    view.room = [200, 20]; // its layers are folded away
    PANES.concat(["lulc-change", "lulc-places"]).forEach(function (name, i) {
      map.createPane(name).style.zIndex = [310, 311, 350, 440][i];
      map.getPane(name).style.pointerEvents = "none";
    });

    function say(key) {
      return words[key] || "";
    }

    function save() {
      try {
        window.sessionStorage.setItem(STORE, JSON.stringify(look));
      } catch (error) {
        return; // see stored()
      }
    }

    function choose(what, value) {
      look[what === "mode" && closeUp ? "placeMode" : what] = value;
      paint();
      legend.fill();
      if (what === "mode") box.refill("lulc-mode");
      save();
    }

    // On a narrow screen two maps would be too small to read anything on.
    function mode() {
      var wanted = closeUp ? look.placeMode : look.mode;
      return wanted === "side" && window.innerWidth < SIDE_FROM_PX ? "swipe" : wanted;
    }

    // Over the whole frame and not on one of the maps: side by side it belongs to both.
    var box = LULC.make("div", "lulc-box lulc-ways", document.body);
    box.setAttribute("role", "group");
    box.fill = function () {
      box.replaceChildren();
      box.hidden = !result;
      if (!result) return;
      box.setAttribute("aria-label", say("ways"));
      var ways = MODES.filter(function (key) { return key !== "side" || window.innerWidth >= SIDE_FROM_PX; });
      LULC.radios(box, "lulc-pills", say("both_by"), "lulc-mode", ways.map(function (key) { return [key, say(key)]; }), mode(), function (key) { choose("mode", key); });
      if (mode() === "fade") LULC.slider(box, result.days.join(" – "), say("fading"), look.fade, function (v) { choose("fade", v); });
      var row = LULC.make("div", "lulc-under", box);
      box.hider = LULC.make("button", "lulc-hide", row);
      box.hider.type = "button";
      box.hider.title = say("hide_key");
      box.hider.addEventListener("click", function () { hide(!hidden); });
      hide(hidden);
      var details = LULC.fold(row, say("layers"), look, "open", save);
      LULC.radios(details, "lulc-row", say("both_as"), "lulc-pair", result.pairs.map(function (p) { return [p.key, p.title]; }).concat([["none", say("none")]]), pairKey(), function (key) { choose("pair", key); });
      var set = LULC.radios(details, "lulc-row", say("over"), "lulc-over", [["none", say("nothing")]].concat(result.overs.map(function (o) { return [o.key, o.title]; })), look.over, function (key) { choose("over", key); });
      LULC.slider(set, say("opacity"), say("opacity_over"), look.overOpacity, function (v) { choose("overOpacity", v); });
      LULC.checkbox(details, say("outlines"), look.outlines, function (on) { choose("outlines", on); });
      LULC.baseMaps(details, view);
    };
    function hide(on) {
      hidden = on;
      [map, side && side.map].forEach(function (one) {
        if (one) ["lulc-change", "lulc-places", "lulc-select"].forEach(function (name) { one.getPane(name).style.display = on ? "none" : ""; });
      });
      map.getContainer().dataset.hidden = on;
      if (!box.hider) return;
      box.hider.textContent = say(on ? "show_changes" : "hide_changes");
      box.hider.setAttribute("aria-pressed", String(on));
    }
    // Filled again, with the keyboard where it was.
    box.refill = function (name) {
      var held = document.activeElement && document.activeElement.name === name;
      box.fill();
      var again = held && box.querySelector("input[name='" + name + "']:checked");
      if (again) again.focus();
    };

    var legend = LULC.box("lulc-legend", "bottomleft", "Legend");
    legend.fill = function () {
      this.box.replaceChildren();
      var over = result && result.overs.find(function (o) { return o.key === look.over; });
      var pair = result && result.pairs.find(function (p) { return p.key === pairKey(); });
      var parts = [over, pair].filter(function (part) { return part && part.legend.length; });
      var became = look.outlines && places ? options.classes.filter(function (c) { return places.to.indexOf(c.id) >= 0; }) : [];
      this.box.hidden = !parts.length && !became.length;
      if (this.box.hidden) return;
      var details = LULC.fold(this.box, say("legend"), look, "legendOpen", save);
      if (became.length) {
        var list = LULC.steps(details, say("outlined"), became.map(function (c) { return [say("became").replace("{class}", names[c.id]), c.color]; }));
        list.querySelectorAll(".lulc-chip").forEach(function (chip, i) {
          chip.textContent = became[i].letter;
          chip.style.color = became[i].ink;
        });
      }
      parts.forEach(function (part) {
        var steps = LULC.steps(details, part.title, part.legend);
        if (part.note) LULC.make("em", "", steps, part.note);
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
      outline();
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

    // The outlines of the changed places on every map that is there, made anew where maps or places are others.
    function outline() {
      var maps = places && view.lattice && look.outlines ? [map].concat(side ? [side.map] : []) : [];
      var same = outlines.length === maps.length && outlines.every(function (o, i) { return o.on === maps[i] && o.of === places; });
      if (!same) {
        outlines.forEach(function (o) { o.layer.remove(); });
        outlines = maps.map(function (one) { return { on: one, of: places, layer: new LULC.Places(view.lattice, places, options) }; });
        outlines.forEach(function (o) { o.layer.addTo(o.on); });
      }
      outlines.forEach(function (o) { o.layer.choose(chosen); });
      if (hidden) hide(true);
      map.getContainer().dataset.places = maps.length ? String(places.cells.length) : "";
    }

    function loadPlaces(url) {
      if (placesUrl === url) return;
      placesUrl = url;
      places = null;
      fetch(url).then(function (answer) {
        if (!answer.ok) throw new Error("places: HTTP " + answer.status);
        return answer.json();
      }).then(function (data) {
        if (placesUrl !== url) return;
        places = data;
        outline();
        legend.fill();
        tell();
      });
    }

    // On a phone the map lies above the button that was pressed, out of sight.
    function showMap() {
      var frame = window.frameElement;
      if (!frame || window.innerWidth >= SIDE_FROM_PX) return;
      frame.style.scrollMarginTop = "4rem";
      frame.scrollIntoView({ block: "start" });
    }

    // A place is looked at from as near as Python says, whatever steps of zoom there are.
    function goTo(bounds) {
      map.invalidateSize({ animate: false });
      var snap = map.options.zoomSnap;
      map.options.zoomSnap = 0;
      map.fitBounds(bounds, { padding: [6, 6], animate: false });
      map.options.zoomSnap = snap;
      aim = { bounds: bounds, until: Date.now() + SETTLING_MS };
    }
    map.on("resize", function () {
      if (aim && Date.now() < aim.until) goTo(aim.bounds);
    });
    ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
      document.addEventListener(kind, function () { aim = null; }, { capture: true, passive: true });
    });

    // Keys that act wherever one works on the page: h hides and shows, n and p go to the next and the previous place.
    function onKey(event) {
      var frame = window.frameElement, at = event.target;
      if (frame && !frame.isConnected) {
        event.currentTarget.removeEventListener("keydown", onKey);
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || !result) return;
      if (at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) || (at.tagName === "INPUT" && !/^(radio|checkbox|range)$/.test(at.type))) return;
      var by = { n: 1, p: -1 }[event.key.toLowerCase()];
      if (event.key.toLowerCase() === "h") hide(!hidden);
      else if (by) view.send("step", { by: by });
    }
    document.addEventListener("keydown", onKey);
    try {
      window.parent.document.addEventListener("keydown", onKey);
    } catch (error) {
      void error; // a page that does not let its frames in has its keys on the map only
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
      view.lattice = facts = places = null;
      loaded = placesUrl = "";
      outline();
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
        outline();
        tell();
      });
    }

    // Says when all of a comparison is on the screen: tiles and every picture that is wanted.
    function tell() {
      var data = map.getContainer().dataset, url = loaded;
      if (!facts || !places || data.painted === url || !Object.values(shown).every(function (s) { return s.ready; })) return;
      window.requestAnimationFrame(function () {
        if (loaded !== url || data.painted === url) return;
        data.painted = url;
        data.paintedAt = Date.now();
      });
    }

    view.describe = function (spot) {
      var i = spot.index, to = view.lattice.ids[i];
      if (!facts || facts.certainty[i] === 255) return say("not_compared");
      if (facts.certainty[i] === 0) return names[to] + ", " + say("no_change");
      var parts = [names[facts.from[i]] + " → " + names[to], facts.words[facts.certainty[i]], facts.probability[i] + " %"];
      if (facts.trajectory[i] > 0 && facts.trajectory[i] < 255) parts.push(facts.trajectories[facts.trajectory[i]]);
      return parts.join(" · ");
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
      if (JSON.stringify(words) !== JSON.stringify(state.words)) {
        words = state.words;
        view.resultText = null; // what is written on the map is written anew
        if (swipe) swipe.remove();
        swipe = null;
      }
      L.Swipe.words = words;
      names = state.classes;
      var wasClose = closeUp;
      closeUp = state.close_up;
      chosen = state.place;
      if (view.heard("area", state)) {
        view.showArea(state.area);
        view.inviteIf(state.invite);
        map.getContainer().dataset.area = state.area ? state.area.rev : "";
        view.showUndo(Boolean(state.undo));
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
          else if (instead) look.over = "none";
          instead = Boolean(result.over);
        }
        box.fill();
        if (result) {
          load(result.tiles);
          loadPlaces(result.places);
        }
        paint();
        legend.fill();
      } else if (wasClose !== closeUp) {
        paint();
        box.fill();
      } else {
        if (side) side.copy();
        outline();
      }
      if (view.heard("click", state)) view.showSelected(state.selected);
      if (result && state.go && look.went !== state.go) {
        goTo(state.focus);
        showMap();
      }
      look.went = state.go;
      save();
    };
    box.fill();
    return view.drawn;
  };
})();
