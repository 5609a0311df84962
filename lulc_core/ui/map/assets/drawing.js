/* Drawing the area with Leaflet.draw: words on its buttons, one area at a time, no tile clicks while a tool is on; what is
   too large is red while it is drawn and is never taken. */
(function () {
  "use strict";
  var LULC = (window.LULC = window.LULC || {});
  var RECTANGLE = { onMouseUp: L.Draw.Rectangle.prototype._onMouseUp };
  var ALLOWED = 0.995; // of the limit: the browser measures on a sphere, Python on the ellipsoid
  var limitKm2 = Infinity;

  function words() {
    var draw = L.drawLocal.draw, edit = L.drawLocal.edit, say = LULC.say;
    draw.toolbar.buttons.rectangle = say("rectangle");
    draw.toolbar.buttons.polygon = say("polygon");
    draw.toolbar.actions.text = draw.toolbar.actions.title = say("cancel");
    draw.toolbar.finish.text = draw.toolbar.finish.title = say("finish");
    draw.toolbar.undo.text = draw.toolbar.undo.title = say("delete_corner");
    draw.handlers.rectangle.tooltip.start = say("rectangle.start", { limit: limitKm2 });
    draw.handlers.simpleshape.tooltip.end = say("rectangle.end");
    draw.handlers.polygon.tooltip.start = say("polygon.start", { limit: limitKm2 });
    draw.handlers.polygon.tooltip.cont = say("polygon.next");
    draw.handlers.polygon.tooltip.end = say("polygon.close");
    edit.toolbar.buttons.edit = edit.toolbar.buttons.editDisabled = say("edit");
    edit.toolbar.buttons.remove = edit.toolbar.buttons.removeDisabled = say("clear");
    edit.toolbar.actions.save.text = say("done");
    edit.toolbar.actions.save.title = say("done.title");
    edit.toolbar.actions.cancel.text = say("cancel");
    edit.toolbar.actions.cancel.title = say("cancel.title");
    edit.handlers.edit.tooltip.text = say("edit.text");
    edit.handlers.edit.tooltip.subtext = "";
  }

  /* ---- how large it is, said at the pointer ---- */

  function area(latlngs) {
    return latlngs.length > 2 ? L.GeometryUtil.geodesicArea(latlngs) / 1e6 : 0;
  }

  function sized(km2) {
    var large = km2 > ALLOWED * limitKm2;
    return {
      large: large,
      text: LULC.say(large ? "too_large" : "of_limit", { area: km2, limit: limitKm2 }),
    };
  }

  function mark(handler, shape, large) {
    if (shape) shape.setStyle({ color: large ? LULC.BAD : LULC.AREA.color, dashArray: large ? "6 6" : null });
    if (handler._tooltip && handler._tooltip._container) handler._tooltip._container.classList.toggle("lulc-too-large", large);
  }

  L.Draw.Rectangle.include({
    _getTooltipText: function () {
      if (!this._shape) {
        mark(this, null, false);
        return { text: this._endLabelText };
      }
      var size = sized(area(this._shape.getLatLngs()[0]));
      mark(this, this._shape, size.large);
      return { text: size.text, subtext: size.large ? "" : this._endLabelText };
    },

    // Let go while it is too large: the drawing goes, the tool stays, and what to do stands at the pointer.
    _onMouseUp: function (event) {
      if (!this._shape || !sized(area(this._shape.getLatLngs()[0])).large) {
        RECTANGLE.onMouseUp.call(this, event);
        return;
      }
      var text = this._getTooltipText();
      this._map.removeLayer(this._shape);
      delete this._shape;
      this._isDrawing = this._isCurrentlyTwoClickDrawing = false;
      L.DomEvent.off(document, "mouseup", this._onMouseUp, this);
      L.DomEvent.off(document, "touchend", this._onMouseUp, this);
      this._tooltip.updateContent(text);
    },
  });

  var OLD = L.Draw.Polygon.prototype, POLYGON = { addHooks: OLD.addHooks, removeHooks: OLD.removeHooks, tooltip: OLD._getTooltipText };
  L.Draw.Polygon.include({
    // A press that does not hit the marker under the pointer (a canvas in between, a browser that is busy) is a corner, too.
    addHooks: function () {
      POLYGON.addHooks.call(this);
      if (this._map) this._map.on("mousedown", this._onMouseDown, this);
    },
    removeHooks: function () {
      this._map.off("mousedown", this._onMouseDown, this);
      POLYGON.removeHooks.call(this);
    },
    _getTooltipText: function () {
      var text = POLYGON.tooltip.call(this), corners = this._poly ? this._poly.getLatLngs() : [];
      if (corners.length < 2) return text;
      var size = sized(area(corners.concat(this._currentLatLng || [])));
      mark(this, this._poly, size.large);
      return { text: size.text, subtext: size.large ? "" : text.text };
    },
    _shapeIsValid: function () {
      var size = sized(area(this._poly.getLatLngs()));
      this.options.drawError.message = size.large ? size.text : LULC.say("crosses");
      return this._markers.length >= 3 && !size.large;
    },
  });

  // The same while an area is edited: what is too large is not taken by "Done" either.
  var SAVE = L.EditToolbar.prototype._save;
  function edited(group) {
    return group.getLayers().reduce(function (sum, layer) {
      return sum + polygons(layer.getLatLngs()).reduce(function (all, rings) {
        return all + area(rings[0]) - rings.slice(1).reduce(function (holes, ring) { return holes + area(ring); }, 0);
      }, 0);
    }, 0);
  }

  function polygons(latlngs) {
    return L.LineUtil.isFlat(latlngs[0]) ? [latlngs] : latlngs;
  }

  L.EditToolbar.Edit.include({
    _getTooltipText: function () {
      var size = sized(edited(this._featureGroup)), handler = this;
      this._featureGroup.eachLayer(function (layer) { mark(handler, layer, size.large); });
      return { text: size.text, subtext: size.large || this._moved ? "" : LULC.say("edit.text") };
    },
    _onDrag: function () {
      this._moved = true;
      this._updateTooltip();
    },
  });
  L.EditToolbar.include({
    _save: function () {
      var group = this.options.featureGroup;
      if (sized(edited(group)).large) this._activeMode.handler._tooltip.updatePosition(group.getBounds().getCenter());
      else SAVE.call(this);
    },
  });

  // Beside the pointer, and never cut off by the edge of the map.
  var POSITION = L.Draw.Tooltip.prototype.updatePosition;
  L.Draw.Tooltip.include({
    updatePosition: function (latlng) {
      POSITION.call(this, latlng);
      var box = this._container;
      if (!box) return this;
      var at = this._map.latLngToContainerPoint(latlng), size = this._map.getSize(), wide = box.offsetWidth, high = box.offsetHeight;
      var right = at.x + wide + 26 < size.x, left = !right && at.x - wide - 26 > 0;
      box.classList.toggle("lulc-no-arrow", !right);
      box.style.marginLeft = (right ? 20 : left ? -wide - 20 : size.x - wide - 6 - at.x) + "px";
      var beside = Math.min(Math.max(-21, 6 - at.y), size.y - high - 6 - at.y);
      box.style.marginTop = (right || left ? beside : at.y > high + 24 ? -high - 18 : 24) + "px";
      return this;
    },
  });

  /* ---- the tools ---- */

  LULC.addDrawing = function (view) {
    var map = view.map, shape = { shapeOptions: Object.assign({}, LULC.AREA) };
    limitKm2 = view.options.limit_km2 || Infinity;
    words();
    var control = new L.Control.Draw({
      position: "topleft",
      edit: { featureGroup: view.drawn, edit: { selectedPathOptions: { fillOpacity: 0.1, maintainColor: true } }, poly: { allowIntersection: false } },
      draw: {
        polyline: false, circle: false, circlemarker: false, marker: false,
        rectangle: shape,
        polygon: Object.assign({ allowIntersection: false, showArea: true, drawError: { color: LULC.BAD, timeout: 4000, message: LULC.say("crosses") } }, shape),
      },
    });
    control.addTo(map);
    // The quicker tool first; Leaflet.draw has a fixed order of its own.
    var box = control.getContainer(), quick = box.querySelector(".leaflet-draw-draw-rectangle");
    quick.parentNode.prepend(quick);
    label(box);

    ["draw", "edit"].forEach(function (kind) {
      map.on("draw:" + kind + "start", function () {
        view.busy = true;
        view.readout.hidden = true;
        view.invite.hidden = true;
        setTimeout(function () { label(box); }, 0); // Done and Cancel have just been made
      });
      // The click that ends a drawing reaches the map a moment later; it is no click on a tile.
      map.on("draw:" + kind + "stop", function () { setTimeout(function () { view.busy = false; }, 150); });
    });
    map.on("draw:editstart", function () {
      var handler = control._toolbars.edit._modes.edit.handler;
      handler._moved = false;
      view.drawn.eachLayer(function (layer) { layer.off("editdrag edit", handler._onDrag, handler).on("editdrag edit", handler._onDrag, handler); });
    });
    map.on("draw:created", function (event) { take([event.layer]); });
    map.on("draw:edited", function () { report(); });
    // Leaflet.draw wants a click on the shape and then on "Save" to delete; with one area, one click says it all.
    map.on("draw:deletestart", function () {
      setTimeout(function () {
        control._toolbars.edit.disable();
        view.drawn.clearLayers();
        report();
      }, 0);
    });

    // One area at a time: the new one replaces the old.
    function take(layers) {
      view.drawn.clearLayers();
      layers.forEach(function (layer) { view.drawn.addLayer(layer); });
      report();
      if (!view.staysPut) view.fit();
    }

    function report() {
      var features = view.drawn.toGeoJSON().features;
      var seq = view.send("area", { features: features });
      view.areaRev = features.length ? "map:" + seq : "";
      view.remember();
      view.updateTools();
    }

    view.updateTools = function () {
      var some = view.drawn.getLayers().length > 0;
      control._toolbars.edit._checkDisabled();
      box.querySelector(".leaflet-draw-edit-edit").closest(".leaflet-draw-section").hidden = !some;
      label(box);
      view.toArea.hidden = !some;
    };
    view.startDrawing = function (kind) {
      control._toolbars.draw._modes[kind].handler.enable();
    };
    // A square of some kilometres around a place, as if it had been drawn; reports call it by the name of the place.
    view.takeSquare = function (lat, lng, km, name) {
      var square = L.rectangle(L.latLng(lat, lng).toBounds(1000 * km), LULC.AREA);
      square.feature = { type: "Feature", properties: { name: name } };
      take([square]);
    };
  };

  // Leaflet.draw shows icons and hides their words from the eye; we show words (see lulc.css) and say that they are buttons.
  function label(container) {
    container.setAttribute("role", "toolbar");
    container.setAttribute("aria-label", LULC.say("tools"));
    container.querySelectorAll("a").forEach(function (link) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-disabled", String(link.classList.contains("leaflet-disabled")));
    });
  }
})();
