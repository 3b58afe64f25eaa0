// How runs are drawn beside one another: their curves with bands, and a scatter of two quantities.
// Joined behind chart_frame.js, chart_stage.js and chart_shades.js, in front of compare_chart.js.

const DASHES = { solid: [], dash: [9, 5], dot: [2, 4], dashdot: [9, 4, 2, 4] };

const colorOf = (line, colors) => colors.colors[line.color % colors.colors.length];

function footTicks([from, to], log, share, width) {
  if (log) return logTicks(from, to).map((tick) => [tick, brief(tick)]);
  const found = niceTicks(share ? 100 * from : from, share ? 100 * to : to, width / 90);
  return found.ticks.map((tick) => (share ? [tick / 100, `${tick.toFixed(found.digits)} %`] : [tick, brief(tick)]));
}

const brief = (value) => {
  for (const [size, sign] of [[1e9, " G"], [1e6, " M"], [1e4, " k"]]) {
    if (Math.abs(value) >= size) return `${Number((value / (sign === " k" ? 1e3 : size)).toPrecision(4))}${sign}`;
  }
  return value && Math.abs(value) < 1e-3 ? value.toExponential().replace("e-", "e−") : String(Number(value.toPrecision(6)));
};

// ---- curves ---------------------------------------------------------------------------------------------

function reach(panels, log) {
  let [least, most] = [Infinity, 0];
  for (const { lines } of panels) {
    for (const { x } of lines) {
      if (!x.length) continue;
      most = Math.max(most, x[x.length - 1]);
      for (const place of x) if (place > 0) { least = Math.min(least, place); break; }
    }
  }
  if (!most) return log ? [1, 10] : [0, 1];
  if (log) return least < most ? [least, most] : [most / 2, most * 2];
  return [0, most];
}

function drawCompared(panel, state, colors) {
  const pen = clean(panel.canvas, colors);
  if (!pen) return;
  const { data, canvas } = panel;
  const box = boxOf(canvas, FRAME);
  const log = state.log && !data.is_share;
  const range = seen(state);
  const lines = data.lines.filter((line) => !state.hidden.has(line.name));
  const [low, high] = heights(lines, range, log, data.is_share);
  const toY = sideAxis(pen, box, [low, high], log, data.is_share, colors);
  const foot = along(box, range, state.logX);
  const ticks = footTicks(range, state.logX, false, box.right - box.left);
  footAxis(pen, box, ticks.map(([place, text]) => [foot.share(place), text]), state.data.axis_title, colors);
  panel.toPlace = foot.toPlace;
  if (data.empty) write(pen, data.empty, (box.left + box.right) / 2, (box.top + box.bottom) / 2, colors, "center", "middle");
  const height = (value) => toY(log ? Math.max(value, low / 100) : value);
  within(pen, box, () => {
    lines.forEach((line) => drawLine(pen, line, foot.toX, height, colorOf(line, colors)));
    if (state.drag) covered(pen, box, foot.toX(state.drag.from), foot.toX(state.drag.to), colors);
  });
  readings(pen, panel, state, lines, box, foot.toX, height, colors);
}

function heights(lines, [from, to], log, share) {
  const ends = lines.map((line) => ({ ...line, low: line.raw.length ? both(line, Math.min) : line.low, high: line.raw.length ? both(line, Math.max) : line.high }));
  return valueRange(ends, [from, to], log, share);
}
// The raw line stays in view with the smoothed one and its band.
const both = (line, pick) =>
  line.raw.map((value, i) => (line.low.length ? pick(value, pick === Math.min ? line.low[i] : line.high[i]) : pick(value, line.y[i])));

function drawLine(pen, line, toX, toY, color) {
  const { x, y, raw, low } = line;
  if (!x.length) return;
  pen.fillStyle = pen.strokeStyle = color;
  pen.lineJoin = "round";
  if (low.length) band(pen, line, toX, toY, 0.18);
  const stroke = (values, alpha, width, dash) => {
    pen.globalAlpha = alpha;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.beginPath();
    x.forEach((place, i) => pen.lineTo(toX(place), toY(values[i])));
    pen.stroke();
    pen.setLineDash([]);
  };
  if (raw.length) stroke(raw, 0.3, 1, []);
  stroke(y, 1, 2, DASHES[line.dash]);
  const spacing = (toX(x[x.length - 1]) - toX(x[0])) / Math.max(x.length - 1, 1);
  if (spacing > 14 || x.length === 1) x.forEach((place, i) => dot(pen, toX(place), toY(y[i]), 3));
}

// All lines where the pointer is, the best first.
function readings(pen, panel, state, lines, box, toX, toY, colors) {
  const { tip, data, canvas } = panel;
  const [from, to] = seen(state);
  const inside = state.hover !== null && state.hover >= from && state.hover <= to;
  const found = inside ? lines.map((line) => [line, nearest(line.x, state.hover)]).filter(([line, i]) => i >= 0 && line.x[i] >= from && line.x[i] <= to) : [];
  tip.hidden = !found.length || state.over !== panel;
  if (!found.length) return;
  const x = Math.round(toX(state.hover)) + 0.5;
  rule(pen, x, box.top, x, box.bottom, colors, 0.4);
  found.sort(([a, i], [b, j]) => (data.is_share ? b.y[j] - a.y[i] : a.y[i] - b.y[j]));
  for (const [line, i] of found) {
    pen.fillStyle = colorOf(line, colors);
    dot(pen, toX(line.x[i]), toY(line.y[i]), 4.5);
  }
  if (tip.hidden) return;
  const text = found.map(([line, i]) => {
    const band = line.high.length && line.runs[i] > 1 ? ` (${exact(line.low[i], data.is_share)} to ${exact(line.high[i], data.is_share)}, ${line.runs[i]} runs)` : "";
    const raw = line.raw.length ? `, not smoothed ${exact(line.raw[i], data.is_share)}` : "";
    return `${exact(line.y[i], data.is_share)}${band}${raw} · ${line.name} · ${unit(state.data.axis, line.x[i])}`;
  }).join("\n");
  tell(tip, text, x, canvas.clientWidth, colors);
  tip.style.top = "12px";
}

const unit = (axis, place) =>
  ({ epoch: `epoch ${place}`, step: `step ${Math.round(place).toLocaleString("en")}`, seconds: `${place.toPrecision(4)} s`, images: `${Math.round(place).toLocaleString("en")} images` })[axis];

// ---- scatter --------------------------------------------------------------------------------------------

function drawScatter(panel, state, colors) {
  const pen = clean(panel.canvas, colors);
  if (!pen) return;
  const { data, canvas } = panel;
  const dark = isDark(colors.ground);
  const box = boxOf(canvas, { left: 92, right: 24, top: FRAME.top, bottom: FRAME.bottom + (data.ends ? 52 : 0) });
  panel.spots = [];
  if (data.empty) {
    write(pen, data.empty, canvas.clientWidth / 2, canvas.clientHeight / 2, colors, "center", "middle");
    return;
  }
  const [across, up] = ["x", "y"].map((name) => spread(data.points.map((point) => point[name]), data[name]));
  const toY = sideAxis(pen, box, up, data.y.log, data.y.share, colors);
  const foot = along(box, across, data.x.log);
  const ticks = footTicks(across, data.x.log, data.x.share, box.right - box.left);
  footAxis(pen, box, ticks.map(([place, text]) => [foot.share(place), text]), data.x.title, colors);
  writeUp(pen, data.y.title, 13, (box.top + box.bottom) / 2, colors);
  for (const point of data.points) {
    const [x, y] = [foot.toX(point.x), toY(point.y)];
    pen.globalAlpha = point.shade === null ? 0.6 : 0.95;
    pen.fillStyle = point.shade === null ? colors.text : shadeOf(point.shade, dark);
    if (point.is_baseline) pen.fillRect(x - 5, y - 5, 10, 10);
    else dot(pen, x, y, 6);
    pen.globalAlpha = 1;
    if (panel.hit?.words === point.words) ring(pen, x, y, 10, colors.text);
    panel.spots.push({ x, y, words: point.words });
  }
  if (data.ends) {
    const ends = [[0, `${(100 * data.ends[0]).toFixed(2)} %`], [1, `${(100 * data.ends[1]).toFixed(2)} %`]];
    const [left, right] = [box.left + 20, Math.min(box.right, box.left + 320)];
    scaleBar(pen, { left, right, bottom: canvas.clientHeight - 46 }, data.ends[0] === data.ends[1] ? ends.slice(1) : ends, "validation accuracy", colors, dark);
  }
  showTip(panel, colors, canvas.clientWidth);
}

function spread(values, { log, share }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.3, high * 1.3];
  if (share) return shares(low, high);
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}
