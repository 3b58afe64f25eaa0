// The drawing pad: strokes of pen and eraser on one canvas. Streamlit calls the default export on every change
// of data or theme; the strokes are kept here, and the server gets a copy of them.

const PAD = 1000; // the pad's own units, in either direction
const NEAR = 4; // a point nearer to the one before is left out
const MOST_POINTS = 8000;
const PACE = 100; // milliseconds between two copies sent while a stroke is being drawn
const STEP = 30; // units that an arrow key moves by; with Shift a fifth
const WIDTHS = { least: 20, most: 180, first: 80 };

const pads = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!pads.has(parentElement)) pads.set(parentElement, createPad(parentElement, data));
  const pad = pads.get(parentElement);
  pad.state.tell = (value) => setStateValue("drawing", value);
  pad.update(data);
}

function createPad(parent, data) {
  const state = {
    strokes: data.strokes, // finished ones; the one in hand is apart
    current: null,
    past: [],
    erases: false,
    width: WIDTHS.first,
    cursor: null, // where the keyboard's pen is
    seq: data.seq,
    heard: data.seq, // the newest copy that the server has answered
    sent: 0,
    cleared: data.clear,
    tell: () => {},
  };
  const parts = build(parent.querySelector(".pad"));
  const redraw = () => draw(parts.canvas, state, parts.empty);
  const act = actions(state, parts, redraw);
  listenToPointer(parts.canvas, state, act);
  listenToKeys(parts.canvas, state, act, redraw);
  listenToTools(parts, state, act, redraw);
  new ResizeObserver(redraw).observe(parts.canvas);

  function update(told) {
    state.heard = told.seq;
    if (told.clear > state.cleared) {
      state.cleared = told.clear;
      act.clear();
    }
    act.show();
  }
  return { state, update };
}

// ---- what can be done -----------------------------------------------------------------------------------

function actions(state, parts, redraw) {
  const all = () => (state.current ? [...state.strokes, state.current] : state.strokes);
  const send = () => {
    state.sent = performance.now();
    state.seq += 1;
    state.tell({ seq: state.seq, strokes: all() });
  };
  const change = (strokes) => {
    state.past.push(state.strokes);
    state.strokes = strokes;
    show();
    send();
  };
  const points = () => all().reduce((sum, stroke) => sum + stroke.points.length / 2, 0);

  function show() {
    parts.pen.setAttribute("aria-pressed", !state.erases);
    parts.eraser.setAttribute("aria-pressed", state.erases);
    parts.undo.disabled = !state.past.length;
    parts.clear.disabled = !state.strokes.length;
    redraw();
  }
  return {
    show,
    begin(x, y) {
      state.current = { points: [x, y], width: state.width, erases: state.erases };
      redraw();
    },
    extend(x, y) {
      const known = state.current.points;
      const [a, b] = known.slice(-2);
      if (Math.hypot(x - a, y - b) < NEAR || points() >= MOST_POINTS) return;
      known.push(x, y);
      redraw();
      if (state.heard === state.seq && performance.now() - state.sent > PACE) send();
    },
    end() {
      if (!state.current) return;
      const stroke = state.current;
      state.current = null;
      change([...state.strokes, stroke]);
    },
    undo() {
      if (!state.past.length) return;
      state.current = null;
      state.strokes = state.past.pop();
      show();
      send();
      say(parts, "Undone");
    },
    clear() {
      state.current = null;
      if (!state.strokes.length) return redraw();
      change([]);
      say(parts, "Cleared");
    },
    choose(erases) {
      state.erases = erases;
      show();
      say(parts, erases ? "Eraser" : "Pen");
    },
    say: (text) => say(parts, text),
  };
}

// ---- pointer: mouse, pen and finger ---------------------------------------------------------------------

function listenToPointer(canvas, state, act) {
  let pointer = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (value) => Math.round(Math.min(Math.max(value, -0.1), 1.1) * PAD);
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  canvas.onpointerdown = (event) => {
    if (event.button > 0 || pointer !== null) return; // one finger draws, others wait
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    state.cursor = null;
    act.begin(...place(event));
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pointer || !state.current) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) act.extend(...place(each));
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    act.end();
  };
  // Some browsers scroll the page under a finger in spite of touch-action.
  for (const name of ["touchstart", "touchmove"]) {
    canvas.addEventListener(name, (event) => event.preventDefault(), { passive: false });
  }
}

// ---- keys -----------------------------------------------------------------------------------------------

function listenToKeys(canvas, state, act, redraw) {
  const move = (right, down) => (event) => {
    const step = event.shiftKey ? STEP / 5 : STEP;
    const [x, y] = state.cursor ?? [PAD / 2, PAD / 2];
    const within = (value) => Math.min(Math.max(value, 0), PAD);
    state.cursor = [within(x + right * step), within(y + down * step)];
    if (state.current) act.extend(...state.cursor);
    redraw();
  };
  const press = () => {
    state.cursor ??= [PAD / 2, PAD / 2];
    if (state.current) {
      act.end();
      act.say("Pen up");
    } else {
      act.begin(...state.cursor);
      act.say(state.erases ? "Eraser down" : "Pen down");
    }
  };
  const acts = {
    ArrowLeft: move(-1, 0),
    ArrowRight: move(1, 0),
    ArrowUp: move(0, -1),
    ArrowDown: move(0, 1),
    " ": press,
    Enter: press,
    Escape: () => act.end(),
    Backspace: () => act.undo(),
    Delete: () => act.clear(),
    e: () => act.choose(!state.erases),
  };
  canvas.onkeydown = (event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key === "z";
    const does = isUndo ? acts.Backspace : event.ctrlKey || event.metaKey ? null : acts[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does(event);
  };
  canvas.onblur = () => {
    state.cursor = null;
    act.end();
    redraw();
  };
}

// ---- tools ----------------------------------------------------------------------------------------------

function listenToTools(parts, state, act, redraw) {
  parts.pen.onclick = () => act.choose(false);
  parts.eraser.onclick = () => act.choose(true);
  parts.undo.onclick = () => act.undo();
  parts.clear.onclick = () => act.clear();
  parts.width.oninput = () => {
    state.width = Number(parts.width.value);
    redraw();
  };
}

function build(root) {
  const canvas = element("canvas", "paper");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "Drawing pad. Draw with mouse, pen or finger; or with the keyboard: arrow keys move, Space puts the pen " +
      "down and lifts it, E changes between pen and eraser, Backspace undoes, Delete clears.",
  );
  const empty = element("div", "empty", "Draw a digit here");
  const stage = element("div", "stage");
  stage.append(canvas, empty);
  const tools = element("div", "tools");
  const [pen, eraser, undo, clear] = ["Pen", "Eraser", "Undo", "Clear"].map((name) => {
    const button = element("button", name.toLowerCase(), name);
    button.type = "button";
    return button;
  });
  const width = element("input", "width");
  Object.assign(width, { type: "range", min: WIDTHS.least, max: WIDTHS.most, step: 10, value: WIDTHS.first });
  const label = element("label", "", "Width");
  label.append(width);
  const status = element("span", "status");
  status.setAttribute("aria-live", "polite");
  tools.append(pen, eraser, undo, clear, label, status);
  root.replaceChildren(stage, tools);
  return { canvas, empty, pen, eraser, undo, clear, width, status };
}

function say(parts, text) {
  parts.status.textContent = text;
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

// ---- drawing --------------------------------------------------------------------------------------------

// White ink on black in either theme: so are the images that the networks learned from.
const [INK, GROUND, MARK] = ["#ffffff", "#000000", "#ff9152"];

function draw(canvas, state, empty) {
  const [side, ratio] = [canvas.clientWidth, window.devicePixelRatio || 1];
  if (!side) return;
  const pixels = Math.round(side * ratio);
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  const pen = canvas.getContext("2d");
  pen.setTransform(pixels / PAD, 0, 0, pixels / PAD, 0, 0);
  pen.fillStyle = GROUND;
  pen.fillRect(0, 0, PAD, PAD);
  pen.lineCap = pen.lineJoin = "round";
  const strokes = state.current ? [...state.strokes, state.current] : state.strokes;
  for (const { points, width, erases } of strokes) {
    pen.strokeStyle = erases ? GROUND : INK;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(points[0], points[1]);
    for (let i = 0; i < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
    pen.stroke();
  }
  if (state.cursor) {
    pen.strokeStyle = MARK;
    pen.lineWidth = 6;
    pen.setLineDash(state.current ? [] : [16, 12]);
    pen.beginPath();
    pen.arc(...state.cursor, state.width / 2 + 4, 0, 2 * Math.PI);
    pen.stroke();
    pen.setLineDash([]);
  }
  empty.hidden = strokes.length > 0 || state.cursor !== null;
}
