// The curves of one run: a canvas for each panel, one zoom window and one crosshair for all of them.
// Joined behind chart_frame.js, chart_stage.js and live_curve_drawing.js; what the user did is kept here.

function createChart(parent) {
  const root = parent.querySelector(".curves");
  const host = parent.host ?? parent; // carries the theme's variables
  const state = { data: null, window: null, log: false, hidden: new Set(), hover: null, drag: null };
  let panels = [];
  const redraw = drawnOnceAFrame(root, () => panels.forEach((panel) => drawPanel(panel, state, theme(host))));

  function update(data) {
    const traces = (list) => list.map((trace) => decodeAll(trace, ["x", "y", "low", "high"]));
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
  return { update };
}

function buildPanel(data, state, redraw) {
  const panel = { ...stageOf(data), legend: element("span", "legend"), toggles: {} };
  panel.bar.append(panel.legend, element("span", "space"));
  if (!data.is_share) {
    panel.bar.append(toggle("log scale", false, (on) => {
      state.log = on;
      redraw();
    }));
  }
  const places = () => visible(panel, state).flatMap((trace) => [...trace.x]);
  panel.reset = resetButton(listenToWindow(panel, state, redraw, { view: () => view(state), places }));
  panel.bar.append(panel.reset);
  const still = (copy, colors) => drawPanel(copy, { ...state, hover: null, drag: null }, colors);
  onPaper(panel, still, () => visible(panel, state));
  return panel;
}

// Lines may come (validation, at the end of an epoch) and go (a run that starts again).
function fillLegend({ data, legend, toggles }, state, redraw) {
  const wanted = data.traces.map((trace) => {
    const id = `${data.title} ${trace.name}`;
    return (toggles[id] ??= lineToggle(trace, (on) => {
      state.hidden[on ? "delete" : "add"](id);
      redraw();
    }));
  });
  [...legend.children].forEach((button) => wanted.includes(button) || button.remove());
  wanted.forEach((button) => button.isConnected || legend.append(button));
}

function lineToggle(trace, change) {
  const swatch = element("span", trace.is_dotted ? "swatch dotted" : "swatch");
  swatch.dataset.color = trace.color;
  return toggle(trace.name, true, change, swatch);
}
