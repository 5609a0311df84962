/* Drawing the area with Leaflet.draw: words on its buttons, one area at a time, no tile clicks while a tool is on. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});

  function words() {
    var draw = L.drawLocal.draw, edit = L.drawLocal.edit;
    draw.toolbar.buttons.rectangle = "Rectangle";
    draw.toolbar.buttons.polygon = "Polygon";
    draw.handlers.rectangle.tooltip.start = "Press, drag and let go to draw a rectangle.";
    draw.handlers.simpleshape.tooltip.end = "Let go to finish.";
    draw.handlers.polygon.tooltip.start = "Click the first corner.";
    draw.handlers.polygon.tooltip.cont = "Click the next corner.";
    draw.handlers.polygon.tooltip.end = "Click the next corner, or the first one to close the area.";
    edit.toolbar.buttons.edit = "Edit";
    edit.toolbar.buttons.editDisabled = "Edit";
    edit.toolbar.buttons.remove = "Clear";
    edit.toolbar.buttons.removeDisabled = "Clear";
    edit.toolbar.actions.save.text = "Done";
    edit.toolbar.actions.save.title = "Take the changed area";
    edit.toolbar.actions.cancel.title = "Put the area back as it was";
    edit.handlers.edit.tooltip.text = "Drag the handles, then press Done.";
    edit.handlers.edit.tooltip.subtext = "";
  }

  LULC.addDrawing = function (view) {
    var map = view.map, shape = { shapeOptions: Object.assign({}, LULC.AREA) };
    words();
    var control = new L.Control.Draw({
      position: "topleft",
      edit: { featureGroup: view.drawn, edit: { selectedPathOptions: { fillOpacity: 0.1, maintainColor: true } }, poly: { allowIntersection: false } },
      draw: {
        polyline: false, circle: false, circlemarker: false, marker: false,
        rectangle: Object.assign({ metric: ["km", "ha", "m"] }, shape),
        polygon: Object.assign({ allowIntersection: false, showArea: true, metric: ["km", "ha", "m"], drawError: { message: "The outline must not cross itself." } }, shape),
      },
    });
    control.addTo(map);
    // The quicker tool first; Leaflet.draw has a fixed order of its own.
    var box = control.getContainer(), quick = box.querySelector(".leaflet-draw-draw-rectangle");
    quick.parentNode.prepend(quick);
    label(control.getContainer());

    ["draw", "edit"].forEach(function (kind) {
      map.on("draw:" + kind + "start", function () {
        view.busy = true;
        view.readout.hidden = view.invite.hidden = true;
        setTimeout(function () { label(control.getContainer()); }, 0); // Done and Cancel have just been made
      });
      // The click that ends a drawing reaches the map a moment later; it is no click on a tile.
      map.on("draw:" + kind + "stop", function () { setTimeout(function () { view.busy = false; }, 150); });
    });
    map.on("draw:created", function (event) {
      view.drawn.clearLayers().addLayer(event.layer); // one area at a time: the new one replaces the old
      report();
    });
    map.on("draw:edited", report);
    // Leaflet.draw wants a click on the shape and then on "Save" to delete; with one area, one click says it all.
    map.on("draw:deletestart", function () {
      setTimeout(function () {
        control._toolbars.edit.disable();
        view.drawn.clearLayers();
        report();
      }, 0);
    });

    function report() {
      var features = view.drawn.toGeoJSON().features;
      var seq = view.send("area", { features: features });
      view.areaRev = features.length ? "map:" + seq : "";
      view.remember();
      view.updateTools();
    }

    view.updateTools = function () {
      control._toolbars.edit._checkDisabled();
      label(control.getContainer());
    };
    view.startDrawing = function (kind) {
      control._toolbars.draw._modes[kind].handler.enable();
    };
  };

  // Leaflet.draw shows icons and hides their words from the eye; we show words (see lulc.css) and say that they are buttons.
  function label(container) {
    container.setAttribute("role", "toolbar");
    container.setAttribute("aria-label", "Area on the map");
    container.querySelectorAll("a").forEach(function (link) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-disabled", String(link.classList.contains("leaflet-disabled")));
    });
  }
})();
