/* What lies under everything: tiles of a map or of satellite pictures from elsewhere, or, where none can be had, the countries
   that the app brings along. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var OSM = "https://tile.openstreetmap.org/{z}/{x}/{y}.png";
  var OSM_BY = "© <a href='https://www.openstreetmap.org/copyright' target='_blank' rel='noopener'>OpenStreetMap</a> contributors";
  LULC.BASES = [
    { key: "light", url: OSM, by: OSM_BY, look: "lulc-light-tiles", max: 19 },
    { key: "dark", url: OSM, by: OSM_BY, look: "lulc-dark-tiles", max: 19 },
    { key: "streets", url: OSM, by: OSM_BY, look: "", max: 19 },
    {
      key: "satellite", look: "", max: 15,
      url: "https://tiles.maps.eox.at/wmts/1.0.0/s2cloudless_3857/default/g/{z}/{y}/{x}.jpg",
      by: "<a href='https://s2maps.eu' target='_blank' rel='noopener'>Sentinel-2 cloudless</a> by EOX (contains modified Copernicus Sentinel data 2016 & 2017)",
    },
    { key: "plain", url: "", by: "", look: "", max: 19 },
  ];

  LULC.addBaseMaps = function (view) {
    view.baseKey = function () {
      return view.choice.base || (view.dark ? "dark" : "light");
    };

    view.showBase = function () {
      var key = view.baseKey(), base = LULC.BASES.find(function (b) { return b.key === key; }) || LULC.BASES[0];
      if (view.baseShown === base.key) return;
      view.baseShown = base.key;
      if (view.base) view.base.remove();
      view.base = null;
      view.offline.hidden = true;
      if (view.borders) view.borders.remove();
      if (!base.url) {
        view.showBorders();
        return;
      }
      view.base = L.tileLayer(base.url, { attribution: base.by, maxZoom: 19, maxNativeZoom: base.max, className: base.look });
      var arrived = 0;
      view.base.on("tileload", function () { arrived++; view.offline.hidden = true; });
      view.base.on("tileerror", function () {
        if (arrived) return;
        view.showBorders();
        if (view.toldOffline) return;
        view.toldOffline = true; // once is enough
        view.offline.textContent = LULC.say("offline");
        view.offline.hidden = false;
        setTimeout(function () { view.offline.hidden = true; }, 8000);
      });
      view.base.addTo(view.map);
    };

    view.showBorders = function () {
      if (!view.options.borders) return;
      view.borders = view.borders || new LULC.Borders(view.options.borders);
      view.borders.addTo(view.map);
    };

    // What the browser asks of others for the base map; nothing else leaves the app.
    view.baseWords = function () {
      var key = view.baseKey(), base = LULC.BASES.find(function (b) { return b.key === key; });
      return base && base.url ? LULC.say("base.from", { host: new URL(base.url).hostname }) : LULC.say("base.nothing");
    };
  };
})();
