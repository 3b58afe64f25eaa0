// How sure each of several networks is of each class: bars that change in place, so that an answer is on screen
// with the next frame. Streamlit calls the default export on every change of data or theme.

const boards = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answers");
  const shape = JSON.stringify(data.cards.map(({ title, names }) => [title, names]));
  if (boards.get(parentElement)?.shape !== shape) {
    const cards = data.cards.map(build);
    root.replaceChildren(...cards.map((card) => card.root));
    boards.set(parentElement, { shape, cards });
  }
  boards.get(parentElement).cards.forEach((card, index) => show(card, data.cards[index]));
}

function build({ title, names }) {
  const root = element("figure", "card");
  const [answer, sure] = ["answer", "sure"].map((name) => element("span", name));
  const head = element("div", "head");
  head.append(answer, sure);
  const rows = names.map((name) => {
    const row = element("div", "row");
    const [bar, value] = [element("span", "bar"), element("span", "value")];
    const track = element("span", "track");
    track.append(bar);
    row.append(element("span", "name", name), track, value);
    return { row, bar, value };
  });
  const list = element("div", "rows");
  list.append(...rows.map(({ row }) => row));
  root.append(element("figcaption", "title", title), head, list);
  return { root, answer, sure, rows };
}

function show(card, { names, values, note, answer }) {
  const best = answer ?? -1;
  const share = (value) => (value >= 0.0005 ? `${(100 * value).toFixed(1)} %` : "");
  card.answer.textContent = best < 0 ? "–" : names[best];
  card.answer.classList.toggle("long", best >= 0 && names[best].length > 2);
  card.sure.textContent = best < 0 ? note : share(values[best]);
  card.root.classList.toggle("waits", best < 0);
  card.rows.forEach(({ row, bar, value }, index) => {
    bar.style.width = `${100 * (values[index] ?? 0)}%`;
    value.textContent = best < 0 ? "" : share(values[index]);
    row.classList.toggle("best", index === best);
  });
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
