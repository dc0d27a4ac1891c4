"""What a page needs to judge a county anew as somebody changes it: figures, members and rules of the R-indicators."""

from collections import defaultdict
from typing import Any

from publish.pages.facts import Facts, Row

_PARAMETERS = (
    "small_point_limit",
    "include_private",
    "split_weight_primary",
    "split_weight_junior",
    "split_weight_senior",
)
NOISE = 1e-9  # as macro `noise` has it; a test holds both against each other


def whatif_data(facts: Facts, parts: list[Row], parameters: list[Row]) -> Row | None:
    """Return the data of a county's what-if; None where it has no census.

    Args:
        facts: the county's rows.
        parts: what indicators are made of, as ``facts.parts`` returns it.
        parameters: as ``facts.parameters`` returns them.
    """
    if not facts["figures"]:
        return None
    year = facts["county"][0]["census_year"]
    in_force = {
        p["parameter"]: p["value"] for p in parameters if p["valid_from_year"] <= year <= (p["valid_to_year"] or 9999)
    }
    figures: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in facts["figures"]:
        figures[row["school_id"]][f"{row['stage']}.{row['measure']}"] = row["value"]
    made_of: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        made_of[part["indicator_code"]][part["stage"]].append(
            [f"{part['measure_stage']}.{part['measure']}", part["sign"], part["is_shared"]]
        )
    return {
        "figures": figures,
        "schools": {
            m["member_school_id"]: {
                "name": m["school_name"],
                "with": m["school_id"],
                "unresolved": m["is_unresolved"],
                "counts": m["counts_as_school"],
                "private": m["is_private"],
                "point": m["is_point"],
                "missing": m["is_missing"],
            }
            for m in facts["members"]
        },
        "rules": {
            "parts": made_of,
            "standards": {
                f"{r['stage']} {r['indicator_code']}": [
                    r["threshold"],
                    r["floor"],
                    r["scale"],
                    r["gap_rounding"] == "ceil",
                ]
                for r in facts["rules"]
            },
            "limits": {r["stage"]: r["cv_limit"] for r in facts["rules"]},
            "toMeet": facts["rules"][0]["indicators_to_meet"] if facts["rules"] else None,
            "noise": NOISE,
            **{name: in_force[name] for name in _PARAMETERS},
        },
        # A school that nobody can place leaves every coefficient open, whatever the others report.
        "open": [
            f"{c['stage']} {c['indicator_code']}"
            for c in facts["coefficients"]
            if c["verdict"] == "no_data" and c["is_incomplete"] and not _missing(facts, c)
        ],
        "sizes": {
            r["school_id"]: r["standard"]
            for r in facts["results"]
            if r["indicator_code"] == "G4" and r["judged_at"] == "school"
        },
    }


def _missing(facts: Facts, coefficient: Row) -> bool:
    return any(
        v["verdict"] == "no_data"
        for v in facts["values"]
        if v["stage"] == coefficient["stage"] and v["indicator_code"] == coefficient["indicator_code"]
    )
