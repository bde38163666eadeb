// <attrx-chart data-table="ID"> draws a table that is on the page, and again whenever the table changes.
// data-columns: the columns with values, such as "1 2"; data-band: the one of them with an interval; data-bars: as bars;
// data-labels: the first column is words, not numbers; data-zero: from zero up; data-unit: behind each value.
// data-x: the column that is the x axis, where it is not the first, in data-x-unit; data-dots: no lines, each interval a whisker;
// data-backwards: the last row is the leftmost.
// A cell's number is its data-value, its interval data-low and data-high. Where the cell of a point has a link, or else the
// first of its row, a click on the point follows it; so does Enter, after arrows (points: left and right; lines: up and down).

const numberIn = (cell, key = "value") => (cell?.dataset[key] ? Number(cell.dataset[key]) : null);
const columns = (text) => (text ? text.split(" ").map(Number) : []);
// A heading whose figure is defined has the definition within (templates/training/_defined.html).
const heading = (table, column) => {
  const cell = table.tHead.rows[0].cells[column];
  return (cell.querySelector(".defined-term") ?? cell).textContent.trim();
};

const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

class Chart extends HTMLElement {
  connectedCallback() {
    this.table = document.getElementById(this.dataset.table);
    if (!this.table) return;
    this.stage = this.appendChild(document.createElement("div"));
    this.probe = this.appendChild(document.createElement("span"));
    this.reading = this.appendChild(document.createElement("p"));
    this.reading.className = "chart-reading";
    this.reading.setAttribute("aria-hidden", "true");
    this.chosen = 0;
    this.addEventListener("keydown", this.press);
    this.sizes = new ResizeObserver(() => this.plot?.setSize(this.size()));
    this.sizes.observe(this);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    // A table that is swapped for a newer one has the same parent.
    this.changes = new MutationObserver(() => this.draw());
    this.changes.observe(this.table.parentElement, { childList: true });
    this.draw();
    this.offerPicture();
  }

  disconnectedCallback() {
    for (const observer of [this.sizes, this.theme, this.changes]) observer?.disconnect();
    this.removeEventListener("keydown", this.press);
    this.plot?.destroy();
    this.save?.remove();
    this.replaceChildren();
  }

  size() {
    return { width: this.stage.clientWidth, height: 220 };
  }

  draw() {
    this.table = document.getElementById(this.dataset.table) ?? this.table;
    const rows = (this.rows = this.drawn());
    this.labels = rows.map((row) => row.cells[0].dataset.label ?? row.cells[0].textContent.trim());
    const x = this.hasLabels ? rows.map((_, place) => place) : rows.map((row) => numberIn(row.cells[this.across]));
    const data = [x, ...columns(this.dataset.columns).map((column) => rows.map((row) => numberIn(row.cells[column])))];
    for (const column of columns(this.dataset.band)) {
      for (const end of ["low", "high"]) data.push(rows.map((row) => numberIn(row.cells[column], end)));
    }
    this.plot?.destroy();
    this.plot = new uPlot(this.options(x.length), data, this.stage);
    this.plot.over.addEventListener("click", (event) => this.follow(this.plot.cursor.idx, this.nearest(event)));
    this.invite();
    this.read(x.length - 1);
  }

  // With links to follow it is no mere picture: it takes the focus, and says what the arrows come to.
  invite() {
    const linked = this.rows.some((row, place) => columns(this.dataset.columns).some((_, line) => this.link(place, line)));
    this.classList.toggle("has-links", linked);
    if (!linked || this.hasAttribute("tabindex")) return;
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute("aria-roledescription", "chart: arrows move, Enter opens what is behind a point");
    this.reading.removeAttribute("aria-hidden");
    this.reading.setAttribute("aria-live", "polite");
  }

  link(place, line) {
    const row = this.rows[place];
    const cell = row?.cells[columns(this.dataset.columns)[line]];
    return numberIn(cell) === null ? null : (cell.querySelector("a[href]") ?? row.cells[0].querySelector("a[href]"));
  }

  follow(place, line) {
    const link = place === null ? null : this.link(place, line);
    if (link) window.location.assign(link.href);
  }

  // The line whose point is nearest to where somebody clicked.
  nearest(event) {
    const at = event.clientY - this.plot.over.getBoundingClientRect().top;
    const away = columns(this.dataset.columns).map((_, line) => {
      const value = this.plot.data[line + 1][this.plot.cursor.idx];
      return value === null || value === undefined ? Infinity : Math.abs(this.plot.valToPos(value, "y") - at);
    });
    return away.indexOf(Math.min(...away));
  }

  press(event) {
    const last = this.rows.length - 1;
    const lines = columns(this.dataset.columns).length;
    const place = this.plot?.cursor.idx ?? last;
    if (!this.classList.contains("has-links") || event.target !== this || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last }[event.key];
    const line = { ArrowUp: this.chosen - 1, ArrowDown: this.chosen + 1 }[event.key];
    if (event.key === "Enter") this.follow(place, this.chosen);
    else if (line !== undefined) this.chosen = (line + lines) % lines;
    else if (to === undefined) return;
    event.preventDefault();
    this.move(Math.min(Math.max(to ?? place, 0), last));
  }

  move(place) {
    this.plot.setCursor({ left: this.plot.valToPos(this.plot.data[0][place], "x"), top: 0 });
    this.read(place);
  }

  // The rows that have a place, from left to right.
  drawn() {
    const rows = [...this.table.tBodies[0].rows].filter((row) => row.cells.length > 1);
    if ("backwards" in this.dataset) rows.reverse();
    if (!this.across) return rows;
    const at = (row) => numberIn(row.cells[this.across]);
    return rows.filter((row) => at(row) !== null).sort((one, other) => at(one) - at(other));
  }

  get across() {
    return Number(this.dataset.x ?? 0);
  }

  get hasDots() {
    return "dots" in this.dataset;
  }

  get hasLabels() {
    return "labels" in this.dataset;
  }

  // A canvas knows colours, not the variables and mixtures of a style sheet.
  colour(name) {
    this.probe.style.color = `var(${name})`;
    return getComputedStyle(this.probe).color;
  }

  options(count) {
    const lines = columns(this.dataset.columns);
    const band = columns(this.dataset.band);
    return {
      ...this.size(),
      padding: [10, 18, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      legend: { show: false },
      scales: { x: this.xScale(count), y: this.yScale() },
      axes: this.axes(count),
      series: [
        { label: heading(this.table, 0) },
        ...lines.map((column, place) => this.line(heading(this.table, column), place)),
        ...band.flatMap(() => [this.edge(), this.edge()]),
      ],
      bands: band.length && !this.hasDots ? [{ series: [lines.length + 2, lines.length + 1], fill: this.colour("--chart-band") }] : [],
      hooks: {
        draw: band.length && this.hasDots ? [(plot) => this.whiskers(plot, lines.indexOf(band[0]), lines.length + 1)] : [],
        setCursor: [(plot) => this.read(plot.cursor.idx ?? count - 1)],
      },
    };
  }

  line(label, place) {
    const stroke = this.colour(`--chart-${(place % 6) + 1}`);
    if ("bars" in this.dataset) {
      return { label, stroke, fill: stroke, width: 0, paths: uPlot.paths.bars({ size: [0.6, 40] }), points: { show: false } };
    }
    if (this.hasDots) return { label, stroke, paths: () => null, points: { show: true, size: 9, fill: stroke } };
    const points = this.hasLabels || "points" in this.dataset ? { show: true, size: 6, fill: stroke } : { show: false };
    return { label, stroke, width: 2, points };
  }

  edge() {
    return { stroke: "transparent", width: 0, points: { show: false } };
  }

  // An interval stands behind the dot of its line.
  whiskers(plot, line, ends) {
    const context = plot.ctx;
    context.save();
    context.globalCompositeOperation = "destination-over";
    context.strokeStyle = this.colour(`--chart-${(line % 6) + 1}`);
    context.globalAlpha = 0.5;
    context.lineWidth = 2 * devicePixelRatio;
    plot.data[0].forEach((x, place) => {
      const [low, high] = [plot.data[ends][place], plot.data[ends + 1][place]];
      if (low === null || high === null) return;
      const across = plot.valToPos(x, "x", true);
      context.beginPath();
      context.moveTo(across, plot.valToPos(low, "y", true));
      context.lineTo(across, plot.valToPos(high, "y", true));
      context.stroke();
    });
    context.restore();
  }

  xScale(count) {
    if (this.hasLabels) return { time: false, range: [-0.5, Math.max(count, 1) - 0.5] };
    if (this.hasDots) return { time: false, range: (plot, low, high) => this.around(low, high) };
    return { time: false };
  }

  // Room beside the outermost dots.
  around(low, high) {
    const room = 0.06 * (high - low || 1);
    return [Math.max(0, low - room), high + room];
  }

  yScale() {
    if ("zero" in this.dataset) return { range: (plot, low, high) => [0, (high || 1) * 1.08] };
    return { range: { min: { pad: 0.1 }, max: { pad: 0.1 } } };
  }

  axes(count) {
    const stroke = this.colour("--chart-text");
    const grid = { stroke: this.colour("--chart-grid"), width: 1 };
    const font = `12px ${getComputedStyle(this).fontFamily}`;
    const unit = this.dataset.unit ?? "";
    const x = { stroke, font, grid: { show: false }, ticks: { show: false }, size: this.hasLabels ? 44 : 30 };
    if (this.across) Object.assign(x, { label: [heading(this.table, this.across), this.dataset.xUnit].filter(Boolean).join(", "), labelFont: font, labelSize: 22, size: 28 });
    if (this.hasLabels) {
      // As many labels as fit beside one another, however wide the chart is by now.
      const wide = Math.min(76, 20 + 8 * Math.max(...this.labels.map((label) => label.length)));
      const every = () => Math.ceil((count * wide) / Math.max(this.clientWidth - 100, wide));
      x.splits = () => [...this.labels.keys()].filter((place) => place % every() === 0);
      x.values = (plot, places) => places.map((place) => this.labels[place].replace(", ", "\n"));
    }
    const y = { stroke, font, grid, ticks: { show: false }, size: 52, values: (plot, at) => at.map((value) => `${value}${unit}`) };
    return [x, y];
  }

  // What the table says at this place, in words under the chart; the keys of the lines as well.
  read(place) {
    const row = this.rows[place];
    if (!row) return;
    const said = (column) => `${heading(this.table, column)} ${(row.cells[column].querySelector(".value") ?? row.cells[column]).textContent.trim()}`;
    const where = this.across ? `${this.labels[place]}: ${said(this.across)}` : this.hasLabels ? this.labels[place] : `${heading(this.table, 0)} ${this.labels[place]}`;
    const lines = columns(this.dataset.columns);
    const parts = lines.map((column, line) => {
      const part = document.createElement("span");
      if (lines.length > 1) part.className = `chart-key chart-key-${(line % 6) + 1}`;
      part.classList.toggle("is-chosen", lines.length > 1 && line === this.chosen && this.contains(document.activeElement));
      part.textContent = said(column);
      return part;
    });
    const start = document.createElement("span");
    start.textContent = where;
    this.reading.replaceChildren(start, ...parts);
  }

  // A button beside the chart's title, or behind the chart where it has none.
  offerPicture() {
    const caption = this.closest("figure")?.querySelector("figcaption");
    this.save = document.createElement("button");
    this.save.type = "button";
    this.save.className = "chart-save d-print-none";
    this.save.textContent = "PNG";
    this.save.setAttribute("aria-label", `PNG: ${this.titled}`);
    this.save.addEventListener("click", () => this.savePicture());
    if (caption) caption.append(this.save);
    else this.after(this.save);
  }

  get titled() {
    const named = this.closest("figure")?.querySelector("figcaption strong")?.cloneNode(true);
    named?.querySelector(".definition")?.remove();
    return (named?.textContent ?? this.getAttribute("aria-label").split(";")[0]).trim();
  }

  savePicture() {
    const page = document.title.split(" · ")[0];
    const link = document.createElement("a");
    link.download = `${slug(page)}-${slug(this.titled)}.png`;
    this.picture(page).toBlob((blob) => {
      link.href = URL.createObjectURL(blob);
      link.click();
      // The browser has taken the file by then.
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    }, "image/png");
  }

  // The chart as it is shown, on its background, under its title, the page's and the keys of its lines.
  picture(page) {
    const drawn = this.plot.ctx.canvas;
    const unit = drawn.width / this.stage.clientWidth;
    const edge = 16 * unit;
    const family = getComputedStyle(this).fontFamily;
    const picture = document.createElement("canvas");
    const pen = picture.getContext("2d");
    const write = (size, weight, colour) => {
      pen.font = `${weight} ${size * unit}px ${family}`;
      pen.fillStyle = this.colour(colour);
    };
    write(13, 400, "--chart-text");
    const keys = this.keys(pen, drawn.width, unit);
    const head = edge + 46 * unit;
    const foot = head + (keys.at(-1).row + 1) * 22 * unit + 4 * unit;
    picture.width = drawn.width + 2 * edge;
    picture.height = foot + drawn.height + edge;
    pen.fillStyle = this.colour("--tblr-bg-surface");
    pen.fillRect(0, 0, picture.width, picture.height);
    pen.textBaseline = "top";
    write(16, 600, "--tblr-body-color");
    pen.fillText(this.titled, edge, edge);
    write(12, 400, "--chart-text");
    pen.fillText(`${page}, ${new Date().toLocaleDateString("en-GB", { dateStyle: "medium" })}`, edge, edge + 22 * unit);
    write(13, 400, "--chart-text");
    for (const { label, colour, left, row } of keys) {
      const top = head + row * 22 * unit;
      pen.fillStyle = colour;
      pen.fillRect(edge + left, top + 1 * unit, 11 * unit, 11 * unit);
      pen.fillStyle = this.colour("--chart-text");
      pen.fillText(label, edge + left + 17 * unit, top);
    }
    pen.drawImage(drawn, edge, foot);
    return picture;
  }

  // Where each line's key goes: beside one another, in rows as wide as the chart.
  keys(pen, width, unit) {
    let left = 0;
    let row = 0;
    return columns(this.dataset.columns).map((column, line) => {
      const label = heading(this.table, column);
      const room = pen.measureText(label).width + 37 * unit;
      if (left && left + room > width) [left, row] = [0, row + 1];
      const key = { label, colour: this.colour(`--chart-${(line % 6) + 1}`), left, row };
      left += room;
      return key;
    });
  }
}

customElements.define("attrx-chart", Chart);
