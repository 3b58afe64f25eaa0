// Scores as colours of even lightness, and the bar that says what a colour stands for.
// Joined behind chart_frame.js.

// Viridis (Smith & van der Walt, 2015): even steps of lightness, read by all eyes. What would be lost on the
// ground is left out: the palest end on white, the darkest on black.
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

function isDark(color) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = color;
  const [r, g, b] = parse(probe.fillStyle);
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function shadeOf(share, dark) {
  const place = (dark ? 0.25 + 0.75 * share : 0.86 * share) * (VIRIDIS.length - 1);
  const at = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const [low, high] = [parse(VIRIDIS[at]), parse(VIRIDIS[at + 1])];
  return `rgb(${low.map((value, i) => Math.round(value + (place - at) * (high[i] - value))).join(",")})`;
}

// The gradient under the curves: what a colour stands for.
function scaleBar(pen, box, ticks, title, colors, dark) {
  const [left, right, top] = [box.left, box.right, box.bottom];
  const gradient = pen.createLinearGradient(left, 0, right, 0);
  for (let n = 0; n <= 20; n++) gradient.addColorStop(n / 20, shadeOf(n / 20, dark));
  pen.fillStyle = gradient;
  pen.fillRect(left, top, right - left, 9);
  let end = -Infinity;
  for (const [place, text] of ticks) {
    const half = pen.measureText(text).width / 2;
    const x = left + place * (right - left);
    if (x - half < end + 6) continue;
    write(pen, text, x, top + 12, colors);
    end = x + half;
  }
  write(pen, title, (left + right) / 2, top + 28, colors);
}
