/* Runs right after leaflet.js: marker pictures lie beside the style sheet, wherever that is served from. */
(function () {
  "use strict";
  var leaflet = Array.prototype.find.call(document.scripts, function (s) { return /leaflet(\.min)?\.js($|\?)/.test(s.src); });
  if (leaflet) L.Icon.Default.imagePath = leaflet.src.replace(/[^/]*$/, "") + "images/";
})();
