// The figures of a sweep: state, pointer and keys. Joined behind chart_frame.js, chart_stage.js, chart_shades.js
// and sweep_drawing.js; what the user did is kept here.

function createChart(parent) {
  const root = parent.querySelector(".sweep");
  const host = parent.host ?? parent; // carries the theme's variables
  let panels = [];
  const redraw = drawnOnceAFrame(root, () => {
    const colors = theme(host);
    for (const panel of panels) {
      drawSweepPanel(panel, colors);
      if (!panel.pointer || panel.drag) continue;
      point(panel, look(panel, ...panel.pointer)); // what lies there now: the data may be new
      drawSweepPanel(panel, colors);
    }
  });

  function update(data) {
    const kinds = data.panels.map((panel) => panel.kind).join();
    if (kinds !== panels.map((panel) => panel.data.kind).join()) {
      panels = data.panels.map((panel) => buildPanel(panel, redraw));
      root.replaceChildren(...panels.map((panel) => panel.figure));
    }
    panels.forEach((panel, index) => {
      panel.data = decoded(data.panels[index]);
      panel.title.textContent = panel.data.title;
      panel.canvas.setAttribute("aria-label", panel.data.summary);
      if (!panel.logButton) return;
      panel.logButton.hidden = panel.data.is_share;
      if (panel.isScaleChosen) return; // by the user; else so that no line lies at the foot of another
      panel.log = panel.data.has_outliers;
      panel.logButton.setAttribute("aria-pressed", panel.log);
    });
    redraw();
  }
  return { update };
}

const decoded = (panel) =>
  panel.kind === "curves" ? { ...panel, lines: panel.lines.map((line) => decodeAll(line, ["x", "y"])) } : panel;

function buildPanel(data, redraw) {
  const panel = { ...stageOf(data, data.kind), spots: [], near: null, hit: null, pointer: null, window: null, drag: null, log: false };
  panel.bar.append(element("span", "space"));
  if (data.kind === "curves") {
    panel.logButton = toggle("log scale", false, (on) => {
      panel.log = on;
      panel.isScaleChosen = true;
      redraw();
    });
    panel.reset = resetButton(() => zoom(panel, null, redraw));
    panel.bar.append(panel.logButton, panel.reset);
  }
  listen(panel, redraw);
  onPaper(panel, drawSweepPanel);
  return panel;
}

function zoom(panel, range, redraw) {
  panel.window = range;
  panel.reset.hidden = !range;
  redraw();
}

// ---- pointer and keys -----------------------------------------------------------------------------------

function point(panel, hit) {
  panel.hit = hit;
  panel.near = hit?.index ?? null;
}

function look(panel, x, y) {
  if (panel.nearest) {
    const hit = panel.nearest(x, y);
    return hit && hit.distance < 40 ** 2 ? hit : null;
  }
  const within = panel.spots.find(({ within: box }) => box && x >= box[0] && x < box[0] + box[2] && y >= box[1] && y < box[1] + box[3]);
  if (within || panel.data.kind === "map") return within ?? null;
  return panel.spots.reduce((best, spot) => (!best || Math.abs(spot.x - x) < Math.abs(best.x - x) ? spot : best), null);
}

function listen(panel, redraw) {
  const { canvas } = panel;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.onpointerdown = (event) => {
    if (event.button || !panel.toEpoch) return;
    canvas.setPointerCapture(event.pointerId);
    const [x] = place(event);
    panel.drag = { from: x, to: x };
  };
  canvas.onpointermove = (event) => {
    const [x, y] = place(event);
    if (panel.drag) panel.drag.to = x;
    panel.pointer = [x, y];
    point(panel, null);
    redraw();
  };
  canvas.onpointerup = () => {
    const drag = panel.drag;
    panel.drag = null;
    if (drag && Math.abs(drag.to - drag.from) > NEAR) {
      const ends = [drag.from, drag.to].map(panel.toEpoch).sort((a, b) => a - b);
      zoom(panel, ends, redraw);
    } else redraw();
  };
  canvas.onpointercancel = canvas.onpointerleave = canvas.onblur = () => {
    if (panel.drag) return;
    panel.pointer = null;
    point(panel, null);
    redraw();
  };
  canvas.ondblclick = () => panel.reset && zoom(panel, null, redraw);
  canvas.onkeydown = (event) => {
    panel.pointer = null;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") {
      point(panel, null);
      if (panel.reset) zoom(panel, null, redraw);
    } else if (step && panel.spots.length) {
      const at = panel.spots.findIndex((spot) => spot.words === panel.hit?.words);
      point(panel, panel.spots[Math.min(Math.max(at < 0 ? (step > 0 ? 0 : panel.spots.length - 1) : at + step, 0), panel.spots.length - 1)]);
    } else if (step && panel.data.lines?.length) {
      const count = panel.data.lines.length;
      const index = panel.near === null ? (step > 0 ? 0 : count - 1) : (panel.near + step + count) % count;
      const line = panel.data.lines[index];
      const words = line.words ?? `${line.name}\n${line.y?.length ? exact(line.y[line.y.length - 1], panel.data.is_share) : "no value yet"}`;
      point(panel, { index, words, x: 80, y: 60 });
    } else return;
    event.preventDefault();
    redraw();
  };
}
