// What charts on a canvas share: the theme, the pen, ticks and numbers, axes, marks.
// Joined in front of the files of one chart by chart_script.py; all of them are one module.

const FRAME = { left: 56, right: 16, top: 12, bottom: 42 };

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

// The pen of a canvas that is wiped and as sharp as the screen; null while the canvas has no size.
function clean(canvas, colors) {
  const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio || 1];
  if (!width || !height) return null;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = `12px ${colors.font}`;
  return pen;
}

// ---- scales ---------------------------------------------------------------------------------------------

// The values of the lines (x, y, and low and high of their band) within the view, with some room.
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

const shares = (low, high) => {
  const room = (high - low || 0.1) * 0.08;
  return [Math.max(0, low - room), Math.min(1, high + room)];
};

function nearest(places, step) {
  let best = -1;
  places.forEach((x, i) => {
    if (best < 0 || Math.abs(x - step) < Math.abs(places[best] - step)) best = i;
  });
  return best;
}

// What lies along the foot: places from `from` to `to`, linear or logarithmic.
function along(box, [from, to], log) {
  const span = box.right - box.left;
  const share = log ? (x) => Math.log(x / from) / Math.log(to / from) : (x) => (x - from) / (to - from);
  const back = log ? (s) => from * (to / from) ** s : (s) => from + s * (to - from);
  return {
    share,
    toX: (x) => box.left + share(x) * span,
    toPlace: (px) => back((Math.min(Math.max(px, box.left), box.right) - box.left) / span),
  };
}

// Where a chart is drawn, within its margins.
const boxOf = ({ clientWidth, clientHeight }, { left, right, top, bottom }) =>
  ({ left, right: clientWidth - right, top, bottom: clientHeight - bottom });

// ---- axes and marks -------------------------------------------------------------------------------------

function write(pen, text, x, y, colors, align = "center", base = "top", alpha = 0.8) {
  pen.fillStyle = colors.text;
  pen.textAlign = align;
  pen.textBaseline = base;
  pen.globalAlpha = alpha;
  pen.fillText(text, x, y);
  pen.globalAlpha = 1;
}

// From below upwards, around a point of the left edge.
function writeUp(pen, text, x, y, colors) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(-Math.PI / 2);
  write(pen, text, 0, 0, colors, "center", "middle");
  pen.restore();
}

function rule(pen, x1, y1, x2, y2, colors, alpha) {
  pen.strokeStyle = colors.text;
  pen.lineWidth = 1;
  pen.globalAlpha = alpha;
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
  pen.globalAlpha = 1;
}

// The axis of values, whose rules go all through; places by value.
function sideAxis(pen, box, [low, high], log, share, colors) {
  const bottom = box.bottom;
  const scale = log ? (v) => Math.log(v / low) / Math.log(high / low) : (v) => (v - low) / (high - low);
  const toY = (value) => bottom - scale(value) * (bottom - box.top);
  const marks = log ? { ticks: logTicks(low, high), digits: 0 } : niceTicks(share ? 100 * low : low, share ? 100 * high : high, 5);
  for (const tick of marks.ticks) {
    const y = Math.round(toY(share && !log ? tick / 100 : tick)) + 0.5;
    rule(pen, box.left, y, box.right, y, colors, 0.1);
    write(pen, share ? `${(log ? 100 * tick : tick).toFixed(marks.digits)} %` : plain(tick), box.left - 8, y, colors, "right", "middle");
  }
  return toY;
}

// The axis at the foot, with ticks [share of the width, text]; places by that share.
function footAxis(pen, box, ticks, title, colors) {
  const toX = (place) => box.left + place * (box.right - box.left);
  rule(pen, box.left, box.bottom + 0.5, box.right, box.bottom + 0.5, colors, 0.4);
  let end = -Infinity;
  for (const [place, text] of ticks) {
    const x = toX(place);
    rule(pen, Math.round(x) + 0.5, box.bottom, Math.round(x) + 0.5, box.bottom + 4, colors, 0.4);
    const half = pen.measureText(text).width / 2;
    if (x - half < end + 6) continue; // would run into its neighbour
    write(pen, text, x, box.bottom + 7, colors);
    end = x + half;
  }
  write(pen, title, (box.left + box.right) / 2, box.bottom + 25, colors);
  return toX;
}

// What is drawn reaches no farther than the marks of points at the edge.
function within(pen, box, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(box.left - 5, box.top - 6, box.right - box.left + 10, box.bottom - box.top + 12);
  pen.clip();
  draw();
  pen.restore();
}

function band(pen, { x, low, high }, toX, toY, alpha) {
  pen.globalAlpha = alpha;
  pen.beginPath();
  x.forEach((place, i) => pen.lineTo(toX(place), toY(high[i])));
  for (let i = x.length - 1; i >= 0; i--) pen.lineTo(toX(x[i]), toY(low[i]));
  pen.fill();
  pen.globalAlpha = 1;
}

// What a drag has covered so far.
function covered(pen, box, from, to, colors) {
  pen.globalAlpha = 0.15;
  pen.fillStyle = colors.text;
  pen.fillRect(from, box.top, to - from, box.bottom - box.top);
  pen.globalAlpha = 1;
}

function cross(pen, x, y, size, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x - size, y - size);
  pen.lineTo(x + size, y + size);
  pen.moveTo(x + size, y - size);
  pen.lineTo(x - size, y + size);
  pen.stroke();
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function ring(pen, x, y, radius, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
}
