// Runs beside one another: a canvas a measure, one legend, one zoom window and one crosshair for all of them.
// Streamlit calls the default export on every change of data or theme; what the user did is kept here.

const charts = new WeakMap();
const NEAR = 4; // pixels: a shorter drag is a click

export default function ({ data, parentElement }) {
  if (!charts.has(parentElement)) charts.set(parentElement, createChart(parentElement));
  charts.get(parentElement).update(data);
}

const seen = (state) => state.window ?? reach(state.data.panels, state.logX);

function createChart(parent) {
  const root = parent.querySelector(".compare");
  const host = parent.host ?? parent; // carries the theme's variables
  const legend = element("div", "legend");
  const stage = element("div", "panels");
  root.replaceChildren(legend, stage);
  const state = { data: null, window: null, log: false, logX: false, hidden: new Set(), hover: null, over: null, drag: null };
  const toggles = {};
  let panels = [];
  let frame = 0;
  const redraw = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const colors = theme(host);
      for (const button of legend.children) drawSwatch(button.firstChild, button.line, colors);
      for (const panel of panels) {
        if (panel.reset) panel.reset.hidden = !state.window;
        for (const [name, button] of Object.entries(panel.switches)) button.setAttribute("aria-pressed", state[name]);
        (panel.data.kind === "scatter" ? drawScatter : drawCompared)(panel, state, colors);
      }
    });
  };

  function update(data) {
    if (state.data && state.data.axis !== data.axis) state.window = state.hover = null; // epochs are no seconds
    state.data = { ...data, panels: data.panels.map((panel) => decoded(panel, data.lines)) };
    const kinds = state.data.panels.map((panel) => `${panel.kind} ${panel.id}`).join();
    if (kinds !== panels.map((panel) => `${panel.data.kind} ${panel.data.id}`).join()) {
      panels = state.data.panels.map((panel) => buildPanel(panel, state, redraw));
      stage.replaceChildren(...panels.map((panel) => panel.figure));
    }
    panels.forEach((panel, index) => {
      panel.data = state.data.panels[index];
      panel.title.textContent = panel.data.title;
      panel.canvas.setAttribute("aria-label", panel.data.summary);
    });
    fillLegend();
    redraw();
  }

  function fillLegend() {
    legend.hidden = !state.data.lines.length;
    legend.replaceChildren(...state.data.lines.map((line) => {
      const button = (toggles[line.name] ??= lineToggle(line, state, redraw));
      button.line = line; // its colour may be another one now
      return button;
    }));
  }
  new ResizeObserver(redraw).observe(root);
  return { update };
}

const decode = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const decoded = (panel, lines) =>
  panel.kind === "scatter"
    ? panel
    : { ...panel, lines: panel.lines.map((line, index) => ({ ...lines[index], ...Object.fromEntries(Object.entries(line).map(([name, text]) => [name, decode(text)])) })) };

// ---- elements -------------------------------------------------------------------------------------------

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function lineToggle(line, state, redraw) {
  const button = element("button", "toggle");
  button.append(element("canvas", "swatch"), line.name);
  button.setAttribute("aria-pressed", "true");
  button.onclick = () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    state.hidden[on ? "delete" : "add"](line.name);
    redraw();
  };
  return button;
}

function drawSwatch(canvas, line, colors) {
  const pen = clean(canvas, colors);
  if (!pen) return;
  pen.strokeStyle = colorOf(line, colors);
  pen.lineWidth = 3;
  pen.setLineDash(DASHES[line.dash]);
  pen.beginPath();
  pen.moveTo(0, 5);
  pen.lineTo(canvas.clientWidth, 5);
  pen.stroke();
}

function buildPanel(data, state, redraw) {
  const figure = element("figure", "panel");
  const bar = element("div", "bar");
  const title = element("span", "title");
  bar.append(title, element("span", "space"));
  const canvas = element("canvas", `plot ${data.kind}`);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const tip = element("div", "tip");
  tip.setAttribute("aria-live", "polite");
  tip.hidden = true;
  const stage = element("div", "stage");
  stage.append(canvas, tip);
  figure.append(bar, stage);
  const panel = { data, figure, canvas, tip, title, switches: {}, spots: [], hit: null };
  if (data.kind === "scatter") {
    listenToPoints(panel, redraw);
    return panel;
  }
  const option = (name, text) => {
    const button = element("button", "toggle", text);
    button.setAttribute("aria-pressed", state[name]);
    button.onclick = () => {
      state[name] = !state[name];
      if (name === "logX") state.window = null;
      redraw();
    };
    panel.switches[name] = button;
    bar.append(button);
  };
  if (!data.is_share) option("log", "log loss");
  option("logX", "log x");
  panel.reset = element("button", "reset", "reset zoom");
  panel.reset.hidden = true;
  panel.reset.onclick = () => {
    state.window = null;
    redraw();
  };
  bar.append(panel.reset);
  listenToCurves(panel, state, redraw);
  return panel;
}

// ---- pointer and keys -----------------------------------------------------------------------------------

function listenToCurves(panel, state, redraw) {
  const { canvas } = panel;
  const place = (event) => panel.toPlace(event.clientX - canvas.getBoundingClientRect().left);
  canvas.onpointerdown = (event) => {
    if (event.button || !panel.toPlace) return;
    canvas.setPointerCapture(event.pointerId);
    state.drag = { from: place(event), to: place(event), x: event.clientX };
  };
  canvas.onpointermove = (event) => {
    if (!panel.toPlace) return;
    state.hover = place(event);
    state.over = panel;
    if (state.drag) state.drag.to = state.hover;
    redraw();
  };
  canvas.onpointerup = (event) => {
    const drag = state.drag;
    state.drag = null;
    if (drag && Math.abs(event.clientX - drag.x) > NEAR) {
      state.window = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    }
    redraw();
  };
  canvas.onpointercancel = () => {
    state.drag = null;
    redraw();
  };
  canvas.onpointerleave = canvas.onblur = () => {
    if (!state.drag) state.hover = null;
    redraw();
  };
  canvas.ondblclick = () => {
    state.window = null;
    redraw();
  };
  canvas.onkeydown = (event) => {
    const [from, to] = seen(state);
    const middle = state.hover ?? (from + to) / 2;
    const zoom = (factor) => [Math.max(state.logX ? from / 10 : 0, middle - (middle - from) * factor), middle + (to - middle) * factor];
    const acts = {
      ArrowLeft: () => (state.hover = neighbour(panel, state, middle, -1)),
      ArrowRight: () => (state.hover = neighbour(panel, state, middle, 1)),
      "+": () => (state.window = zoom(0.5)),
      "-": () => (state.window = zoom(2)),
      Escape: () => (state.window = state.hover = null),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    state.over = panel;
    acts[event.key]();
    redraw();
  };
}

function neighbour(panel, state, place, direction) {
  const places = panel.data.lines.filter((line) => !state.hidden.has(line.name)).flatMap((line) => [...line.x]);
  const ahead = places.filter((x) => (x - place) * direction > 1e-6 * Math.abs(place));
  return ahead.length ? ahead.reduce((a, b) => ((a - b) * direction < 0 ? a : b)) : place;
}

function listenToPoints(panel, redraw) {
  const { canvas } = panel;
  const show = (hit) => {
    panel.hit = hit;
    redraw();
  };
  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const distance = (spot) => (spot.x - x) ** 2 + (spot.y - y) ** 2;
    const best = panel.spots.reduce((a, b) => (!a || distance(b) <= distance(a) ? b : a), null);
    show(best && distance(best) < 30 ** 2 ? best : null);
  };
  canvas.onpointerleave = canvas.onblur = () => show(null);
  canvas.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") show(null);
    else if (step && panel.spots.length) {
      const row = [...panel.spots].sort((a, b) => a.x - b.x || b.y - a.y);
      const at = row.findIndex((spot) => spot.words === panel.hit?.words);
      show(row[Math.min(Math.max(at < 0 ? (step > 0 ? 0 : row.length - 1) : at + step, 0), row.length - 1)]);
    } else return;
    event.preventDefault();
  };
}
