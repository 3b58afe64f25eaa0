// Runs beside one another: a canvas a measure, one legend, one zoom window and one crosshair for all of them.
// Joined behind chart_frame.js, chart_stage.js, chart_shades.js and compare_drawing.js; what the user did is kept here.

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
  const redraw = drawnOnceAFrame(root, () => {
    const colors = theme(host);
    for (const button of legend.children) drawSwatch(button.firstChild, button.line, colors);
    for (const panel of panels) {
      if (panel.reset) panel.reset.hidden = !state.window;
      for (const [name, button] of Object.entries(panel.switches)) button.setAttribute("aria-pressed", state[name]);
      (panel.data.kind === "scatter" ? drawScatter : drawCompared)(panel, state, colors);
    }
  });

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
  return { update };
}

const decoded = (panel, lines) =>
  panel.kind === "scatter"
    ? panel
    : { ...panel, lines: panel.lines.map((line, index) => ({ ...lines[index], ...decodeAll(line, Object.keys(line)) })) };

// ---- elements -------------------------------------------------------------------------------------------

function lineToggle(line, state, redraw) {
  const change = (on) => {
    state.hidden[on ? "delete" : "add"](line.name);
    redraw();
  };
  return toggle(line.name, true, change, element("canvas", "swatch"));
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
  const panel = { ...stageOf(data, data.kind), switches: {}, spots: [], hit: null };
  panel.bar.append(element("span", "space"));
  const draw = data.kind === "scatter" ? drawScatter : drawCompared;
  const lines = () => (panel.data.lines ?? []).filter((line) => !state.hidden.has(line.name));
  const legend = () => lines().map((line) => ({ ...line, dash: DASHES[line.dash] }));
  onPaper(panel, (copy, colors) => draw(copy, { ...state, hover: null, drag: null }, colors), legend);
  if (data.kind === "scatter") {
    listenToPoints(panel, redraw);
    return panel;
  }
  // Both panels have one state, so that a redraw tells whether a button is on.
  const option = (name, text) => {
    const change = () => {
      state[name] = !state[name];
      if (name === "logX") state.window = null;
      redraw();
    };
    panel.switches[name] = toggle(text, state[name], change);
    panel.bar.append(panel.switches[name]);
  };
  if (!data.is_share) option("log", "log loss");
  option("logX", "log x");
  const places = () => lines().flatMap((line) => [...line.x]);
  panel.reset = resetButton(listenToWindow(panel, state, redraw, { view: () => seen(state), places }));
  panel.bar.append(panel.reset);
  return panel;
}

// ---- pointer and keys -----------------------------------------------------------------------------------

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
