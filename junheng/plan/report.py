"""A plan on the screen, and as data."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from junheng.plan import keeping
from junheng.plan.limits import GOALS, NAMES
from junheng.plan.making import AHEAD, Plan
from junheng.plan.problem import Goal, Status
from junheng.plan.steps import Step
from publish import words
from publish.language import say
from publish.screen import folding, table

_LINES = 60
_UNITS = {
    Goal.HIRES: "persons",
    Goal.TRANSFERS: "persons",
    Goal.MONEY: "yuan",
    Goal.ROOMS: "rooms",
    Goal.AREA: "m2",
    Goal.EQUIPMENT: "yuan",
}


def show(plans: list[Plan], console: Console) -> None:
    """Print each plan: how it ended, what it takes, its steps, what it rests on."""
    for plan in plans:
        console.print(Text(_title(plan), style="bold"))
        console.print(Text(_outcome(plan)), soft_wrap=True)
        if plan.steps:
            grid = table(
                say("年份", "by"),
                say("做法", "what"),
                folding(say("学校", "school"), 14),
                folding(say("从", "from"), 10),
                say("数量", "how much"),
                folding(say("解决", "mends")),
            )
            done = [step for step in plan.steps if not step.is_same]
            for step in done[:_LINES]:
                grid.add_row(*map(Text, _row(plan, step)))
            console.print(grid)
            if (more := len(done) - _LINES) > 0:
                console.print(say(f"另有 {more} 步，用 --json 看全部。", f"{more} more steps; all of them: --json."))
        if not plan.is_whole:
            console.print(
                say(
                    "未列入的学校不解决，全县仍不能达标或判定。",
                    "As long as these schools stay as they are, the county does not pass.",
                )
            )
        for heading, lines in (
            (say("未列入的学校：", "Not included: "), keeping.left_out(plan)),
            (say("限制：", "Limits: "), keeping.kept(plan)),
            (say("依据和假设：", "Rests on: "), keeping.assumptions(plan)),
        ):
            if lines:
                console.print(Text(heading + say("；", "; ").join(lines)), soft_wrap=True)
        console.print()


def _title(plan: Plan) -> str:
    if plan.scenario == AHEAD:
        return say(f"按 {plan.target_year} 年秋季学生数", f"Pupils of autumn {plan.target_year}")
    return say(f"按今年（{plan.census_year}）学生数", f"Pupils of today ({plan.census_year})")


def _outcome(plan: Plan) -> str:
    answer = plan.answer
    if answer.status is Status.INFEASIBLE:
        if not answer.in_the_way:
            return say("没有可行方案。", "There is no plan.")
        limits = say("、", ", ").join(say(*NAMES[limit]) for limit in answer.in_the_way)
        return say(
            f"在这些限制下没有可行方案：{limits}。放宽其中任何一项即可行。",
            f"No plan under these limits: {limits}. Without any one of them there is.",
        )
    amounts = say("，", ", ").join(
        f"{say(*GOALS[r.goal])} {words.amount(r.value, _UNITS[r.goal])}" for r in answer.reached if r.value == r.value
    )
    if answer.status is Status.UNFINISHED:
        bound = answer.reached[-1] if answer.reached else None
        least = f"{say(*GOALS[bound.goal])} ≥ {bound.bound:g}" if bound else ""
        return say(f"没有算完，不是方案；已知下界：{least}。", f"Not finished, not a plan; the bound so far: {least}.")
    if not plan.steps:
        if plan.county.left_out:
            return say("列入方案的学校都已达标，不用采取措施。", "Nothing is to be done for the schools included.")
        return say("不用采取任何措施，已经都达标。", "Nothing is to be done: all of it passes.")
    gap = keeping.gap(plan)
    proof = say(
        f"已证明最小（与下界相差 {gap:.0e}，{answer.seconds:.1f} 秒），并经数据仓库重新判定：",
        f"Proven least (gap {gap:.0e}, {answer.seconds:.1f} s), judged again by the warehouse: ",
    )
    return f"{proof}{amounts}{say(f'；共 {len(plan.steps)} 步。', f'; {len(plan.steps)} steps.')}"


def _row(plan: Plan, step: Step) -> tuple[str, ...]:
    names = plan.county.names
    same = [other for other in plan.steps if other.together and other.together == step.together] or [step]
    codes, mends = [other.indicator for other in same], {other.mends for other in same}
    what = f"{say(*words.CODED['action'][step.kind])} {say('、', ', ').join(codes)}"
    school = names.get(step.school, step.school) + (f" {words.stage(step.stage)}" if step.stage != "all" else "")
    giver = names.get(step.from_school, step.from_school)
    return (
        str(step.due_year),
        what,
        school,
        giver,
        words.amount(step.amount, step.unit),
        say("、", ", ").join(say(*names) for mended, names in words.CODED["mends"].items() if mended in mends),
    )


def as_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values."""
    return {
        "scenario": plan.scenario,
        "census_year": plan.census_year,
        "target_year": plan.target_year,
        "status": plan.answer.status,
        "reached": [
            asdict(one) | {"value": one.value if one.value == one.value else None} for one in plan.answer.reached
        ],
        "gap": keeping.gap(plan),
        "in_the_way": plan.answer.in_the_way,
        "steps": [asdict(step) for step in plan.steps],
        "cost_yuan": plan.cost_yuan,
        "left_out": keeping.left_out(plan),
        "limits": keeping.kept(plan),
        "assumptions": keeping.assumptions(plan),
        "seconds": plan.answer.seconds,
    }
