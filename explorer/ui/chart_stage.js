// What charts on a canvas are made of: a stage with its bar, canvas and words beside the pointer, buttons, and a
// zoom window by pointer and keys. Joined behind chart_frame.js; the chart's own file has `createChart(parent)`.
// Streamlit calls the default export on every change of data or theme; what the user did is kept in the chart.

const charts = new WeakMap();
const NEAR = 4; // pixels: a shorter drag is a click

export default function ({ data, parentElement }) {
  if (!charts.has(parentElement)) charts.set(parentElement, createChart(parentElement));
  charts.get(parentElement).update(data);
}

// However often it is asked for, drawn once a frame, and when the size changes.
function drawnOnceAFrame(root, draw) {
  let frame = 0;
  const redraw = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
  new ResizeObserver(redraw).observe(root);
  return redraw;
}

const decode = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const decodeAll = (line, names) => ({ ...line, ...Object.fromEntries(names.map((name) => [name, decode(line[name])])) });

// ---- elements -------------------------------------------------------------------------------------------

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

// A figure: a bar with the title, and under it the canvas with its tip.
function stageOf(data, kind = "") {
  const figure = element("figure", "panel");
  const bar = element("div", "bar");
  const title = element("span", "title", data.title);
  bar.append(title);
  const canvas = element("canvas", `plot ${kind}`);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const tip = element("div", "tip");
  tip.setAttribute("aria-live", "polite");
  tip.hidden = true;
  const stage = element("div", "stage");
  stage.append(canvas, tip);
  figure.append(bar, stage);
  return { data, figure, bar, title, canvas, tip };
}

// A button that is on or off, with what stands before its words.
function toggle(text, isOn, change, ...before) {
  const button = element("button", "toggle");
  button.append(...before, text);
  button.setAttribute("aria-pressed", isOn);
  button.onclick = () => {
    const next = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", next);
    change(next);
  };
  return button;
}

function resetButton(showAll) {
  const button = element("button", "reset", "reset zoom");
  button.hidden = true;
  button.onclick = showAll;
  return button;
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

// ---- words beside the pointer ---------------------------------------------------------------------------

function tell(tip, text, x, width, colors) {
  if (tip.textContent !== text) tip.textContent = text;
  tip.style.background = colors.ground;
  tip.style.left = width - x - 12 > tip.offsetWidth ? `${x + 12}px` : `${Math.max(0, x - 12 - tip.offsetWidth)}px`;
}

// Above the point that was hit; nothing where none was.
function showTip({ tip, hit }, colors, width) {
  tip.hidden = !hit;
  if (!hit) return;
  tell(tip, hit.words, hit.x, width, colors);
  tip.style.top = `${Math.max(0, hit.y - tip.offsetHeight - 10)}px`;
}

// ---- one window for all panels --------------------------------------------------------------------------

// Drag to zoom, double-click to see all; arrow keys go from place to place, plus and minus zoom.
// `view()` is the range that is seen, `places()` are those that can be read, `panel.toPlace(x)` is set by drawing.
function listenToWindow(panel, state, redraw, { view, places }) {
  const { canvas } = panel;
  const place = (event) => panel.toPlace(event.clientX - canvas.getBoundingClientRect().left);
  const showAll = () => {
    state.window = null;
    redraw();
  };
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
  canvas.ondblclick = showAll;
  canvas.onkeydown = (event) => {
    const [from, to] = view();
    const middle = state.hover ?? (from + to) / 2;
    const least = state.logX ? from / 10 : 0;
    const zoom = (factor) => [Math.max(least, middle - (middle - from) * factor), middle + (to - middle) * factor];
    const acts = {
      ArrowLeft: () => (state.hover = neighbour(places(), middle, -1)),
      ArrowRight: () => (state.hover = neighbour(places(), middle, 1)),
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
  return showAll;
}

function neighbour(places, place, direction) {
  const ahead = places.filter((x) => (x - place) * direction > 1e-6 * Math.abs(place));
  return ahead.length ? ahead.reduce((a, b) => ((a - b) * direction < 0 ? a : b)) : place;
}
