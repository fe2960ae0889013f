// Draws each chart from the numbers of its table. Without it, the tables are there.
(() => {
  const root = document.documentElement;
  const language = root.lang || undefined;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const span = (seconds) => {
    const [unit, size] = units.find(([, size]) => seconds >= size) ?? units.at(-1);
    const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
    return new Intl.NumberFormat(language, style).format(seconds / size);
  };
  const SHORTEST = 0.1; // a logarithm needs something
  const STEPS_S = [0.1, 0.3, 1, 3, 10, 30, 60, 300, 900, 3600, 10800, 43200, 86400, 259200, 864000];
  const around = (low, high) => [
    STEPS_S.findLast((step) => step <= low) ?? SHORTEST,
    STEPS_S.find((step) => step > high) ?? high * 2,
  ];

  // The rows of a table: their headings, and a list of values for each column.
  const read = (table) => {
    const rows = [...table.tBodies[0].rows];
    const columns = rows[0].cells.length - 1;
    const value = (cell) => (cell.dataset.value === "" ? null : Number(cell.dataset.value));
    return {
      days: rows.map((row) => row.cells[0].textContent),
      shown: rows.map((row) => [...row.cells].slice(1).map((cell) => cell.textContent)),
      series: Array.from({ length: columns }, (_, at) => rows.map((row) => value(row.cells[at + 1]))),
    };
  };

  const shapes = {
    bars: (series) => ({
      series,
      look: (at, colour) => ({
        fill: colour,
        width: 0,
        paths: uPlot.paths.bars({ size: at ? [0.4, 14] : [0.8, 28], radius: 0.1 }),
      }),
    }),
    // Each column reaches to where those below it end; the tallest is drawn first.
    stack: (series) => {
      const sums = series[0].map(() => 0);
      const tops = series.map((values) => values.map((value, day) => (sums[day] += value ?? 0)));
      return {
        series: tops.reverse(),
        reversed: true,
        look: (at, colour) => ({
          fill: colour,
          width: 0,
          paths: uPlot.paths.bars({ size: [0.7, 28] }),
        }),
      };
    },
    lines: (series) => ({
      series: series.map((values) => values.map((value) => value && Math.max(value, SHORTEST))),
      times: true,
      look: (at, colour) => ({ stroke: colour, width: 2, dash: at ? [6, 4] : [], spanGaps: true }),
    }),
  };

  const draw = (place) => {
    const card = place.closest("section");
    const table = read(document.getElementById(place.dataset.table));
    const made = shapes[place.dataset.chart](table.series);
    const style = getComputedStyle(place);
    const ink = style.color;
    const grid = { stroke: style.outlineColor, width: 1 };
    const font = `11px ${style.fontFamily}`;
    const swatches = [...card.querySelectorAll(".swatch")];
    if (made.reversed) swatches.reverse();
    const colours = swatches.map((one) => getComputedStyle(one).getPropertyValue("--swatch"));
    const name = made.times ? span : (value) => number.format(value);
    const last = table.days.length - 1;
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height: place.clientHeight,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: Boolean(made.times) }, drag: { setScale: false, x: false } },
        scales: {
          x: { time: false, range: [-0.5, last + 0.5] },
          y: made.times ? { distr: 3, range: (_, low, high) => around(low, high) } : { range: (_, low, high) => [0, Math.max(high * 1.05, 1)] },
        },
        axes: [
          {
            stroke: ink,
            font,
            grid: { show: false },
            ticks: { show: false },
            size: 22,
            gap: 4,
            splits: () => table.days.map((_, day) => day).filter((day) => (last - day) % 3 === 0),
            values: (_, days) => days.map((day) => table.days[day].replace(/^[^,]*, /, "")),
          },
          {
            stroke: ink,
            font,
            grid,
            ticks: { show: false },
            size: made.times ? 52 : 40,
            gap: 4,
            space: made.times ? 14 : 36,
            filter: (_, splits) => splits,
            splits: made.times ? (_, axis, low, high) => STEPS_S.filter((step) => step >= low && step <= high) : undefined,
            incrs: made.times ? undefined : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5],
            values: (_, values) => values.map((value) => (value === null ? null : name(value))),
          },
        ],
        series: [{}, ...made.series.map((_, at) => ({ points: { show: Boolean(made.times), size: 5 }, ...made.look(at, colours[at]) }))],
        hooks: { setCursor: [(self) => tell(card, table, self.cursor.idx)] },
      },
      [table.days.map((_, day) => day), ...made.series],
      place,
    );
    return chart;
  };

  // The key tells of the day under the pointer, and else of all days.
  const tell = (card, table, day) => {
    const told = [card.querySelector("[data-day]"), ...card.querySelectorAll(".chart-key [data-value]")];
    const texts = day == null ? [] : [table.days[day], ...table.shown[day]];
    told.forEach((element, at) => {
      element.dataset.whole ??= element.textContent;
      element.textContent = texts[at] ?? element.dataset.whole;
    });
  };

  const charts = new Map();
  const redraw = (place) => {
    charts.get(place)?.destroy();
    charts.set(place, draw(place));
  };
  const places = [...document.querySelectorAll("[data-chart]")];
  places.forEach(redraw);
  new MutationObserver(() => places.forEach(redraw)).observe(root, { attributeFilter: ["data-bs-theme"] });
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = charts.get(target);
      chart.setSize({ width: target.clientWidth, height: target.clientHeight });
    }
  });
  places.forEach((place) => resized.observe(place));
})();
