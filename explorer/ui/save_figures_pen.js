// A pen with the strokes of a canvas that writes SVG: what a chart of ours draws on the screen, on paper.

const EDGE = 10; // white around the figure

class SvgPen {
  constructor(width, height) {
    Object.assign(this, { width, height, parts: [], path: "", defs: [], kept: [] });
    this.probe = document.createElement("canvas").getContext("2d"); // knows colours and the width of words
    this.look = { fill: "#000000", stroke: "#000000", alpha: 1, line: 1, dash: [], join: "miter", font: "12px sans-serif", align: "start", base: "alphabetic", turn: "", clip: "" };
  }
  get fillStyle() { return this.look.fill; }
  set fillStyle(color) { this.look.fill = this.plain(color); }
  get strokeStyle() { return this.look.stroke; }
  set strokeStyle(color) { this.look.stroke = this.plain(color); }
  set globalAlpha(alpha) { this.look.alpha = alpha; }
  get globalAlpha() { return this.look.alpha; }
  set lineWidth(width) { this.look.line = width; }
  set lineJoin(join) { this.look.join = join; }
  set font(font) { this.look.font = this.probe.font = font; }
  set textAlign(align) { this.look.align = align; }
  set textBaseline(base) { this.look.base = base; }
  plain(color) {
    if (color instanceof SvgGradient) return color;
    this.probe.fillStyle = color; // as #rrggbb or rgba(…), as a canvas says it
    return this.probe.fillStyle;
  }
  setTransform() {}
  clearRect() {}
  save() { this.kept.push({ ...this.look }); }
  restore() { this.look = this.kept.pop() ?? this.look; }
  translate(x, y) { this.look.turn += `translate(${digits(x)} ${digits(y)})`; }
  rotate(angle) { this.look.turn += `rotate(${digits((angle * 180) / Math.PI)})`; }
  setLineDash(dash) { this.look.dash = dash; }
  measureText(text) { return this.probe.measureText(text); }
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${digits(x)} ${digits(y)}`; }
  lineTo(x, y) { this.path += `${this.path ? "L" : "M"}${digits(x)} ${digits(y)}`; }
  rect(x, y, w, h) { this.path += `M${digits(x)} ${digits(y)}h${digits(w)}v${digits(h)}h${digits(-w)}Z`; }
  arc(x, y, r) { // whole circles are all that we draw
    this.path += `M${digits(x - r)} ${digits(y)}a${digits(r)} ${digits(r)} 0 1 0 ${digits(2 * r)} 0a${digits(r)} ${digits(r)} 0 1 0 ${digits(-2 * r)} 0Z`;
  }
  clip() {
    this.defs.push(`<clipPath id="clip${this.defs.length}"><path d="${this.path}"/></clipPath>`);
    this.look.clip = ` clip-path="url(#clip${this.defs.length - 1})"`;
  }
  createLinearGradient(x1, y1, x2, y2) {
    const made = new SvgGradient(this.defs.length, [x1, y1, x2, y2]);
    this.defs.push(made);
    return made;
  }
  add(element) {
    const { turn, clip } = this.look;
    this.parts.push(`<g${clip}${turn ? ` transform="${turn}"` : ""}>${element}</g>`);
  }
  drawn(path, paint) { if (path) this.add(`<path d="${path}" ${paint}/>`); }
  stroked() {
    const { stroke, alpha, line, dash, join } = this.look;
    return `fill="none" stroke="${stroke}" stroke-opacity="${digits(alpha)}" stroke-width="${digits(line)}" stroke-linejoin="${join}"${dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : ""}`;
  }
  filled() { return `fill="${this.look.fill}" fill-opacity="${digits(this.look.alpha)}"`; }
  stroke() { this.drawn(this.path, this.stroked()); }
  fill() { this.drawn(this.path, this.filled()); }
  box(x, y, w, h) { return `M${digits(x)} ${digits(y)}h${digits(w)}v${digits(h)}h${digits(-w)}Z`; }
  fillRect(x, y, w, h) { this.drawn(this.box(x, y, w, h), this.filled()); }
  strokeRect(x, y, w, h) { this.drawn(this.box(x, y, w, h), this.stroked()); }
  fillText(text, x, y) { this.text(text, x, y, this.filled()); }
  strokeText(text, x, y) { this.text(text, x, y, this.stroked()); }
  text(text, x, y, paint) {
    const { align, base, font } = this.look;
    const size = parseFloat(/([\d.]+)px/.exec(font)?.[1] ?? "12");
    const drop = { top: 0.8, hanging: 0.8, middle: 0.35, bottom: -0.2 }[base] ?? 0; // not all readers know base lines
    const anchor = { center: "middle", right: "end", end: "end" }[align] ?? "start";
    const weight = /\b(bold|600|700)\b/.test(font) ? ' font-weight="600"' : "";
    this.add(`<text x="${digits(x)}" y="${digits(y + drop * size)}" font-size="${size}" text-anchor="${anchor}"${weight} ${paint}>${escaped(text)}</text>`);
  }
  svg(title) {
    const [width, height] = [this.width + 2 * EDGE, this.height + 2 * EDGE];
    const size = `width="${width}" height="${height}" viewBox="${-EDGE} ${-EDGE} ${width} ${height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${PAPER.font}"><title>${escaped(title)}</title><defs>${this.defs.map((made) => made.definition?.() ?? made).join("")}</defs><rect x="${-EDGE}" y="${-EDGE}" width="${width}" height="${height}" fill="${PAPER.ground}"/>${this.parts.join("")}</svg>`;
  }
}

class SvgGradient {
  constructor(number, ends) { Object.assign(this, { number, ends, stops: [] }); }
  addColorStop(at, color) { this.stops.push(`<stop offset="${digits(at)}" stop-color="${color}"/>`); }
  toString() { return `url(#gradient${this.number})`; }
  definition() {
    const [x1, y1, x2, y2] = this.ends.map(digits);
    return `<linearGradient id="gradient${this.number}" gradientUnits="userSpaceOnUse" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${this.stops.join("")}</linearGradient>`;
  }
}

const digits = (value) => String(Number(Number(value).toFixed(2)));
const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => SIGNS[sign]).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
