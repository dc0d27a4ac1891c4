"""What codes of schools and counties look like: the same as macro ``is_school_id`` of the dbt project."""

import re

SCHOOL_ID, COUNTY_CODE = "[0-9]{10}", "[0-9]{6}"


def is_school_id(text: str) -> bool:
    """Tell whether a text is a 标识码: ten digits."""
    return re.fullmatch(SCHOOL_ID, text) is not None


def is_county_code(text: str) -> bool:
    """Tell whether a text is a 区划代码 of a county or city: six digits."""
    return re.fullmatch(COUNTY_CODE, text) is not None
