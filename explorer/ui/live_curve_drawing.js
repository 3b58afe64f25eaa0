// How the panels of the live curve are drawn: axes, lines, bands and the crosshair on a canvas.
// Joined in front of live_curve.js, which holds the state and answers pointer and keys.

const QUIET = 0.5; // how strongly the curve of the run that another branched off from is drawn
const MARGIN = { left: 52, right: 12, top: 10, bottom: 38 };

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

// How a panel is drawn for whoever saves it: by another pen, in the colours of paper, without pointer and drag.
function onPaper(panel, draw, legend = () => []) {
  const blank = document.createElement("div");
  const still = { tip: blank, reset: blank, figure: blank, hit: null, near: null, drag: null };
  panel.canvas.onPaper = {
    title: () => panel.data.title,
    legend,
    draw: (canvas, colors) => draw({ ...panel, ...still, canvas }, colors),
  };
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

const plain = (value) => (Math.abs(value) >= 1e4 && Math.abs(value) < 1e9 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(6))));
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
  drawMarks(pen, state, toX, { bottom, last: width - MARGIN.right }, colors);
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
  pen.globalAlpha = trace.of ? QUIET : 1;
  pen.lineWidth = trace.of ? 1.25 : 1.75;
  pen.lineJoin = "round";
  pen.beginPath();
  x.forEach((step, i) => pen.lineTo(toX(step), toY(y[i])));
  pen.stroke();
  const spacing = (toX(x[x.length - 1]) - toX(x[0])) / Math.max(x.length - 1, 1);
  if (trace.is_dotted && (spacing > 7 || x.length === 1)) x.forEach((step, i) => dot(pen, toX(step), toY(y[i]), 3));
  pen.globalAlpha = 1;
}

// Where the run branched off, or was changed: a dashed line with words, which take turns in height.
function drawMarks(pen, { data }, toX, { bottom, last }, colors) {
  pen.strokeStyle = pen.fillStyle = colors.text;
  pen.lineWidth = 1;
  pen.textBaseline = "top";
  data.marks.forEach(({ place, text }, index) => {
    const x = Math.round(toX(place)) + 0.5;
    pen.globalAlpha = 0.55;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(x, MARGIN.top);
    pen.lineTo(x, bottom);
    pen.stroke();
    pen.setLineDash([]);
    const fits = x + 5 + pen.measureText(text).width < last;
    pen.globalAlpha = 0.85;
    pen.textAlign = fits ? "left" : "right";
    pen.fillText(text, fits ? x + 5 : x - 5, MARGIN.top + 1 + 15 * (index % 3));
  });
  pen.globalAlpha = 1;
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
  const points = inside ? traces.map((trace) => [trace, nearest(trace.x, state.hover)]).filter(([, i]) => i >= 0) : [];
  const found = points.filter((point) => !points.some((other) => isNearer(other, point, state.hover)));
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
    return `${trace.name}${trace.of ? ` of ${trace.of}` : ""} ${exact(trace.y[i], data.is_share)}${band} · epoch ${epoch}, step ${Math.round(trace.x[i]).toLocaleString("en")}`;
  });
  const text = lines.join("\n");
  if (tip.textContent !== text) tip.textContent = text;
  tip.style.background = colors.ground;
  const roomRight = canvas.clientWidth - x - 12;
  tip.style.left = roomRight > tip.offsetWidth ? `${x + 12}px` : `${Math.max(0, x - 12 - tip.offsetWidth)}px`;
}

// Of the parts of one line, that of the run and those of its ancestors, one is under the pointer.
function isNearer([trace, i], [other, k], step) {
  if (trace === other || trace.name !== other.name) return false;
  const [distance, its] = [Math.abs(trace.x[i] - step), Math.abs(other.x[k] - step)];
  return distance < its || (distance === its && Boolean(other.of));
}

function nearest(places, step) {
  let best = -1;
  places.forEach((x, i) => {
    if (best < 0 || Math.abs(x - step) < Math.abs(places[best] - step)) best = i;
  });
  return best;
}
