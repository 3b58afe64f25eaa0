// What can be saved from the page: plotly's figures, our charts on a canvas, and pictures, each as SVG and PNG.

const LARGER = 3; // pixels of a PNG for a pixel on the screen

const LONG_TITLE = /^(.{8,}?): .*$/s; // "Confusion matrix: 217 of 10,000 images misclassified"

function figuresOfThePage() {
  const found = [];
  for (const element of everything(document)) {
    if (!element.getClientRects().length) continue; // folded away
    if (element.matches(".js-plotly-plot") && element.data) found.push(ofPlotly(element));
    else if (element.matches("canvas") && element.onPaper) found.push(ofCanvas(element));
    else if (element.matches('[data-testid="stImage"] img, [data-testid="stImageContainer"] img')) found.push(ofPicture(element));
  }
  const times = {};
  for (const figure of found) {
    const name = slug([page(), figure.title.replace(LONG_TITLE, "$1"), figure.isOfEpoch && epoch(figure.title)].filter(Boolean).join(" "));
    times[name] = (times[name] ?? 0) + 1;
    figure.file = times[name] > 1 ? `${name}-${times[name]}` : name;
  }
  return found;
}

// All elements in the order of the page, also those that a component of ours keeps to itself.
function* everything(root) {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* everything(element.shadowRoot);
  }
}

// What the files of this page begin with: its run, or its name.
function page() {
  const name = location.pathname.split("/").filter(Boolean).pop() ?? "train";
  const run = new URLSearchParams(location.search).get("run");
  return run && /^(run|train)$/.test(name) ? `run ${run}` : name;
}

// The epoch at which the slider of the page stands, unless the title says one.
function epoch(title) {
  const slider = document.querySelector('[class*="st-key-scrubber-slider"] [data-testid="stSliderThumbValue"]');
  const said = /\d+/.exec((slider?.textContent ?? "").replace(/,/g, ""));
  return said && !/epoch/.test(title) ? `epoch ${said[0]}` : "";
}

const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80).replace(/-$/, "");

// ---- plotly -----------------------------------------------------------------------------------------------

function ofPlotly(graph) {
  const title = graph.closest('[data-testid="stPlotlyChart"]')?.getAttribute("aria-label") || "Figure";
  const asImage = async (format, scale) => {
    const Plotly = await plotly();
    const colors = paperColors();
    const { width, height } = graph._fullLayout;
    const layout = inColors(graph.layout, colors);
    Object.assign(layout, { paper_bgcolor: PAPER.ground, width, height, autosize: false });
    return Plotly.toImage({ data: inColors(graph.data, colors), layout }, { format, width, height, scale });
  };
  return {
    title,
    isOfEpoch: true,
    svg: async () => decodeURIComponent((await asImage("svg", 1)).replace(/^data:image\/svg\+xml,/, "")),
    png: async () => (await fetch(await asImage("png", LARGER))).blob(),
  };
}

// Colours of the dark theme in the light one's place; without the dark theme nothing is changed.
function paperColors() {
  const style = getComputedStyle(document.querySelector('[data-testid="stApp"]') ?? document.body);
  const [r, g, b] = numbers(style.backgroundColor) ?? [255, 255, 255];
  if (0.299 * r + 0.587 * g + 0.114 * b > 128) return (color) => color;
  const table = new Map(PAPER.dark.map((color, index) => [color, PAPER.colors[index]]));
  const ground = [r, g, b].join();
  return (color) => {
    const known = table.get(color.toLowerCase());
    if (known) return known;
    const parts = numbers(color);
    if (!parts) return color;
    const [red, green, blue, alpha] = parts;
    if ([red, green, blue].join() === ground) return alpha === undefined ? PAPER.ground : `rgba(255, 255, 255, ${alpha})`;
    const [least, most] = [Math.min(red, green, blue), Math.max(red, green, blue)];
    if (most - least > 48 || (most > 90 && least < 151)) return color; // no grey, or one for either ground
    return `rgba(${255 - red}, ${255 - green}, ${255 - blue}, ${alpha ?? 1})`;
  };
}

function numbers(color) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (hex) return hex.slice(1).map((pair) => parseInt(pair, 16));
  const parts = /^rgba?\(([^)]*)\)$/.exec(color);
  return parts ? parts[1].split(",").map(Number) : null;
}

function inColors(value, colors) {
  if (typeof value === "string") return value.length < 40 ? colors(value) : value;
  if (Array.isArray(value)) return value.map((item) => inColors(item, colors));
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === "text" || name === "customdata" ? item : inColors(item, colors)]));
}

// ---- our own charts ---------------------------------------------------------------------------------------

function ofCanvas(canvas) {
  const { title, legend, draw } = canvas.onPaper;
  const svg = () => {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const colors = { text: PAPER.text, ground: PAPER.ground, font: PAPER.font, colors: PAPER.colors };
    const lines = legend();
    const head = new SvgPen(width, 0);
    head.font = `12px ${PAPER.font}`;
    let [x, y] = [0, 36];
    const marks = lines.map((line) => {
      const needed = 34 + 1.15 * head.measureText(line.name).width;
      if (x && x + needed > width) [x, y] = [0, y + 18];
      const mark = { ...line, x, y };
      x += needed + 14;
      return mark;
    });
    const top = (lines.length ? y : 16) + 12;
    const page = new SvgPen(width, top + height);
    const chart = new SvgPen(width, height);
    page.font = chart.font = `12px ${PAPER.font}`;
    page.fillStyle = PAPER.text;
    page.font = `bold 14px ${PAPER.font}`;
    page.fillText(title(), 0, 14);
    page.font = `12px ${PAPER.font}`;
    for (const mark of marks) {
      page.strokeStyle = PAPER.colors[mark.color % PAPER.colors.length];
      page.lineWidth = 2.5;
      page.setLineDash(mark.dash ?? []);
      page.beginPath();
      page.moveTo(mark.x, mark.y - 4);
      page.lineTo(mark.x + 24, mark.y - 4);
      page.stroke();
      page.fillText(mark.name, mark.x + 30, mark.y);
    }
    draw({ clientWidth: width, clientHeight: height, getContext: () => chart }, colors);
    page.defs = chart.defs;
    page.parts.push(`<g transform="translate(0 ${digits(top)})">${chart.parts.join("")}</g>`);
    return page.svg(title());
  };
  return { title: title(), svg: async () => svg(), png: () => painted(svg()) };
}

// An SVG as PNG, several pixels for each of its own.
async function painted(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  return onCanvas(image, image.width * LARGER, image.height * LARGER, true);
}

function onCanvas(image, width, height, smooth) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = smooth;
  pen.drawImage(image, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// ---- pictures ---------------------------------------------------------------------------------------------

function ofPicture(image) {
  const frame = image.closest('[data-testid="stImageContainer"]') ?? image.parentElement;
  const caption = frame.querySelector('[data-testid="stImageCaption"]');
  const title = image.alt || caption?.textContent.trim() || "Picture";
  const loaded = async () => createImageBitmap(await (await fetch(image.src)).blob());
  // As large as it is shown at least, by a whole factor: pixels stay sharp.
  const png = async () => {
    const bitmap = await loaded();
    const factor = Math.max(1, Math.ceil((2 * image.clientWidth) / bitmap.width));
    return onCanvas(bitmap, bitmap.width * factor, bitmap.height * factor, false);
  };
  // A picture of pixels has no lines: the SVG holds the pixels, with sharp edges.
  const svg = async () => {
    const bitmap = await loaded();
    const { width, height } = bitmap;
    const address = await addressOf(await onCanvas(bitmap, width, height, false));
    const size = `width="${width}" height="${height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}"><title>${escaped(title)}</title><image ${size} style="image-rendering:pixelated" href="${address}"/></svg>`;
  };
  return { title, svg, png };
}

function addressOf(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });
}
