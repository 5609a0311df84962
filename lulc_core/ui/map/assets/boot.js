/* Runs right after leaflet.js: marker pictures lie beside the style sheet, wherever that is served from; zoom is free. */
(function () {
  "use strict";
  var leaflet = Array.prototype.find.call(document.scripts, function (s) { return /leaflet(\.min)?\.js($|\?)/.test(s.src); });
  // folium forbids to enlarge the page with two fingers.
  function freeZoom() {
    document.querySelectorAll("meta[name=viewport]").forEach(function (meta) { meta.content = "width=device-width, initial-scale=1"; });
  }
  freeZoom();
  new MutationObserver(freeZoom).observe(document.head, { childList: true });
  if (leaflet) L.Icon.Default.imagePath = leaflet.src.replace(/[^/]*$/, "") + "images/";
})();
