"use strict";
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  root.classList.add("js");

  // Language: both are in the page, one is shown.
  const isEnglish = () => root.dataset.lang === "en";
  const byName = new Intl.Collator("zh-CN").compare;
  const say = (zh, en) => (isEnglish() ? en : zh);
  const word = (list, code) => { const pair = data.words[list]?.[code]; return pair ? say(...pair) : code ?? ""; };
  const onLanguage = [];
  const button = byId("language");
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.lang = root.lang = isEnglish() ? "zh-CN" : "en";
    button.textContent = isEnglish() ? "中文" : "English";
    button.lang = isEnglish() ? "zh-CN" : "en";
    onLanguage.forEach((redraw) => redraw());
  });
  const print = byId("print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };
  const show = (value, digits = 4) =>
    value === null || value === undefined ? "—" : value.toLocaleString("en-US", { maximumFractionDigits: digits });

  // A region's trend: the table is of what the chart draws.
  if (data.years) {
    const years = [...new Set(data.years.flatMap(([, points]) => points.map(([year]) => year)))].sort();
    const fill = () => byId("trend-table").replaceChildren(
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("县区", "county")), ...years.map((year) => element("th", { scope: "col", class: "num" }, String(year))))),
      element("tbody", {}, ...data.years.map(([county, points]) => element("tr", {}, element("th", { scope: "row" }, county ?? ""),
        ...years.map((year) => { const point = points.find(([of]) => of === year); return element("td", { class: "num" }, point ? `${point[1].toFixed(1)}%` : "—"); })))));
    fill();
    onLanguage.push(fill);
  }

  // Tables: click a heading to sort by it.
  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((head, column) => {
      const inner = element("button", { type: "button" });
      inner.append(...head.childNodes);
      head.append(inner);
      inner.addEventListener("click", () => {
        const goesDown = head.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", goesDown ? "descending" : "ascending");
        const body = table.tBodies[0];
        const keyed = [...body.rows].map((row, place) => [sortKey(row.cells[column]), place, row]);
        keyed.sort(([a, p], [b, q]) => compare(a, b, goesDown ? -1 : 1) || p - q);
        body.append(...keyed.map(([, , row]) => row));
      });
    });
  }
  function sortKey(cell) {
    const text = cell.dataset.sort ?? shownText(cell);
    const number = Number(text.replace(/[,≥≤%\s]/g, ""));
    return text.trim() === "" || text === "—" ? null : Number.isNaN(number) ? text : number;
  }
  function shownText(cell) {
    const clone = cell.cloneNode(true);
    all("small, .vh, i", clone).forEach((part) => part.remove());
    all(isEnglish() ? 'span[lang="zh-CN"]' : 'span[lang="en"]', clone).forEach((part) => part.remove());
    return clone.textContent.trim();
  }
  // What is not known comes last, whichever way.
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : byName(String(a), String(b)));
  }

  // Schools: filters.
  const filters = byId("filters");
  if (filters) {
    const rows = all("#matrix tbody tr");
    const groups = new Set(rows.flatMap((row) => row.dataset.group.split("、").filter(Boolean)));
    filters.group.append(...[...groups].sort(byName).map((group) => element("option", { value: group }, group)));
    const apply = () => {
      const text = filters.text.value.trim().toLowerCase();
      let found = 0;
      for (const row of rows) {
        const fits =
          (!text || row.cells[0].textContent.toLowerCase().includes(text)) &&
          (!filters.stage.value || row.dataset.stage === filters.stage.value) &&
          (!filters.place.value || row.dataset.place === filters.place.value) &&
          (!filters.group.value || row.dataset.group.split("、").includes(filters.group.value)) &&
          (!filters.verdict.value || row.dataset.verdict === filters.verdict.value);
        row.hidden = !fits;
        found += fits;
      }
      byId("found").textContent = say(`${found} / ${rows.length} 行`, `${found} of ${rows.length} rows`);
    };
    filters.addEventListener("input", apply);
    filters.addEventListener("submit", (event) => event.preventDefault());
    onLanguage.push(apply);
    apply();
  }

  // A figure's way to its cells.
  const dialog = byId("source");
  const text = (number) => (number === null ? "" : data.texts[number]);
  const measure = (number) => { const pair = data.measures[text(number)]; return pair ? say(...pair) : text(number); };
  const place = (file, sheet, cell) => [text(file), cell ? `${text(sheet)}!${cell}` : text(sheet)].filter(Boolean).join(" ");
  const table = (heads, rows) =>
    element("div", { class: "scroll" }, element("table", {},
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, String(cell))))))));
  byId("matrix")?.addEventListener("click", (event) => {
    const pressed = event.target.closest("button.cell");
    if (pressed) explain(pressed.closest("tr"), pressed.dataset.code);
  });
  function explain(row, code) {
    const key = row.dataset.key;
    const [value, quantity, pupils, standard, verdict, reason] = data.values[key][code];
    const [school, stage] = key.split(" ");
    const name = row.cells[0].firstChild.textContent;
    byId("source-title").textContent = `${name} · ${word("stage", stage)} · ${code}`;
    const body = byId("source-body");
    const parts = (data.parts[key]?.[code] ?? []).map(([member, what, of, sign, amount, share, why, file, sheet, cell]) => [
      `${sign > 0 ? "+" : "−"} ${measure(what)}${of ? ` (${word("stage", of)})` : ""}`,
      amount === null ? word("reason", text(why)) || "—" : `${show(amount)}${share !== null && share !== 1 ? ` × ${show(share, 6)}` : ""}`,
      text(member), place(file, sheet, cell)]);
    const members = new Set([school]);
    const denominators = (data.pupils[school] ?? []).map(([of, amount, file, sheet, cell]) => [
      `${say("在校生", "pupils")} (${word("stage", of)})`, show(amount), "", place(file, sheet, cell)]);
    body.replaceChildren(
      element("p", { class: "sum" }, value === null
        ? word("reason", reason) || "—"
        : `${show(quantity)} ÷ ${show(pupils)} → ${show(value)}${standard === null ? "" : `（${say("标准", "standard")} ${show(standard)}）`} ${word("verdict", verdict)}`),
      table([say("由什么构成", "made of"), say("数值", "value"), say("学校", "school"), say("文件、表、单元格", "file, sheet, cell")],
        [...parts, ...denominators]));
    dialog.showModal();
  }
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  all(".evidence").forEach((holder) => {
    const code = holder.dataset.code;
    const rows = data.evidence?.[code] ?? [];
    if (!rows.length) return;
    const fill = () => holder.replaceChildren(table(
      [say("学校", "school"), say("数据项", "measure"), say("原文", "as written"), say("采用", "use"), say("文件、表、单元格", "file, sheet, cell")],
      rows.map(([school, what, raw, status, file, sheet, cell]) =>
        [school ?? "", measure(what), raw ?? say("空白", "blank"), word("status", status), place(file, sheet, cell)])));
    holder.closest("details").addEventListener("toggle", fill);
    onLanguage.push(() => holder.closest("details").open && fill());
  });


  // What if: changes in order, judged at once beside today's.
  if (data.whatif && byId("whatif-form")) {
    const base = data.whatif, form = byId("whatif-form"), { schools, figures } = base;
    const today = whatIf(base, []);
    let changes = [];
    const kinds = { add: ["增减", "add"], set: ["改为", "set"], move: ["调往", "move"], merge: ["并入", "merge"] };
    const named = (id) => `${schools[id]?.name ?? ""} ${id}`;
    const measureOf = (code) => (data.measures[code] ? say(...data.measures[code]) : code);
    const stageOf = (code) => (code === "all" ? say("全校", "whole school") : word("stage", code));
    const present = Object.keys(schools).filter((id) => !schools[id].missing).sort((a, b) => byName(named(a), named(b)));
    const options = (select, pairs) => {
      const before = select.value;
      select.replaceChildren(...pairs.map(([value, shown]) => element("option", { value }, shown)));
      if (pairs.some(([value]) => value === before)) select.value = before;
    };
    const refill = () => {
      options(form.school, present.map((id) => [id, named(id)]));
      options(form.to, present.filter((id) => id !== form.school.value).map((id) => [id, named(id)]));
      options(form.figure, Object.keys(figures[form.school.value] ?? {}).sort().map((key) => {
        const [stage, code] = key.split(".");
        return [key, `${measureOf(code)}（${stageOf(stage)}）`];
      }));
      all("[data-for]", form).forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(form.kind.value); });
      const now = figures[form.school.value]?.[form.figure.value];
      byId("whatif-now").textContent = form.kind.value === "merge" ? "" : `${say("现在", "today")}：${now === null ? say("未填报", "not reported") : show(now)}`;
    };
    form.addEventListener("change", refill);
    onLanguage.push(() => { refill(); draw(); });
    const why = {
      kind: ["改法应为：增减、改为、调往、并入。", "A change is one of: add, set, move, merge."],
      school: ["本县没有这所学校的数据。", "No figures of this school."],
      into: ["要并入或调往的应是另一所独立计校数、已报数据的学校。", "The other school must be one that counts by itself and has reported."],
      stages: ["要并入的学校没有相应的学段。", "The other school has no such stage."],
      measure: ["其中一所学校没有这一项。", "One of the schools has no such figure."],
      unknown: ["这个数原来没有填报，只能用“改为”。", "This figure is not reported: it can only be set."],
      whole: ["班数、间数应为不大于 9999 的整数。", "Classes and rooms: whole numbers of at most 9999."],
      negative: ["结果不能小于 0。", "The result can't be under 0."],
    };
    const tell = (problem) => { byId("whatif-error").textContent = problem ? say(...(why[problem.why] ?? [problem.message, problem.message])) : ""; };
    function attempt(next) {
      try { whatIf(base, next); } catch (problem) { tell(problem); return false; }
      changes = next;
      tell(null);
      draw();
      return true;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [stage, measure] = form.figure.value.split(".");
      const kind = form.kind.value;
      attempt([...changes, kind === "merge" ? { kind, school: form.school.value, to: form.to.value }
        : { kind, school: form.school.value, stage, measure, value: Number(form.value.value), ...(kind === "move" && { to: form.to.value }) }]);
    });
    const described = ({ kind, school, stage, measure, value, to }) => kind === "merge"
      ? `${named(school)} ${say("并入", "merged into")} ${named(to)}`
      : `${named(school)} · ${measureOf(measure)}（${stageOf(stage)}） ${kind === "set" ? "=" : kind === "move" ? "−" : value < 0 ? "" : "+"}${show(value)}${kind === "move" ? ` → ${named(to)}` : ""}`;
    const moved = (before, after, digits) => (before === after ? show(after, digits) : `${show(before, digits)} → ${show(after, digits)}`);
    const verdicts = (before, after) => (before === after ? word("verdict", after) : `${before ? word("verdict", before) : "—"} → ${after ? word("verdict", after) : "—"}`);
    const short = (code) => `${code} ${say(...data.shortNames[code])}`;
    function draw() {
      byId("whatif-list").replaceChildren(...changes.map((change) => {
        const remove = element("button", { type: "button", class: "quiet" }, say("撤销", "undo"));
        const isOf = (other) => other === change || (change.persons !== undefined && other.persons === change.persons);
        remove.addEventListener("click", () => attempt(changes.filter((other) => !isOf(other))));
        return element("li", {}, described(change), " ", remove);
      }));
      for (const id of ["whatif-undo", "whatif-clear", "whatif-save", "whatif-link"]) byId(id).disabled = !changes.length;
      const result = byId("whatif-result");
      all("#matrix .changed").forEach((cell) => cell.classList.remove("changed"));
      if (!changes.length) { result.replaceChildren(); return; }
      const after = whatIf(base, changes);
      const keys = (part) => [...new Set([...Object.keys(today[part]), ...Object.keys(after[part])])];
      const schoolRows = keys("schools").filter((key) => JSON.stringify(today.schools[key]) !== JSON.stringify(after.schools[key])).map((key) => {
        const [id, stage] = key.split(" "), was = today.schools[key], now = after.schools[key];
        return [named(id), stageOf(stage), `${was?.met ?? "—"} → ${now?.met ?? "—"}`, verdicts(was?.verdict, now?.verdict)];
      });
      const valueRows = [], gaps = {};
      for (const key of keys("values")) {
        const [id, stage] = key.split(" ");
        for (const code of Object.keys(rulesParts())) {
          const was = today.values[key]?.[code], now = after.values[key]?.[code];
          gaps[code] ??= [0, 0];
          gaps[code][0] += was?.gap ?? 0;
          gaps[code][1] += now?.gap ?? 0;
          if (was?.value !== now?.value || was?.verdict !== now?.verdict) {
            valueRows.push([named(id), stageOf(stage), short(code), moved(was?.value, now?.value, 3), verdicts(was?.verdict, now?.verdict)]);
            byId("matrix").querySelector(`tr[data-key="${key}"] button[data-code="${code}"]`)?.parentElement.classList.add("changed");
          }
        }
      }
      const coefficientRows = Object.keys(after.coefficients).filter((key) => today.coefficients[key]?.cv !== after.coefficients[key].cv || today.coefficients[key]?.verdict !== after.coefficients[key].verdict).map((key) => {
        const [stage, code] = key.split(" "), was = today.coefficients[key], now = after.coefficients[key];
        return [short(code), stageOf(stage), moved(was?.cv, now.cv, 4), show(now.limit), verdicts(was?.verdict, now.verdict)];
      });
      const sizeRows = keys("sizes").filter((id) => today.sizes[id]?.pupils !== after.sizes[id]?.pupils).map((id) =>
        [named(id), moved(today.sizes[id]?.pupils, after.sizes[id]?.pupils), verdicts(today.sizes[id]?.verdict, after.sizes[id]?.verdict)]);
      const roomRows = keys("rooms").filter((id) => JSON.stringify(today.rooms[id]) !== JSON.stringify(after.rooms[id])).map((id) => {
        const was = today.rooms[id], now = after.rooms[id];
        return [named(id), moved(was?.rooms, now?.rooms), moved(was?.due, now?.due), verdicts(was?.verdict, now?.verdict)];
      });
      const classRows = keys("classes").filter((key) => JSON.stringify(today.classes[key]) !== JSON.stringify(after.classes[key])).map((key) => {
        const [id, stage] = key.split(" "), was = today.classes[key], now = after.classes[key];
        return [named(id), stageOf(stage), moved(was?.largest, now?.largest), verdicts(was?.verdict, now?.verdict)];
      });
      const gapRows = Object.entries(gaps).filter(([, [was, now]]) => was !== now).map(([code, [was, now]]) => [short(code), moved(was, now, 1)]);
      const part = (title, heads, rows) => (rows.length ? [element("h3", {}, title), table(heads, rows)] : []);
      result.replaceChildren(
        element("p", { class: "sum" }, `${say("资源配置", "Resource allocation")}：${verdicts(whole(today), whole(after))}`),
        ...part(say("学校结论", "Schools"), [say("学校", "school"), say("学段", "stage"), say("达标项", "met"), say("结论", "verdict")], schoolRows),
        ...part(say("全县缺口", "What the county lacks"), [say("指标", "indicator"), say("缺口（今天 → 改后）", "missing, today → then")], gapRows),
        ...part(say("差异系数", "Coefficients"), [say("指标", "indicator"), say("学段", "stage"), say("系数", "coefficient"), say("限值", "limit"), say("结论", "verdict")], coefficientRows),
        ...part(say("音乐、美术教室 G3（较弱的一类）", "Music and art rooms G3 (the weaker kind)"), [say("学校", "school"), say("达标间数", "rooms large enough"), say("应有间数", "rooms due"), say("结论", "verdict")], roomRows),
        ...part(say("班额 G5", "Class size G5"), [say("学校", "school"), say("学段", "stage"), say("最大班人数", "largest class"), say("结论", "verdict")], classRows),
        ...part(say("学校规模 G4", "School size G4"), [say("学校", "school"), say("学生", "pupils"), say("结论", "verdict")], sizeRows),
        ...part(say("各校数值", "Schools' figures"), [say("学校", "school"), say("学段", "stage"), say("指标", "indicator"), say("数值", "value"), say("结论", "verdict")], valueRows));
    }
    function rulesParts() { return base.rules.parts; }
    function whole({ schools: judged, coefficients }) {
      const found = [...Object.values(judged), ...Object.values(coefficients)].map(({ verdict }) => verdict);
      return found.includes("fail") ? "fail" : found.includes("no_data") ? "no_data" : "pass";
    }
    all(".try-plan").forEach((button) => button.addEventListener("click", () => {
      if (attempt(changesOfPlan(base, data.plans[button.dataset.scenario]))) byId("whatif").scrollIntoView();
    }));
    byId("whatif-undo").addEventListener("click", () => attempt(changes.slice(0, -1)));
    byId("whatif-clear").addEventListener("click", () => attempt([]));
    const heads = ["改法", "学校标识码", "学段", "数据项", "数值", "到学校"];
    byId("whatif-save").addEventListener("click", () => {
      const lines = changes.map(({ kind, school, stage, measure, value, to }) => [kinds[kind][0], school, stage ?? "", measure ?? "", value ?? "", to ?? ""].join(","));
      const link = element("a", { download: `推演_${document.title.split(" ")[1]}.csv`, href: URL.createObjectURL(new Blob([`\ufeff${[heads.join(","), ...lines].join("\r\n")}\r\n`], { type: "text/csv" })) });
      link.click();
    });
    // As the command reads it: words or codes.
    const meant = (table, text) => Object.keys(table).find((code) => code === text || table[code].includes(text)) ?? text;
    byId("whatif-open").addEventListener("change", async (event) => {
      const bytes = await event.target.files[0].arrayBuffer();
      event.target.value = "";
      let text;
      try { text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); } catch { text = new TextDecoder("gb18030").decode(bytes); }
      const [, ...lines] = text.replace("\ufeff", "").trim().split(/\r?\n/);
      attempt(lines.map((line) => {
        const [kind, school, stage, measure, value, to] = line.split(",").map((cell) => cell.trim());
        return { kind: meant(kinds, kind), school, stage: meant({ ...data.words.stage, all: ["全校", "whole school", ""] }, stage),
          measure: meant(data.measures, measure), value: Number(value), to };
      }));
    });
    byId("whatif-link").addEventListener("click", async () => {
      location.hash = `whatif=${encodeURIComponent(JSON.stringify(changes))}`;
      await navigator.clipboard?.writeText(location.href).catch(() => {});
    });
    const shared = location.hash.match(/^#whatif=(.+)$/);
    refill();
    draw();
    if (shared) {
      try { if (attempt(JSON.parse(decodeURIComponent(shared[1])))) byId("whatif").scrollIntoView(); } catch (problem) { tell(problem); }
    }
  }

  // Charts; each stands beside the table that says the same.
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const charts = [];
  function chart(id, choice, options) {
    const holder = byId(id), chosen = choice && byId(choice);
    if (!holder || (choice && !chosen?.options.length)) { holder?.parentElement.remove(); return; }
    let drawn = null;
    const draw = () => {
      drawn ??= echarts.init(holder, null, { renderer: "svg" });
      drawn.setOption({
        animation: false,
        textStyle: { fontFamily: "inherit", color: colour("ink") },
        tooltip: { confine: true, backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, borderColor: colour("line") },
        ...options(chosen?.value) }, true);
      if (chosen) holder.setAttribute("aria-label", chosen.selectedOptions[0].textContent);
    };
    chosen?.addEventListener("change", draw);
    onLanguage.push(draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    charts.push({ draw, resize: () => drawn?.resize() });
    new IntersectionObserver((seen, observer) => {
      if (seen.some((entry) => entry.isIntersecting)) { observer.disconnect(); draw(); }
    }, { rootMargin: "300px" }).observe(holder);
  }
  const axis = () => ({ axisLine: { lineStyle: { color: colour("soft") } }, axisLabel: { color: colour("soft") }, splitLine: { lineStyle: { color: colour("line") } } });
  const roadChoice = byId("road-choice");
  if (roadChoice) {
    const fill = () => {
      const before = roadChoice.value;
      roadChoice.replaceChildren(...data.roads.map((road, place) => element("option", { value: place }, road.name[isEnglish() ? 1 : 0])));
      if (before) roadChoice.value = before;
    };
    fill();
    onLanguage.push(fill);
    chart("road-chart", "road-choice", (chosen) => {
      const road = data.roads[chosen];
      const unit = say(...road.unit);
      const forecasts = road.goals.filter(([, , forecast]) => forecast !== null);
      const last = road.figures.at(-1);
      return {
        grid: { left: 56, right: 20, top: 34, bottom: 28 },
        legend: { top: 0, textStyle: { color: colour("soft") } },
        xAxis: { type: "value", minInterval: 1, min: "dataMin", max: "dataMax", ...axis(), splitLine: { show: false }, axisLabel: { color: colour("soft"), formatter: (year) => String(year) } },
        yAxis: { type: "value", scale: true, name: unit, nameTextStyle: { color: colour("soft") }, ...axis() },
        tooltip: { trigger: "axis", confine: true, backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, valueFormatter: (value) => `${show(value, 3)} ${unit}` },
        series: [
          { name: say("现状", "figure"), type: "line", data: road.figures, symbolSize: 9, symbol: "circle", color: colour("accent"), lineStyle: { width: 3 } },
          { name: say("预计", "forecast"), type: "line", data: forecasts.length ? [last, ...forecasts.map(([year, , forecast]) => [year, forecast])] : [], symbolSize: 8, symbol: "emptyCircle", color: colour("none"), lineStyle: { type: "dashed", width: 2 } },
          { name: say("目标", "goal"), type: "scatter", data: road.goals.map(([year, goal]) => [year, goal]), symbol: "diamond", symbolSize: 15, color: colour("bad") },
        ],
      };
    });
  }
  chart("coefficient-chart", "coefficient-choice", (chosen) => {
    const schools = [...(data.contributions[chosen] ?? [])].reverse();
    return {
      grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
      xAxis: { type: "value", ...axis(), axisLabel: { show: false } },
      yAxis: { type: "category", data: schools.map(([name]) => name), ...axis(), axisLabel: { color: colour("ink"), width: 130, overflow: "truncate" }, axisTick: { show: false } },
      series: [{ type: "bar", color: colour("accent"), barMaxWidth: 16,
        data: schools.map(([, share, deviation]) => ({ value: share * 100, itemStyle: { color: deviation < 0 ? colour("bad") : colour("accent") } })),
        label: { show: true, position: "right", color: colour("ink"), formatter: ({ value, dataIndex }) => `${value.toFixed(1)}% ${schools[dataIndex][2] < 0 ? "▼" : "▲"}` } }],
    };
  });
  if (data.years) {
    chart("trend-chart", null, () => ({
      grid: { left: 48, right: 110, top: 16, bottom: 28 },
      xAxis: { type: "value", minInterval: 1, min: "dataMin", max: "dataMax", ...axis(), splitLine: { show: false }, axisLabel: { color: colour("soft"), formatter: (year) => String(year) } },
      yAxis: { type: "value", name: "%", max: 100, min: 0, ...axis() },
      series: data.years.filter(([, points]) => points.length).map(([county, points]) => ({
        name: county, type: "line", data: points, symbolSize: 7, emphasis: { focus: "series" },
        endLabel: { show: data.years.length <= 20, formatter: county ?? "", color: colour("ink") } })),
    }));
  }
  addEventListener("resize", () => charts.forEach(({ resize }) => resize()));
  addEventListener("beforeprint", () => charts.forEach(({ draw, resize }) => { draw(); resize(); }));
  addEventListener("afterprint", () => charts.forEach(({ resize }) => resize()));
})();
