"use strict";
// Judges a county's resource indicators anew from its figures, with changes made in order; the warehouse's SQL says the
// same to the last twelve digits. Returns values, schools, coefficients, contributions, sizes; throws what can't be made.
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
      figures[id][key] = result;
    };
    if (!Number.isFinite(value) || (kind === "move" && value < 0)) refuse("negative");
    if (kind === "move") {
      if (!schools[to] || schools[to].missing) refuse("into");
      put(school, -value);
      put(to, value);
    } else put(school, value, kind === "set");
  }

  const atLeast = (value, threshold) => value >= threshold - rules.noise * Math.abs(threshold);
  const atMost = (value, threshold) => value <= threshold + rules.noise * Math.abs(threshold);
  // Addends in order of size: the same sum in whatever order they come.
  const sum = (addends) => [...addends].sort((a, b) => a - b).reduce((total, addend) => total + addend, 0);
  const stages = ["primary", "junior", "senior"];
  const members = {};
  for (const [id, own] of Object.entries(schools)) (members[own.with] ??= []).push(id);

  const values = {}, compliance = {}, sizes = {};
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
  return { values, schools: compliance, coefficients, contributions, sizes };
}
