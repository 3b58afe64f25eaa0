// The curves of one run: a canvas for each panel, one zoom window and one crosshair for all of them.
// live_curve_drawing.js is joined in front of this file. Streamlit calls the default export on every
// change of data or theme; what the user did is kept here.

const charts = new WeakMap();
const NEAR = 4; // pixels: a shorter drag is a click

export default function ({ data, parentElement }) {
  if (!charts.has(parentElement)) charts.set(parentElement, createChart(parentElement));
  charts.get(parentElement).update(data);
}

function createChart(parent) {
  const root = parent.querySelector(".curves");
  const host = parent.host ?? parent; // carries the theme's variables
  const state = { data: null, window: null, log: false, hidden: new Set(), hover: null, drag: null };
  let panels = [];
  let frame = 0;

  const draw = () => {
    frame = 0;
    panels.forEach((panel) => drawPanel(panel, state, theme(host)));
  };
  const redraw = () => {
    frame ||= requestAnimationFrame(draw);
  };

  function update(data) {
    const traces = (list) => list.map((t) => ({ ...t, ...decodeAll(t) }));
    state.data = { ...data, panels: data.panels.map((p) => ({ ...p, traces: traces(p.traces) })) };
    if (!panels.length) {
      panels = state.data.panels.map((p) => buildPanel(p, state, redraw));
      root.replaceChildren(...panels.map((panel) => panel.figure));
    }
    panels.forEach((panel, index) => {
      panel.data = state.data.panels[index];
      fillLegend(panel, state, redraw);
      panel.canvas.setAttribute("aria-label", panel.data.summary);
    });
    redraw();
  }
  new ResizeObserver(redraw).observe(root);
  return { update };
}

const decodeAll = (trace) =>
  Object.fromEntries(["x", "y", "low", "high"].map((name) => [name, decode(trace[name])]));
const decode = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

// ---- elements -------------------------------------------------------------------------------------------

function buildPanel(data, state, redraw) {
  const figure = element("figure", "panel");
  const bar = element("div", "bar");
  bar.append(element("span", "title", data.title));
  const legend = element("span", "legend");
  bar.append(legend, element("span", "space"));
  if (!data.is_share) {
    bar.append(toggle("log scale", null, (on) => {
      state.log = on;
      redraw();
    }));
  }
  const reset = element("button", "reset", "reset zoom");
  reset.onclick = () => {
    state.window = null;
    redraw();
  };
  bar.append(reset);
  const canvas = element("canvas", "plot");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const tip = element("div", "tip");
  tip.setAttribute("aria-live", "polite");
  const stage = element("div", "stage");
  stage.append(canvas, tip);
  figure.append(bar, stage);
  const panel = { data, figure, canvas, tip, reset, legend, toggles: {} };
  listen(panel, state, redraw);
  return panel;
}

// Lines may come (validation, at the end of an epoch) and go (a run that starts again).
function fillLegend({ data, legend, toggles }, state, redraw) {
  const wanted = data.traces.map((trace) => {
    const id = `${data.title} ${trace.name}`;
    return (toggles[id] ??= toggle(trace.name, trace, (on) => {
      state.hidden[on ? "delete" : "add"](id);
      redraw();
    }));
  });
  [...legend.children].forEach((button) => wanted.includes(button) || button.remove());
  wanted.forEach((button) => button.isConnected || legend.append(button));
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

// A button that is on or off: a line of the legend is on at first, an option off.
function toggle(text, trace, change) {
  const button = element("button", "toggle");
  if (trace) {
    const swatch = element("span", trace.is_dotted ? "swatch dotted" : "swatch");
    swatch.dataset.color = trace.color;
    button.append(swatch);
  }
  button.append(text);
  button.setAttribute("aria-pressed", trace !== null);
  button.onclick = () => {
    const next = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", next);
    change(next);
  };
  return button;
}

// ---- pointer and keys -----------------------------------------------------------------------------------

function listen(panel, state, redraw) {
  const { canvas } = panel;
  const place = (event) => {
    const x = event.clientX - canvas.getBoundingClientRect().left;
    return toStep(Math.min(Math.max(x, MARGIN.left), canvas.clientWidth - MARGIN.right), canvas, state);
  };
  canvas.onpointerdown = (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    state.drag = { panel, from: place(event), to: place(event), x: event.clientX };
  };
  canvas.onpointermove = (event) => {
    state.hover = place(event);
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
    const [from, to] = view(state);
    const middle = state.hover ?? (from + to) / 2;
    const zoom = (factor) => [Math.max(0, middle - (middle - from) * factor), middle + (to - middle) * factor];
    const acts = {
      ArrowLeft: () => (state.hover = neighbour(panel, state, middle, -1)),
      ArrowRight: () => (state.hover = neighbour(panel, state, middle, 1)),
      "+": () => (state.window = zoom(0.5)),
      "-": () => (state.window = zoom(2)),
      Escape: () => (state.window = state.hover = null),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
    redraw();
  };
}

function neighbour(panel, state, step, direction) {
  const places = visible(panel, state).flatMap((t) => [...t.x]);
  const ahead = places.filter((x) => (x - step) * direction > 1e-6);
  return ahead.length ? ahead.reduce((a, b) => ((a - b) * direction < 0 ? a : b)) : step;
}
