// How the panels of a sweep are drawn: the response with its band, the coloured curves, the map, the axes of a search.
// Joined behind chart_frame.js, chart_stage.js and chart_shades.js, in front of sweep_chart.js.

const paint = { response: drawResponse, curves: drawCurves, map: drawMap, trials: drawTrials, parallel: drawParallel };

function drawSweepPanel(panel, colors) {
  const pen = clean(panel.canvas, colors);
  if (!pen) return;
  panel.spots = [];
  const box = boxOf(panel.canvas, FRAME);
  paint[panel.data.kind](pen, box, panel, colors);
  if (panel.data.empty) {
    write(pen, panel.data.empty, (box.left + box.right) / 2, (box.top + box.bottom) / 2, colors, "center", "middle");
  }
  showTip(panel, colors, panel.canvas.clientWidth);
}

// ---- the response ---------------------------------------------------------------------------------------

function drawResponse(pen, box, panel, colors) {
  const { data } = panel;
  const dark = isDark(colors.ground);
  const known = data.points.filter((point) => point.mean !== null);
  const range = known.length ? shares(Math.min(...known.map((p) => p.low)), Math.max(...known.map((p) => p.high))) : [0, 1];
  const toY = sideAxis(pen, box, range, false, true, colors);
  const toX = footAxis(pen, box, data.ticks, data.axis, colors);
  const line = (list, y) => list.forEach((point) => pen.lineTo(toX(point.place), toY(point[y])));
  if (data.joined) {
    pen.fillStyle = colors.text;
    pen.globalAlpha = 0.12;
    pen.beginPath();
    line(known, "high");
    line([...known].reverse(), "low");
    pen.fill();
    pen.globalAlpha = 0.55;
    pen.strokeStyle = colors.text;
    pen.lineWidth = 1.5;
    pen.beginPath();
    line(known, "mean");
    pen.stroke();
    pen.globalAlpha = 1;
  }
  for (const point of data.points) {
    const x = toX(point.place);
    const color = shadeOf(point.place, dark);
    let y = box.bottom - 9;
    if (point.mean !== null) {
      y = toY(point.mean);
      pen.strokeStyle = color;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(x, toY(point.low));
      pen.lineTo(x, toY(point.high));
      pen.stroke();
      pen.fillStyle = color;
      dot(pen, x, y, point.is_best ? 6 : 4.5);
      if (point.is_best) ring(pen, x, y, 9, colors.text);
    }
    if (point.failed) cross(pen, x, box.bottom - 9, 5, colors.colors[1]);
    panel.spots.push({ x, y, words: point.words });
  }
}

// ---- the curves -----------------------------------------------------------------------------------------

function drawCurves(pen, whole, panel, colors) {
  const { data } = panel;
  const dark = isDark(colors.ground);
  const box = { ...whole, bottom: whole.bottom - 52 };
  const [from, to] = panel.window ?? [0, data.last_epoch];
  const log = panel.log && !data.is_share;
  let [low, high] = [Infinity, -Infinity];
  for (const { x, y } of data.lines) {
    for (let i = 0; i < x.length; i++) {
      if (x[i] < from || x[i] > to || (log && y[i] <= 0)) continue;
      low = Math.min(low, y[i]);
      high = Math.max(high, y[i]);
    }
  }
  if (!(low <= high)) [low, high] = log ? [0.01, 1] : [0, 1];
  const range = log ? [low / 1.1, high * 1.1] : data.is_share ? shares(low, high) : [Math.max(0, low - (high - low) * 0.06), high + ((high - low) || 1) * 0.06];
  const toY = sideAxis(pen, box, range, log, data.is_share, colors);
  const { share, toX, toPlace } = along(box, [from, to], false);
  const epochs = niceTicks(from, to, (box.right - box.left) / 90).ticks;
  footAxis(pen, box, epochs.map((epoch) => [share(epoch), plain(epoch)]), "epoch", colors);
  const drawOne = (line, index) => {
    if (!line.x.length) {
      if (line.failed) cross(pen, toX(0) + 8, box.top + 6, 5, colors.colors[1]); // failed before its first epoch ended
      return;
    }
    const color = shadeOf(line.shade, dark);
    pen.globalAlpha = panel.near === null || panel.near === index ? 1 : 0.18;
    pen.strokeStyle = pen.fillStyle = color;
    pen.lineWidth = panel.near === index ? 3 : data.lines.length > 100 ? 1 : 1.6;
    pen.beginPath();
    line.x.forEach((epoch, i) => pen.lineTo(toX(epoch), toY(log ? Math.max(line.y[i], range[0]) : line.y[i])));
    pen.stroke();
    const last = line.x.length - 1;
    const [x, y] = [toX(line.x[last]), toY(log ? Math.max(line.y[last], range[0]) : line.y[last])];
    if (line.failed) cross(pen, x, y, 5, colors.colors[1]);
    else if (line.x.length === 1) dot(pen, x, y, 2.5);
  };
  within(pen, box, () => {
    data.lines.forEach(drawOne);
    pen.globalAlpha = 1;
    if (panel.drag) covered(pen, box, panel.drag.from, panel.drag.to, colors);
  });
  scaleBar(pen, { ...whole, bottom: whole.bottom - 4 }, data.ticks, data.axis, colors, dark);
  panel.toEpoch = toPlace;
  panel.nearest = (px, py) => {
    let best = null;
    data.lines.forEach((line, index) => {
      line.x.forEach((epoch, i) => {
        if (epoch < from || epoch > to || (log && line.y[i] <= 0)) return;
        const [x, y] = [toX(epoch), toY(line.y[i])];
        const distance = (x - px) ** 2 + (y - py) ** 2;
        if (!best || distance < best.distance) {
          best = { distance, index, x, y, words: `${line.name}\nepoch ${epoch}: ${exact(line.y[i], data.is_share)}${line.failed ? " (failed)" : ""}` };
        }
      });
    });
    return best;
  };
}

// ---- the map of two fields ------------------------------------------------------------------------------

function drawMap(pen, whole, panel, colors) {
  const { data } = panel;
  const dark = isDark(colors.ground);
  const names = data.rows.map((name) => pen.measureText(name).width);
  const box = { ...whole, left: Math.min(28 + Math.max(...names, 20), 150) };
  const [wide, high] = [(box.right - box.left) / data.columns.length, (box.bottom - box.top) / data.rows.length];
  const toX = (column) => box.left + column * wide;
  const toY = (row) => box.bottom - (row + 1) * high;
  for (const cell of data.cells) {
    const [x, y] = [toX(cell.column), toY(cell.row)];
    if (cell.shade !== null) {
      pen.fillStyle = shadeOf(cell.shade, dark);
      pen.fillRect(x + 1, y + 1, wide - 2, high - 2);
    } else {
      rule(pen, x + 3, y + high - 3, x + wide - 3, y + 3, colors, 0.25);
    }
    if (pen.measureText(cell.label).width < wide - 4 && high > 14) {
      const ink = cell.shade === null ? colors.text : isDark(hexOf(pen, shadeOf(cell.shade, dark))) ? "#ffffff" : "#10151a";
      write(pen, cell.label, x + wide / 2, y + high / 2, { text: ink }, "center", "middle", 1);
    }
    if (cell.is_best) {
      pen.strokeStyle = colors.text;
      pen.lineWidth = 2.5;
      pen.strokeRect(x + 1, y + 1, wide - 2, high - 2);
    }
    panel.spots.push({ x: x + wide / 2, y: y + high / 2, words: cell.words, within: [x, y, wide, high] });
  }
  data.rows.forEach((name, row) => write(pen, name, box.left - 6, toY(row) + high / 2, colors, "right", "middle"));
  footAxis(pen, box, data.columns.map((name, column) => [(column + 0.5) / data.columns.length, name]), data.column_title, colors);
  writeUp(pen, data.row_title, 11, (box.top + box.bottom) / 2, colors);
}

function hexOf(pen, color) {
  pen.fillStyle = color;
  return pen.fillStyle;
}

// ---- the runs of a search -------------------------------------------------------------------------------

function drawTrials(pen, box, panel, colors) {
  const { data } = panel;
  const known = data.points.filter((point) => point.score !== null);
  const scores = known.map((point) => point.score);
  const [low, high] = known.length ? [Math.min(...scores), Math.max(...scores)] : [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  const log = !data.is_share && low > 0 && high / low >= 10;
  const range = data.is_share ? shares(low, high) : log ? [low / 1.15, high * 1.15] : [Math.max(0, low - room), high + room];
  const toY = sideAxis(pen, box, range, log, data.is_share, colors);
  const marks = niceTicks(0, data.budget, 6).ticks.filter((n) => Number.isInteger(n));
  const toX = footAxis(pen, box, marks.map((n) => [n / (data.budget + 1), plain(n)]), "run", colors);
  const at = (point) => toX(point.number / (data.budget + 1));
  pen.strokeStyle = colors.colors[0];
  pen.lineWidth = 2;
  pen.beginPath();
  let before = null;
  for (const point of data.points) {
    if (point.best_so_far === null) continue;
    if (before !== null) pen.lineTo(at(point), toY(before));
    pen.lineTo(at(point), toY(point.best_so_far));
    before = point.best_so_far;
  }
  pen.stroke();
  for (const point of data.points) {
    const x = at(point);
    let y = box.bottom - 9;
    if (point.score !== null) {
      y = toY(point.score);
      pen.fillStyle = colors.text;
      pen.globalAlpha = point.is_best ? 1 : 0.55;
      dot(pen, x, y, point.is_best ? 5 : 3.5);
      pen.globalAlpha = 1;
      if (point.is_best) ring(pen, x, y, 9, colors.text);
    } else if (point.is_failed) cross(pen, x, y, 4.5, colors.colors[1]);
    panel.spots.push({ x, y, words: point.words });
  }
}

// ---- the axes of a search -------------------------------------------------------------------------------

function drawParallel(pen, whole, panel, colors) {
  const { data } = panel;
  const dark = isDark(colors.ground);
  const widest = (axis) => Math.max(0, ...(axis ? axis.ticks : []).map(([, text]) => pen.measureText(text).width));
  const left = Math.max(46, 10 + widest(data.axes[0])); // labels stand outside the first axis and the last
  const right = whole.right - Math.max(30, widest(data.axes[data.axes.length - 1]) - 6);
  const box = { ...whole, left, right, top: whole.top + 22, bottom: whole.bottom + 24 };
  const toX = (axis) => box.left + (axis / Math.max(data.axes.length - 1, 1)) * (box.right - box.left);
  const toY = (place) => box.bottom - place * (box.bottom - box.top);
  data.lines.forEach((line, index) => {
    pen.globalAlpha = panel.near === null ? 0.75 : panel.near === index ? 1 : 0.12;
    pen.strokeStyle = line.shade === null ? colors.text : shadeOf(line.shade, dark);
    pen.setLineDash(line.shade === null ? [4, 4] : []);
    pen.lineWidth = line.is_best || panel.near === index ? 3 : 1.4;
    pen.beginPath();
    line.places.forEach((place, axis) => pen.lineTo(toX(axis), toY(place)));
    pen.stroke();
  });
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  data.axes.forEach((axis, index) => {
    const x = toX(index);
    rule(pen, x, box.top - 4, x, box.bottom + 4, colors, 0.6);
    const edge = index === 0 ? "left" : index === data.axes.length - 1 ? "right" : "center";
    write(pen, axis.title, index === 0 ? 4 : index === data.axes.length - 1 ? whole.right + 12 : x, box.top - 24, colors, edge, "top", 1);
    for (const [place, text] of axis.ticks) {
      const right = index === data.axes.length - 1;
      rule(pen, x - 3, toY(place), x + 3, toY(place), colors, 0.6);
      halo(pen, text, right ? x + 6 : x - 6, toY(place), colors, right ? "left" : "right");
      write(pen, text, right ? x + 6 : x - 6, toY(place), colors, right ? "left" : "right", "middle", 0.9);
    }
  });
  panel.nearest = (px, py) => {
    let best = null;
    data.lines.forEach((line, index) => {
      for (let axis = 0; axis < line.places.length - 1; axis++) {
        const [x1, x2] = [toX(axis), toX(axis + 1)];
        if (px < x1 - 20 || px > x2 + 20) continue;
        const along = Math.min(Math.max((px - x1) / (x2 - x1), 0), 1);
        const y = toY(line.places[axis] + along * (line.places[axis + 1] - line.places[axis]));
        const distance = (y - py) ** 2;
        if (!best || distance < best.distance) best = { distance, index, x: px, y, words: line.words };
      }
    });
    return best;
  };
}

// Ground around a text, so that lines behind it do not cross it.
function halo(pen, text, x, y, colors, align) {
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = colors.ground;
  pen.strokeText(text, x, y);
}
