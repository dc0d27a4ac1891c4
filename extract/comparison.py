"""Compare the figures of deliveries that meet, over the bronze cells."""

from functools import cache
from typing import TYPE_CHECKING

from extract.deliveries import Comparison

if TYPE_CHECKING:
    import duckdb

_VALUES = """
    select r.school_id, c.stage, c.measure, c.text, c.number * p.unit_factor as value, c.problem
    from cells as c
    inner join places as p using (source, year, file_sha256, stage, measure)
    inner join school_rows as r using (source, year, file_sha256, row)
    where c.file_sha256 = ?
"""


class BronzeComparison(Comparison):
    """Answers from the bronze tables; asked only for files that speak of the same schools."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection"):
        self._connection = connection
        connection.execute("""
            create or replace temp view school_rows as
            select c.source, c.year, c.file_sha256, c.row, c.text as school_id
            from cells as c
            inner join rows as r
                on c.source = r.source and c.year = r.year and c.file_sha256 = r.file_sha256
                and c.row = r.row and r.kind = 'data'
            where c.measure = 'school_id'
            group by all
        """)
        self.schools = cache(self._schools)
        self.corrected_files = cache(self._corrected_files)

    def same_figures(self, one: str, other: str) -> bool:
        """Tell whether two files hold the same values for the same schools."""
        sql = f"with a as ({_VALUES}), b as ({_VALUES}) select 1 from ((from a except from b) union all (from b except from a)) limit 1"
        return not self._connection.execute(sql, [one, other]).fetchall()

    def difference(self, one: str, other: str, school_id: str) -> str | None:
        """Return the first measure that both report differently for a school, with both figures."""
        sql = f"""
            with a as ({_VALUES}), b as ({_VALUES})
            select a.stage, a.measure, coalesce(a.text, printf('%g', a.value)), coalesce(b.text, printf('%g', b.value))
            from a inner join b using (school_id, stage, measure)
            where school_id = ? and (
                abs(a.value - b.value) > 1e-9 * greatest(abs(a.value), abs(b.value), 1)
                or (a.text <> b.text and measure in ('school_type', 'counts_as_school', 'parent_school_id', 'run_by', 'urban_rural', 'is_boarding'))
            )
            order by 1, 2 limit 1
        """
        for stage, measure, mine, theirs in self._connection.execute(sql, [one, other, school_id]).fetchall():
            return f"{school_id} {stage}.{measure}: {mine} ≠ {theirs}"
        return None

    def _schools(self, file_sha256: str) -> set[str]:
        sql = "select school_id from school_rows where file_sha256 = ? and school_id is not null"
        return {row[0] for row in self._connection.execute(sql, [file_sha256]).fetchall()}

    def _corrected_files(self, file_sha256: str) -> dict[str, str]:
        sql = """
            select r.school_id, c.text from cells as c
            inner join school_rows as r using (source, year, file_sha256, row)
            where c.measure = 'corrected_file_sha256' and file_sha256 = ? and r.school_id is not null
        """
        return dict(self._connection.execute(sql, [file_sha256]).fetchall())
