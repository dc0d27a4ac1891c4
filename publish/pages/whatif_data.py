"""What a page needs to judge a county anew as somebody changes it: figures, members and rules of the R-indicators."""

import re
from collections import defaultdict
from typing import Any

from publish.changeable import MOST_COUNTED, NOISE, ROOM_MEASURES
from publish.pages.facts import Facts, Row

_PARAMETERS = (
    "small_point_limit",
    "include_private",
    "split_weight_primary",
    "split_weight_junior",
    "split_weight_senior",
    "g3_classes_per_room",
)


def whatif_data(facts: Facts, parts: list[Row], class_bins: list[Row], parameters: list[Row]) -> Row | None:
    """Return the data of a county's what-if; None where it has no census.

    Args:
        facts: the county's rows.
        parts: what indicators are made of, as ``facts.parts`` returns it.
        class_bins: as ``facts.class_bins`` returns them.
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
            "bins": {row["measure"]: [row["smallest_class"], row["largest_class"]] for row in class_bins},
            "roomMeasures": {f"all.{measure}": part for measure, part in ROOM_MEASURES.items()},
            "mostCounted": MOST_COUNTED,
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
        "classLimits": {
            f"{r['school_id']} {r['stage']}": r["standard"]
            for r in facts["results"]
            if r["indicator_code"] == "G5" and r["judged_at"] == "class_stage"
        },
        "classes": _classes(facts),
        "rooms": _rooms(facts),
    }


def _classes(facts: Facts) -> dict[str, dict[str, Row]]:
    """Return school or point → stage → its classes and the bounds of the largest one, as the warehouse has them."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in facts["class_parts"]:
        found[row["member_school_id"]][row["stage"]] = {
            "classes": row["classes"],
            "atLeast": row["at_least"],
            "atMost": row["at_most"],
            "binsAtLeast": row["lower_bound"],
            "binsAtMost": row["bins_upper_bound"],
        }
    return found


def _rooms(facts: Facts) -> Row:
    """Return the rooms of each school or point, those of no known school, and how large a room must be."""
    of: dict[str, list[list[Any]]] = defaultdict(list)
    unplaced = 0
    for row in facts["rooms"]:
        of[row["school_id"] or ""].append([row["room_use"], row["room_area_m2"], row["rooms"], row["is_row_set_aside"]])
        if row["is_row_set_aside"] and not re.fullmatch("[0-9]{10}", row["school_id"] or ""):
            unplaced += row["rooms"]
    rules: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    for row in facts["room_rules"]:
        rules[row["school_id"]][row["part"]] = [row["area_m2"], row["eased"] or []]
    return {"of": of, "unplaced": unplaced, "rules": rules}


def _missing(facts: Facts, coefficient: Row) -> bool:
    return any(
        v["verdict"] == "no_data"
        for v in facts["values"]
        if v["stage"] == coefficient["stage"] and v["indicator_code"] == coefficient["indicator_code"]
    )
