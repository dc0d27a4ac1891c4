"""Compare deliveries that report the same schools, over the bronze cells."""

from functools import cache
from typing import TYPE_CHECKING

from extract.common.noise import NOISE
from extract.definitions.forms import measures_of_source

if TYPE_CHECKING:
    import duckdb

_VALUES = """
    select l."all.school_id" as school_id, c.stage, c.measure, c.text, c.number
    from census_cells as c
    inner join census_lines as l using (year, file_sha256, row)
    where c.file_sha256 = $1 and l.kind = 'data'
"""
_OTHER = _VALUES.replace("$1", "$2")


class BronzeComparison:
    """A ``Comparison``: answers from the bronze tables; asked only for files that report the same schools."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection"):
        self._connection = connection
        self.schools = cache(self._schools)
        self.corrected_files = cache(self._corrected_files)

    def same_figures(self, source: str, one: str, other: str) -> bool:
        """Tell whether two files hold the same values, in whatever order and however written."""
        figures = ", ".join(f'"{stage}.{measure}"' for stage, measure in measures_of_source(source))
        values = f"select {figures} from {source}_lines where kind = 'data' and file_sha256 ="
        sql = (
            f"with a as ({values} $1), b as ({values} $2) select 1 from ((from a except all from b) union all (from b "
            "except all from a)) limit 1"
        )
        return not self._connection.execute(sql, [one, other]).fetchall()

    def difference(self, one: str, other: str, school_id: str) -> str | None:
        """Return the first measure that both report differently for a school, with both figures."""
        sql = f"""
            with a as ({_VALUES}), b as ({_OTHER})
            select a.stage, a.measure, coalesce(a.text, printf('%g', a.number)),
                coalesce(b.text, printf('%g', b.number))
            from a inner join b using (school_id, stage, measure)
            where school_id = $3 and (
                abs(a.number - b.number) > {NOISE} * greatest(abs(a.number), abs(b.number), 1)
                or (a.text <> b.text and measure in ('school_type', 'counts_as_school', 'parent_school_id', 'run_by',
                    'urban_rural', 'is_boarding'))
            )
            order by 1, 2 limit 1
        """
        for stage, measure, mine, theirs in self._connection.execute(sql, [one, other, school_id]).fetchall():
            return f"{school_id} {stage}.{measure}: {mine} ≠ {theirs}"
        return None

    def _schools(self, file_sha256: str) -> set[str]:
        sql = """
            select "all.school_id" from census_lines
            where file_sha256 = ? and kind = 'data' and "all.school_id" is not null
        """
        return {row[0] for row in self._connection.execute(sql, [file_sha256]).fetchall()}

    def _corrected_files(self, file_sha256: str) -> dict[str, str]:
        sql = """
            select "all.school_id", "all.corrected_file_sha256" from census_lines
            where file_sha256 = ? and kind = 'data' and "all.school_id" is not null
                and "all.corrected_file_sha256" is not null
        """
        return dict(self._connection.execute(sql, [file_sha256]).fetchall())
