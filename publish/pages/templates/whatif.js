"use strict";
// The changes that a plan is: its pupils, then its steps; a transfer takes of the persons of whom the school has most.
// Changes with the same persons are one move: teachers who count for several indicators, or in several figures.
function changesOfPlan(base, { pupils, steps }) {
  const left = Object.fromEntries(Object.entries(base.figures).map(([id, own]) => [id, { ...own }]));
  const merges = steps.filter(({ kind }) => kind === "merge").map(({ school, from }) => ({ kind: "merge", school: from, to: school }));
  const changes = pupils.map(([school, stage, value]) => ({ kind: "set", school, stage, measure: "pupils", value }));
  const add = ({ school, stage }, measure, value) => changes.push({ kind: "add", school, stage, measure, value });
  for (const step of steps) {
    if (step.kind === "merge") continue;
    if (step.kind === "divide") {
      add(step, step.measure, -step.amount);
      add(step, step.into, step.intoAmount);
    } else if (step.kind !== "transfer") add(step, step.measure, step.amount);
    for (let persons = step.kind === "transfer" ? step.amount : 0; persons > 0;) {
      const cells = Object.keys(base.schools).filter((id) => base.schools[id].with === step.from)
        .flatMap((id) => base.rules.parts[step.code][step.stage].filter(([, sign]) => sign > 0).map(([key]) => ({ id, key, count: left[id]?.[key] ?? 0 })));
      const [{ id, key, count }] = cells.sort((a, b) => b.count - a.count || (b.id === step.from) - (a.id === step.from) || (a.key < b.key ? 1 : -1));
      const value = Math.min(count, persons);
      if (!(value > 0)) break;
      left[id][key] -= value;
      persons -= value;
      changes.push({ kind: "move", school: id, stage: step.stage, measure: key.split(".")[1], value, to: step.school, persons: step.persons });
    }
  }
  return [...merges, ...changes];
}

// Judges a county's resource indicators, music and art rooms, sizes of schools and of classes anew from its figures, with
// changes made in order; the warehouse's SQL says the same to the last twelve digits. Returns values, schools,
// coefficients, contributions, sizes, classes, rooms; throws what can't be made.
function whatIf(base, changes) {
  const { rules } = base;
  const figures = Object.fromEntries(Object.entries(base.figures).map(([id, own]) => [id, { ...own }]));
  const schools = Object.fromEntries(Object.entries(base.schools).map(([id, own]) => [id, { ...own }]));
  for (const change of changes) make(change);

  function make({ kind, school, stage, measure, value, to }) {
    const refuse = (why) => { throw Object.assign(new Error(why), { why, school, to }); };
    if (!["set", "add", "move", "merge"].includes(kind)) refuse("kind");
    if (!schools[school] || schools[school].missing) refuse("school");
    if (kind === "merge") {
      if (!schools[to] || to === school || schools[to].with !== to || schools[to].missing) refuse("into");
      const stages = (id) => Object.keys(figures[id]).filter((key) => key.endsWith(".pupils"));
      if (stages(school).some((key) => !(key in figures[to]))) refuse("stages");
      for (const [id, own] of Object.entries(schools)) {
        if (id === school || own.with === school) Object.assign(own, { with: to, counts: false, unresolved: false });
      }
      return;
    }
    const key = `${stage}.${measure}`;
    const put = (id, amount, isSet) => {
      if (!figures[id] || !(key in figures[id])) refuse("measure");
      if (!isSet && figures[id][key] === null) refuse("unknown");
      const result = isSet ? amount : figures[id][key] + amount;
      if (!(result >= 0)) refuse("negative");
      if (isCounted(key) && !(Number.isInteger(result) && result <= rules.mostCounted)) refuse("whole");
      figures[id][key] = result;
    };
    if (!Number.isFinite(value) || (kind === "move" && value < 0)) refuse("negative");
    if (kind === "move") {
      if (!schools[to] || schools[to].missing) refuse("into");
      put(school, -value);
      put(to, value);
    } else put(school, value, kind === "set");
  }

  // Classes of each size, and rooms: where these are changed, rosters and registers no longer tell.
  function isCounted(key) { return key in rules.roomMeasures || key.split(".")[1] in rules.bins; }
  const isChanged = (id, keys) => keys.some((key) => figures[id]?.[key] !== base.figures[id]?.[key]);

  const atLeast = (value, threshold) => value >= threshold - rules.noise * Math.abs(threshold);
  const atMost = (value, threshold) => value <= threshold + rules.noise * Math.abs(threshold);
  // Addends in order of size: the same sum in whatever order they come.
  const sum = (addends) => [...addends].sort((a, b) => a - b).reduce((total, addend) => total + addend, 0);
  const stages = ["primary", "junior", "senior"];
  const members = {};
  for (const [id, own] of Object.entries(schools)) (members[own.with] ??= []).push(id);
  const known = (all) => all.filter((one) => one !== null);
  const total = (all) => (known(all).length ? known(all).reduce((sumOf, one) => sumOf + one, 0) : null);
  const greatest = (all) => (known(all).length ? Math.max(...known(all)) : null);
  const roundedUp = (value) => Math.ceil(value - rules.noise * Math.abs(value));

  // The classes of a stage of a school or point, and the bounds of the largest one.
  function classesOf(id, stage) {
    const keys = Object.keys(rules.bins).map((measure) => `${stage}.${measure}`);
    if (!isChanged(id, keys)) return base.classes[id][stage];
    const bins = Object.values(rules.bins).map((bounds, place) => [figures[id][keys[place]], bounds]);
    const classes = bins.some(([count]) => count === null) ? null : total(bins.map(([count]) => count));
    const filled = bins.filter(([count]) => count > 0).map(([, bounds]) => bounds);
    const atLeast = greatest(filled.map(([smallest]) => smallest));
    const atMost = classes === null ? null : greatest([0, ...filled.map(([, largest]) => largest)]);
    return { classes, atLeast, atMost, binsAtLeast: atLeast, binsAtMost: atMost };
  }

  // The largest class against its limit: by the roster where it decides, and by the census' sizes; no verdict where the
  // two contradict each other.
  function judgeClasses({ classes, ...bounds }, limit) {
    const verdictOf = (least, most) => (least !== null && !atMost(least, limit) ? "fail" : most !== null && atMost(most, limit) ? "pass" : null);
    const verdict = verdictOf(bounds.atLeast, bounds.atMost), byBins = verdictOf(bounds.binsAtLeast, bounds.binsAtMost);
    const isContradicted = verdict !== null && byBins !== null && verdict !== byBins;
    const isOpen = classes === 0 || isContradicted || verdict === null;
    return { largest: isOpen ? null : verdict === "fail" ? bounds.atLeast : bounds.atMost,
      verdict: classes === 0 ? "not_applicable" : isOpen ? "no_data" : verdict };
  }

  // The register of a school or point, as lines alike: use, own area, rooms, whether set aside.
  function roomsOf(id) {
    const keys = Object.keys(rules.roomMeasures);
    if (!isChanged(id, keys)) return base.rooms.of[id] ?? [];
    const lines = keys.map((key) => [rules.roomMeasures[key], figures[id][key] === null ? null : Infinity, figures[id][key] ?? 1, false]);
    return [...lines, ["none", null, 1, false]];
  }

  // Rooms of each kind that are large enough, of the rooms due for so many classes begun.
  function judgeRooms(id, ids, ofStages) {
    const classes = ofStages.every((one) => one.classes !== null) ? total(ofStages.map((one) => one.classes)) : null;
    const due = classes === null ? null : roundedUp(classes / rules.g3_classes_per_room);
    const least = total(ofStages.map((one) => one.classesAtLeast));
    const dueAtLeast = due ?? (least === null ? null : roundedUp(least / rules.g3_classes_per_room));
    const largest = greatest(ofStages.map((one) => one.atMost));
    const registers = ids.map(roomsOf);
    const isListed = registers.map((lines) => lines.some(([, , , isSetAside]) => !isSetAside));
    const parts = Object.entries(base.rooms.rules[id]).map(([part, [standard, eased]]) => {
      const area = Math.min(standard, ...eased.filter(([under]) => under === null || (largest !== null && largest < under)).map(([, smaller]) => smaller));
      const lines = registers.flat();
      const count = (which) => lines.filter(which).reduce((rooms, [, , alike]) => rooms + alike, 0);
      const rooms = count(([use, own, , isSetAside]) => !isSetAside && use === part && own !== null && atLeast(own, area));
      const unreadable = base.rooms.unplaced + count(([use, own, , isSetAside]) => isSetAside || use === null || (use === part && own === null));
      const isWhole = isListed.every(Boolean);
      const low = isListed[ids.indexOf(id)] && due > 0 ? rooms / due : null;
      const high = isWhole && dueAtLeast > 0 && isListed[ids.indexOf(id)] ? (rooms + unreadable) / dueAtLeast : null;
      const verdict = due === 0 ? "not_applicable" : low !== null && atLeast(low, 1) ? "pass" : high !== null && !atLeast(high, 1) ? "fail" : "no_data";
      const told = isWhole && unreadable === 0 ? rooms : null;
      return { part, verdict, rooms: told, due, order: verdict === "fail" ? -2 : verdict === "no_data" ? -1 : told !== null && due > 0 ? told / due : 1e300 };
    });
    const [{ rooms, due: rooms_due }] = parts.sort((a, b) => a.order - b.order || (a.part < b.part ? 1 : -1));
    const found = parts.map(({ verdict }) => verdict);
    return { rooms, due: rooms_due, verdict: ["fail", "no_data", "pass"].find((verdict) => found.includes(verdict)) ?? "not_applicable" };
  }

  const values = {}, compliance = {}, sizes = {}, classes = {}, rooms = {};
  for (const [id, ids] of Object.entries(members)) {
    const own = schools[id];
    const isUnresolved = ids.some((member) => schools[member].unresolved);
    const pupils = {};
    for (const stage of stages) {
      const of = ids.filter((member) => `${stage}.pupils` in figures[member]).map((member) => figures[member][`${stage}.pupils`]);
      if (of.length) pupils[stage] = isUnresolved || of.includes(null) ? null : of.reduce((total, count) => total + count, 0);
    }
    const weighted = Object.entries(pupils).map(([stage, count]) => (count === null ? null : count * rules[`split_weight_${stage}`]));
    const whole = weighted.includes(null) ? null : sum(weighted);
    const isJudged = !(own.private && rules.include_private !== 1);
    const compulsory = ["primary", "junior"].filter((stage) => stage in pupils);
    if (id in base.sizes) {
      const count = compulsory.map((stage) => pupils[stage]);
      const total = count.includes(null) ? null : count.reduce((all, one) => all + one, 0);
      sizes[id] = { pupils: total, verdict: total === null ? "no_data" : atMost(total, base.sizes[id]) ? "pass" : "fail" };
    }
    const ofStages = ["primary", "junior"].map((stage) => [stage, ids.filter((member) => base.classes[member]?.[stage]).map((member) => classesOf(member, stage))])
      .filter(([, parts]) => parts.length).map(([stage, parts]) => {
        const all = (name) => parts.map((part) => part[name]);
        const whole = (name, of) => (isUnresolved || all(name).includes(null) ? null : of(all(name)));
        return { stage, classes: whole("classes", total), classesAtLeast: isUnresolved ? null : total(all("classes")) ?? 0,
          atLeast: greatest(all("atLeast")), atMost: whole("atMost", greatest),
          binsAtLeast: greatest(all("binsAtLeast")), binsAtMost: whole("binsAtMost", greatest) };
      });
    for (const { stage, ...own } of ofStages) {
      const limit = base.classLimits[`${id} ${stage}`];
      if (limit !== undefined) classes[`${id} ${stage}`] = judgeClasses(own, limit);
    }
    if (base.rooms.rules[id] && (own.counts || isUnresolved)) rooms[id] = judgeRooms(id, ids, ofStages);
    for (const stage of compulsory) {
      const count = pupils[stage];
      if (!isJudged || (own.point && own.counts && count !== null && count < rules.small_point_limit)) continue;
      const share = weighted.length === 1 ? 1 : whole > 0 ? (count * rules[`split_weight_${stage}`]) / whole : null;
      const ofSchool = (values[`${id} ${stage}`] = {});
      for (const [code, parts] of Object.entries(rules.parts)) {
        const [standard, floor, scale, isWhole] = rules.standards[`${stage} ${code}`] ?? [];
        if (standard === undefined || !parts[stage]) continue;
        const addends = ids.flatMap((member) => parts[stage].filter(([key]) => key in figures[member])
          .map(([key, sign, isShared]) => {
            const figure = figures[member][key];
            return figure === null || (isShared && share === null) ? null : sign * figure * (isShared ? share : 1);
          }));
        const quantity = isUnresolved || addends.includes(null) ? null : sum(addends);
        const value = count > 0 && quantity !== null ? (quantity / count) * scale : null;
        const verdict = count === 0 ? "not_applicable" : value === null ? "no_data" : atLeast(value, standard) ? "pass" : "fail";
        const due = (standard * count) / scale;
        ofSchool[code] = {
          value, quantity, pupils: count, verdict,
          meetsFloor: value === null ? null : atLeast(value, floor),
          gap: value === null ? null : atLeast(quantity, due) ? 0 : isWhole ? Math.ceil(due * (1 - rules.noise) - quantity) : due - quantity,
        };
      }
      const judged = Object.values(ofSchool);
      const failed = judged.filter(({ verdict }) => verdict === "fail").length;
      compliance[`${id} ${stage}`] = {
        met: judged.filter(({ verdict }) => verdict === "pass").length,
        verdict: judged.every(({ verdict }) => verdict === "not_applicable") ? "not_applicable"
          : judged.some(({ meetsFloor }) => meetsFloor === false) || failed > judged.length - rules.toMeet ? "fail"
          : judged.some(({ verdict }) => verdict === "no_data") ? "no_data" : "pass",
      };
    }
  }

  const coefficients = {}, contributions = {};
  for (const key of Object.keys(rules.standards)) {
    const [stage, code] = key.split(" ");
    const scale = rules.standards[key][2];
    const all = Object.entries(values).filter(([of]) => of.endsWith(` ${stage}`)).map(([of, codes]) => [of.split(" ")[0], codes[code]]);
    if (!all.length) continue;
    const counted = all.filter(([, own]) => own.pupils > 0 && own.quantity !== null);
    const pupils = counted.reduce((total, [, own]) => total + own.pupils, 0);
    const ratio = counted.length ? sum(counted.map(([, own]) => own.quantity)) / pupils : null;
    const spread = counted.map(([id, own]) => [id, own.pupils * (own.quantity / own.pupils - ratio) * (own.quantity / own.pupils - ratio)]);
    const deviation = counted.length === 1 ? 0 : counted.length ? Math.sqrt(sum(spread.map(([, term]) => term)) / pupils) : null;
    const cv = ratio > 0 ? (counted.length === 1 ? 0 : deviation / ratio) : null;
    const isOpen = base.open.includes(key) || all.some(([, own]) => own.verdict === "no_data");
    coefficients[key] = { cv, mean: ratio === null ? null : ratio * scale, limit: rules.limits[stage],
      verdict: isOpen || cv === null ? "no_data" : atMost(cv, rules.limits[stage]) ? "pass" : "fail" };
    const total = spread.reduce((all, [, term]) => all + term, 0);
    contributions[key] = spread.map(([id, term]) => [id, total > 0 ? term / total : null]).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  }
  return { values, schools: compliance, coefficients, contributions, sizes, classes, rooms };
}
