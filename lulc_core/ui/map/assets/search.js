/* A place by its name: typed here, looked up by the app itself, gone to on the map. A combobox (WAI-ARIA, list autocomplete). */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var WAIT_MS = 180, SQUARE_KM = 6, LEAST = 2;

  LULC.addSearch = function (view) {
    var map = view.map, box = LULC.box("lulc-search", "topleft").addTo(map).box, say = LULC.say;
    var input = LULC.make("input", "", box), list = LULC.make("div", "lulc-places", box), said = LULC.make("span", "lulc-sr", box);
    var found = [], foundFor = "", at = -1, timer = 0, asked = 0;
    input.type = "search";
    input.placeholder = say("search");
    input.autocomplete = "off";
    input.spellcheck = false;
    list.id = "lulc-places";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", say("search"));
    said.setAttribute("role", "status");
    Object.entries({ role: "combobox", "aria-label": say("search"), "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })
      .forEach(function (pair) { input.setAttribute(pair[0], pair[1]); });

    function ask(text) {
      var number = ++asked;
      return fetch("../../places?" + new URLSearchParams({ q: text, lang: LULC.lang })).then(function (answer) {
        if (!answer.ok) throw new Error("places: HTTP " + answer.status);
        return answer.json();
      }).then(function (places) { if (number === asked) show(places, text); }, function () { if (number === asked) show([], text, say("search.failed")); });
    }

    function show(places, text, trouble) {
      found = places;
      foundFor = text;
      at = places.length ? 0 : -1;
      list.replaceChildren();
      places.forEach(function (place, i) {
        var option = LULC.make("div", "", list);
        option.id = "lulc-place-" + i;
        option.setAttribute("role", "option");
        LULC.make("b", "", option, place.name);
        LULC.make("span", "", option, place.where);
        option.addEventListener("mousedown", function (event) {
          event.preventDefault(); // the field keeps the focus
          go(i);
        });
      });
      var words = trouble || (places.length ? "" : say("search.none", { text: text }));
      if (words && text) LULC.make("em", "", list, words);
      said.textContent = places.length ? say("search.found", { n: places.length }) : words;
      open(Boolean(text));
      choose(at);
    }

    function open(wanted) {
      list.hidden = !wanted;
      input.setAttribute("aria-expanded", String(wanted));
    }

    function choose(i) {
      at = i;
      Array.from(list.querySelectorAll("[role=option]")).forEach(function (option, k) {
        option.setAttribute("aria-selected", String(k === i));
        if (k === i) option.scrollIntoView({ block: "nearest" });
      });
      if (i < 0) input.removeAttribute("aria-activedescendant");
      else input.setAttribute("aria-activedescendant", "lulc-place-" + i);
    }

    function go(i) {
      var place = found[i];
      clearTimeout(timer);
      asked++;
      open(false);
      input.value = place.name;
      view.goTo([place.lat, place.lng], place.zoom);
      offer(place);
    }

    // What one may want to do there; a marker says where it is.
    var pin = null;
    function offer(place) {
      view.invite.hidden = true;
      card.replaceChildren();
      LULC.make("strong", "", card, place.name);
      var first = LULC.button(card, "lulc-go", say("look_here", { km: SQUARE_KM }), function (event) {
        close();
        view.takeSquare(place.lat, place.lng, SQUARE_KM, place.name);
        if (event.detail === 0 && window.parent.lulcGoOn) window.parent.lulcGoOn(); // pressed by keyboard
      });
      LULC.button(card, "", say("draw_here"), function () { close(); view.startDrawing("rectangle"); });
      LULC.button(card, "lulc-close", "×", close).setAttribute("aria-label", say("close"));
      card.hidden = false;
      first.focus();
      if (pin) pin.remove();
      pin = L.circleMarker([place.lat, place.lng], { pane: "lulc-select", radius: 7, color: "#fff", weight: 2, fillColor: LULC.AREA.color, fillOpacity: 1, interactive: false }).addTo(map);
    }
    function close() {
      card.hidden = true;
      if (pin) pin.remove();
      pin = null;
    }
    var card = LULC.make("div", "lulc-card lulc-place", map.getContainer());
    card.hidden = true;
    L.DomEvent.disableClickPropagation(card);
    map.on("draw:drawstart", close);

    input.addEventListener("focus", function () { if (!view.placesReady) { view.placesReady = true; fetch("../../places?q="); } });
    input.addEventListener("input", function () {
      var text = input.value.trim();
      clearTimeout(timer);
      asked++;
      if (text.length < LEAST) open(false);
      else timer = setTimeout(function () { ask(text); }, WAIT_MS);
    });
    input.addEventListener("blur", function () { open(false); });
    input.addEventListener("keydown", function (event) {
      var n = found.length, text = input.value.trim();
      if (event.key === "Escape") {
        open(false);
        close();
      } else if (event.key === "Enter") {
        event.preventDefault(); // go() moves the focus to a button, which this same press would then press
        clearTimeout(timer);
        if (foundFor === text && at >= 0) go(at);
        else if (text.length >= LEAST) ask(text).then(function () { if (found.length && foundFor === text) go(0); });
      } else if (n && !list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        choose((at + (event.key === "ArrowDown" ? 1 : n - 1)) % n);
      }
    });
  };
})();
