// How the panels of the live curve are drawn: lines, bands, marks and the crosshair.
// Joined behind chart_frame.js and chart_stage.js, in front of live_curve.js, which holds the state.

const QUIET = 0.5; // how strongly the curve of the run that another branched off from is drawn
const MARGIN = { left: 52, right: 12, top: 10, bottom: 38 };

const view = (state) => state.window ?? [0, state.data.last_step];
const visible = (panel, state) =>
  panel.data.traces.filter((t) => !state.hidden.has(`${panel.data.title} ${t.name}`));

function drawPanel(panel, state, colors) {
  const { canvas, data } = panel;
  const pen = clean(canvas, colors);
  if (!pen) return;
  panel.reset.hidden = !state.window;
  for (const swatch of panel.figure.querySelectorAll(".swatch")) {
    swatch.style.color = colors.colors[swatch.dataset.color];
  }

  const box = boxOf(canvas, MARGIN);
  const log = state.log && !data.is_share;
  const range = view(state);
  const traces = visible(panel, state);
  const [low, high] = valueRange(traces, range, log, data.is_share);
  const place = sideAxis(pen, box, [low, high], log, data.is_share, colors);
  const toY = (value) => place(log ? Math.max(value, low / 100) : value);
  const foot = along(box, range, false);
  const perEpoch = state.data.steps_per_epoch;
  const epochs = niceTicks(range[0] / perEpoch, range[1] / perEpoch, canvas.clientWidth / 90).ticks;
  footAxis(pen, box, epochs.map((epoch) => [foot.share(epoch * perEpoch), plain(epoch)]), "epoch", colors);
  panel.toPlace = foot.toPlace;
  within(pen, box, () => {
    traces.forEach((trace) => drawTrace(pen, trace, foot.toX, toY, colors.colors[trace.color]));
    drawMarks(pen, state, foot.toX, box, colors);
    if (state.drag) covered(pen, box, foot.toX(state.drag.from), foot.toX(state.drag.to), colors);
  });
  if (!data.traces.length) write(pen, data.empty, (box.left + box.right) / 2, (box.top + box.bottom) / 2, colors, "center", "middle");
  drawCrosshair(pen, panel, state, traces, { box, toX: foot.toX, toY }, colors);
}

function drawTrace(pen, trace, toX, toY, color) {
  const { x, y, low } = trace;
  if (!x.length) return;
  pen.fillStyle = pen.strokeStyle = color;
  if (low.length) band(pen, trace, toX, toY, 0.22);
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
function drawMarks(pen, { data }, toX, box, colors) {
  pen.strokeStyle = pen.fillStyle = colors.text;
  pen.lineWidth = 1;
  pen.textBaseline = "top";
  data.marks.forEach(({ place, text }, index) => {
    const x = Math.round(toX(place)) + 0.5;
    pen.globalAlpha = 0.55;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(x, box.top);
    pen.lineTo(x, box.bottom);
    pen.stroke();
    pen.setLineDash([]);
    const fits = x + 5 + pen.measureText(text).width < box.right;
    pen.globalAlpha = 0.85;
    pen.textAlign = fits ? "left" : "right";
    pen.fillText(text, fits ? x + 5 : x - 5, box.top + 1 + 15 * (index % 3));
  });
  pen.globalAlpha = 1;
}

function drawCrosshair(pen, panel, state, traces, { box, toX, toY }, colors) {
  const { tip, canvas, data } = panel;
  const [from, to] = view(state);
  const inside = state.hover !== null && state.hover >= from && state.hover <= to;
  const points = inside ? traces.map((trace) => [trace, nearest(trace.x, state.hover)]).filter(([, i]) => i >= 0) : [];
  const found = points.filter((point) => !points.some((other) => isNearer(other, point, state.hover)));
  tip.hidden = !found.length;
  if (!found.length) return;
  const x = Math.round(toX(state.hover)) + 0.5;
  rule(pen, x, box.top, x, box.bottom, colors, 0.5);
  const lines = found.map(([trace, i]) => {
    pen.fillStyle = colors.colors[trace.color];
    if (trace.x[i] >= from && trace.x[i] <= to) dot(pen, toX(trace.x[i]), toY(trace.y[i]), 4.5);
    const epoch = plain(Number((trace.x[i] / state.data.steps_per_epoch).toFixed(2)));
    const band = trace.low.length && trace.low[i] < trace.high[i] ? ` (${exact(trace.low[i])} to ${exact(trace.high[i])})` : "";
    return `${trace.name}${trace.of ? ` of ${trace.of}` : ""} ${exact(trace.y[i], data.is_share)}${band} · epoch ${epoch}, step ${Math.round(trace.x[i]).toLocaleString("en")}`;
  });
  tell(tip, lines.join("\n"), x, canvas.clientWidth, colors);
}

// Of the parts of one line, that of the run and those of its ancestors, one is under the pointer.
function isNearer([trace, i], [other, k], step) {
  if (trace === other || trace.name !== other.name) return false;
  const [distance, its] = [Math.abs(trace.x[i] - step), Math.abs(other.x[k] - step)];
  return distance < its || (distance === its && Boolean(other.of));
}
