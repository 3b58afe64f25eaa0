// The figures of the page in a list, each with a button for SVG and one for PNG. save_figures_pen.js and
// save_figures_sources.js are joined in front; PAPER, the colours, before them. `data` is plotly.js.

let library = null; // the promise of plotly.js, run once a page

function plotly() {
  return library;
}

function load(bytes) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
    // A page that has a module loader of its own must not get it.
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.js could not be run"));
    document.head.append(script);
  });
}

export default function ({ data, parentElement }) {
  if (data) load(data);
  const root = parentElement.querySelector(".figures");
  root.onpointerenter = () => list(root); // the page may show others by now
  list(root);
}

// The list as the page is now; it stays untouched while it is right.
function list(root) {
  const figures = figuresOfThePage();
  const files = figures.map((figure) => figure.file).join();
  if (root.childElementCount && root.dataset.files === files) return;
  root.dataset.files = files;
  const status = element("p", "status", figures.length ? "" : "There is no figure on this page now.");
  status.setAttribute("role", "status");
  const buttons = (chosen, name) => ["svg", "png"].map((kind) => {
    const button = element("button", kind, kind.toUpperCase());
    button.setAttribute("aria-label", `${name} as ${kind.toUpperCase()}`);
    button.onclick = () => saveAll(chosen, kind, status);
    return button;
  });
  const row = (name, chosen) => {
    const made = element("li", "row");
    made.append(element("span", "name", name), ...buttons(chosen, name));
    return made;
  };
  const rows = element("ul", "list");
  if (figures.length > 1) rows.append(row(`All ${figures.length} figures`, figures));
  rows.append(...figures.map((figure) => row(figure.title, [figure])));
  root.replaceChildren(rows, status);
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

async function saveAll(figures, kind, status) {
  let done = 0;
  for (const figure of figures) {
    status.textContent = `Drawing ${figure.title} …`;
    try {
      const made = await figure[kind]();
      save(kind === "svg" ? new Blob([made], { type: "image/svg+xml" }) : made, `${figure.file}.${kind}`);
      done += 1;
    } catch (error) {
      status.textContent = `${figure.title} can't be saved: ${error.message}`;
      return;
    }
  }
  status.textContent = done === 1 ? `Saved ${figures[0].file}.${kind}` : `Saved ${done} files`;
}

function save(blob, name) {
  const link = element("a", "link");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
