// The curves of one run: a canvas for each panel, one zoom window and one crosshair for all of them.
// Streamlit calls the default export on every change of data or theme; what the user did is kept here.

const charts = new WeakMap();
const MARGIN = { left: 52, right: 12, top: 10, bottom: 38 };
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
    const shape = JSON.stringify(data.panels.map((p) => [p.title, p.traces.map((t) => t.name)]));
    const traces = (list) => list.map((t) => ({ ...t, ...decodeAll(t) }));
    state.data = { ...data, panels: data.panels.map((p) => ({ ...p, traces: traces(p.traces) })) };
    if (shape !== state.shape) panels = buildPanels(root, state, redraw);
    state.shape = shape;
    panels.forEach((panel, index) => {
      panel.data = state.data.panels[index];
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

function theme(host) {
  const style = getComputedStyle(host);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read("--st-text-color", "#31333f"),
    ground: read("--st-background-color", "#ffffff"),
    font: read("--st-font", "sans-serif"),
    colors: read("--st-chart-categorical-colors", "#2478cc,#d86c18,#0a9c7c").split(","),
  };
}

// ---- elements -------------------------------------------------------------------------------------------

function buildPanels(root, state, redraw) {
  const focused = root.getRootNode().activeElement?.dataset?.id;
  const panels = state.data.panels.map((data) => buildPanel(data, state, redraw));
  root.replaceChildren(...panels.map((panel) => panel.figure));
  if (focused) root.querySelector(`[data-id="${focused}"]`)?.focus();
  return panels;
}

function buildPanel(data, state, redraw) {
  const figure = element("figure", "panel");
  const bar = element("div", "bar");
  bar.append(element("span", "title", data.title));
  for (const trace of data.traces) {
    const id = `${data.title} ${trace.name}`;
    bar.append(toggle(trace.name, id, !state.hidden.has(id), trace, (on) => {
      state.hidden[on ? "delete" : "add"](id);
      redraw();
    }));
  }
  bar.append(element("span", "space"));
  if (!data.is_share) {
    bar.append(toggle("log scale", "log", state.log, null, (on) => {
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
  canvas.dataset.id = data.title;
  canvas.setAttribute("role", "img");
  const tip = element("div", "tip");
  tip.setAttribute("aria-live", "polite");
  const stage = element("div", "stage");
  stage.append(canvas, tip);
  figure.append(bar, stage);
  const panel = { data, figure, canvas, tip, reset };
  listen(panel, state, redraw);
  return panel;
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function toggle(text, id, on, trace, change) {
  const button = element("button", "toggle");
  button.dataset.id = id;
  if (trace) {
    const swatch = element("span", trace.is_dotted ? "swatch dotted" : "swatch");
    swatch.dataset.color = trace.color;
    button.append(swatch);
  }
  button.append(text);
  button.setAttribute("aria-pressed", on);
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

// ---- scales ---------------------------------------------------------------------------------------------

const view = (state) => state.window ?? [0, state.data.last_step];
const inner = (canvas) => canvas.clientWidth - MARGIN.left - MARGIN.right;
const visible = (panel, state) =>
  panel.data.traces.filter((t) => !state.hidden.has(`${panel.data.title} ${t.name}`));

function toStep(x, canvas, state) {
  const [from, to] = view(state);
  return from + ((x - MARGIN.left) / inner(canvas)) * (to - from);
}

function valueRange(traces, [from, to], log, share) {
  let low = Infinity;
  let high = -Infinity;
  for (const trace of traces) {
    const lows = trace.low.length ? trace.low : trace.y;
    const highs = trace.high.length ? trace.high : trace.y;
    trace.x.forEach((x, i) => {
      if (x < from || x > to) return;
      if (!log || lows[i] > 0) low = Math.min(low, lows[i]);
      else if (trace.y[i] > 0) low = Math.min(low, trace.y[i]);
      high = Math.max(high, highs[i]);
    });
    for (const edge of [from, to]) {
      const value = between(trace, edge);
      if (value === null || (log && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (!(low <= high)) return share ? [0, 1] : log ? [0.01, 1] : [0, 1];
  if (log) return high > low * 1.2 ? [low / 1.1, high * 1.1] : [low / 1.5, high * 1.5];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return share ? [Math.max(0, low - room), Math.min(1, high + room)] : [Math.max(0, low - room), high + room];
}

// The line's height where it crosses the edge of the view; null where it does not.
function between({ x, y }, edge) {
  const after = x.findIndex((step) => step > edge);
  if (after < 1) return null;
  return y[after - 1] + ((edge - x[after - 1]) / (x[after] - x[after - 1])) * (y[after] - y[after - 1]);
}

function niceTicks(low, high, wanted) {
  const rough = (high - low) / Math.max(wanted, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((s) => s * power >= rough * 0.999) * power;
  const ticks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) ticks.push(n * step);
  return { ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

function logTicks(low, high) {
  const marks = Math.log10(high / low) > 2.5 ? [1] : Math.log10(high / low) > 0.7 ? [1, 2, 5] : null;
  if (!marks) return niceTicks(low, high, 5).ticks;
  const ticks = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++) ticks.push(...marks.map((m) => m * 10 ** p));
  return ticks.filter((t) => t >= low && t <= high);
}

const plain = (value) => String(Number(value.toPrecision(6)));
const exact = (value, share) => (share ? `${(100 * value).toFixed(2)} %` : value.toPrecision(5));

// ---- drawing --------------------------------------------------------------------------------------------

function drawPanel(panel, state, colors) {
  const { canvas, data } = panel;
  const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio || 1];
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = `12px ${colors.font}`;
  panel.reset.hidden = !state.window;
  for (const swatch of panel.figure.querySelectorAll(".swatch")) {
    swatch.style.color = colors.colors[swatch.dataset.color];
  }

  const log = state.log && !data.is_share;
  const [from, to] = view(state);
  const traces = visible(panel, state);
  const [low, high] = valueRange(traces, [from, to], log, data.is_share);
  const bottom = height - MARGIN.bottom;
  const scale = log ? (v) => Math.log(Math.max(v, low / 100) / low) / Math.log(high / low) : (v) => (v - low) / (high - low);
  const toX = (step) => MARGIN.left + ((step - from) / (to - from)) * inner(canvas);
  const toY = (value) => bottom - scale(value) * (bottom - MARGIN.top);

  drawAxes(pen, { width, height, bottom, from, to, low, high, toX, toY, log, data, state, colors });
  pen.save();
  pen.beginPath();
  pen.rect(MARGIN.left - 4, MARGIN.top - 5, inner(canvas) + 8, bottom - MARGIN.top + 10);
  pen.clip();
  traces.forEach((trace) => drawTrace(pen, trace, toX, toY, colors.colors[trace.color]));
  if (state.drag) {
    pen.globalAlpha = 0.15;
    pen.fillStyle = colors.text;
    pen.fillRect(toX(state.drag.from), MARGIN.top, toX(state.drag.to) - toX(state.drag.from), bottom - MARGIN.top);
  }
  pen.restore();
  if (!data.traces.length) {
    pen.fillStyle = colors.text;
    pen.globalAlpha = 0.7;
    pen.textAlign = "center";
    pen.fillText(data.empty, MARGIN.left + inner(canvas) / 2, height / 2 - 10, inner(canvas));
    pen.globalAlpha = 1;
  }
  drawCrosshair(pen, panel, state, traces, toX, toY, colors);
}

function drawAxes(pen, { width, height, bottom, from, to, low, high, toX, toY, log, data, state, colors }) {
  const perEpoch = state.data.steps_per_epoch;
  pen.strokeStyle = pen.fillStyle = colors.text;
  pen.lineWidth = 1;
  const values = data.is_share ? niceTicks(100 * low, 100 * high, 5) : niceTicks(low, high, 5);
  const ticks = log ? logTicks(low, high) : values.ticks.map((t) => (data.is_share ? t / 100 : t));
  const write = (text, x, y) => {
    pen.globalAlpha = 0.75;
    pen.fillText(text, x, y);
  };
  const rule = (x1, y1, x2, y2, alpha) => {
    pen.globalAlpha = alpha;
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  };
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const tick of ticks) {
    const y = Math.round(toY(tick)) + 0.5;
    rule(MARGIN.left, y, width - MARGIN.right, y, 0.1);
    write(data.is_share ? `${(100 * tick).toFixed(values.digits)} %` : plain(tick), MARGIN.left - 8, y);
  }
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const tick of niceTicks(from / perEpoch, to / perEpoch, width / 90).ticks) {
    const x = Math.round(toX(tick * perEpoch)) + 0.5;
    rule(x, bottom, x, bottom + 4, 0.4);
    write(plain(tick), x, bottom + 7);
  }
  rule(MARGIN.left, bottom + 0.5, width - MARGIN.right, bottom + 0.5, 0.4);
  write("epoch", MARGIN.left + (width - MARGIN.left - MARGIN.right) / 2, height - 14);
  pen.globalAlpha = 1;
}

function drawTrace(pen, trace, toX, toY, color) {
  const { x, y, low, high } = trace;
  if (!x.length) return;
  pen.fillStyle = pen.strokeStyle = color;
  if (low.length) {
    pen.globalAlpha = 0.22;
    pen.beginPath();
    x.forEach((step, i) => pen.lineTo(toX(step), toY(high[i])));
    for (let i = x.length - 1; i >= 0; i--) pen.lineTo(toX(x[i]), toY(low[i]));
    pen.fill();
  }
  pen.globalAlpha = 1;
  pen.lineWidth = 1.75;
  pen.lineJoin = "round";
  pen.beginPath();
  x.forEach((step, i) => pen.lineTo(toX(step), toY(y[i])));
  pen.stroke();
  const spacing = (toX(x[x.length - 1]) - toX(x[0])) / Math.max(x.length - 1, 1);
  if (trace.is_dotted && (spacing > 7 || x.length === 1)) x.forEach((step, i) => dot(pen, toX(step), toY(y[i]), 3));
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function drawCrosshair(pen, panel, state, traces, toX, toY, colors) {
  const { tip, canvas, data } = panel;
  const [from, to] = view(state);
  const inside = state.hover !== null && state.hover >= from && state.hover <= to;
  const found = inside ? traces.map((trace) => [trace, nearest(trace.x, state.hover)]).filter(([, i]) => i >= 0) : [];
  tip.hidden = !found.length;
  if (!found.length) return;
  const x = Math.round(toX(state.hover)) + 0.5;
  pen.strokeStyle = colors.text;
  pen.globalAlpha = 0.5;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, MARGIN.top);
  pen.lineTo(x, canvas.clientHeight - MARGIN.bottom);
  pen.stroke();
  pen.globalAlpha = 1;
  const lines = found.map(([trace, i]) => {
    pen.fillStyle = colors.colors[trace.color];
    if (trace.x[i] >= from && trace.x[i] <= to) dot(pen, toX(trace.x[i]), toY(trace.y[i]), 4.5);
    const epoch = plain(Number((trace.x[i] / state.data.steps_per_epoch).toFixed(2)));
    const band = trace.low.length && trace.low[i] < trace.high[i] ? ` (${exact(trace.low[i])} to ${exact(trace.high[i])})` : "";
    return `${trace.name} ${exact(trace.y[i], data.is_share)}${band} · epoch ${epoch}, step ${Math.round(trace.x[i]).toLocaleString("en")}`;
  });
  const text = lines.join("\n");
  if (tip.textContent !== text) tip.textContent = text;
  tip.style.background = colors.ground;
  const roomRight = canvas.clientWidth - x - 12;
  tip.style.left = roomRight > tip.offsetWidth ? `${x + 12}px` : `${Math.max(0, x - 12 - tip.offsetWidth)}px`;
}

function nearest(places, step) {
  let best = -1;
  places.forEach((x, i) => {
    if (best < 0 || Math.abs(x - step) < Math.abs(places[best] - step)) best = i;
  });
  return best;
}
