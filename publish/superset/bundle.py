"""The dashboards as an import bundle for Superset, from their declarations and the data dictionary.

``datasets.yml`` says what is counted, ``dashboards/*.yml`` what is shown; labels are the dictionary's. The same
declarations give the same bundle, byte for byte, and importing it again changes what is there instead of doubling it.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import yaml

from extract.common.atomic import replacing
from publish.dictionary import Mart, marts
from publish.superset.colours import all_colours, colours_of
from publish.words import CODED

_HERE = Path(__file__).parent
# A sign beside the colour: not everybody tells red from green.
_SIGNS = {"pass": "✓", "fail": "✗", "no_data": "?", "not_applicable": "–"}
_SIGNED = {column for column, words in CODED.items() if words.keys() == _SIGNS.keys()}
# Columns of codes → the words that offices read beside them, as <column>_zh.
_WORDS = {
    column: {code: f"{_SIGNS[code]} {zh}" if column in _SIGNED else zh for code, (zh, _) in words.items()}
    for column, words in CODED.items()
}
# The headline is read from across the desk, and before all else. An empty cell of a table says N/A in any language.
_CSS = """
[data-test-chart-name='评估结论'] td { font-size: 20px; font-weight: 700; padding: 12px 8px; }
.dashboard-markdown p { margin: 0; }
td.dt-is-null, td.dt-is-null * { font-size: 0; }
td.dt-is-null::after { content: "—"; font-size: 14px; }
"""
# Labels of columns whose description does not begin with one.
_LABELS = {"indicators_missing": "缺数据项数", "value": "数值", "name_zh": "名称"}
_TYPES = {
    "varchar": "TEXT",
    "double": "DOUBLE PRECISION",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "hugeint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_VIZ = {
    "number": "big_number_total",
    "table": "table",
    "bar": "echarts_timeseries_bar",
    "line": "echarts_timeseries_line",
    "pie": "pie",
    "heatmap": "heatmap_v2",
    "sums": "table",
}
_EPOCH = (2000, 1, 1, 0, 0, 0)


def write(target: Path, uri: str) -> int:
    """Write the bundle; return how many dashboards are in it.

    Args:
        target: the ``.zip`` to write.
        uri: where Superset finds the marts, as SQLAlchemy reads it, without a password: Superset asks for it, or libpq
            finds it in ``PGPASSFILE``.
    """
    declared = _read("datasets.yml")
    boards = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((_HERE / "dashboards").glob("*.yml"))]
    files = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2000-01-01T00:00:00+00:00"},
        "databases/junheng.yaml": _database(uri),
    }
    files |= {f"datasets/junheng/{name}.yaml": _dataset(name, dataset) for name, dataset in declared.items()}
    for board in boards:
        charts = _charts(board)
        files |= {
            f"charts/{board['slug']}_{number}.yaml": _chart(board, chart) for number, chart in enumerate(charts, 1)
        }
        files[f"dashboards/{board['slug']}.yaml"] = _dashboard(board)
    with replacing(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(
                zipfile.ZipInfo(f"junheng/{name}", _EPOCH), yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            )
    return len(boards)


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))


def _id(*parts: str) -> str:
    return str(uuid5(UUID(str(uuid5(NAMESPACE_URL, "https://junheng.example/"))), "/".join(parts)))


def _database(uri: str) -> dict[str, Any]:
    return {
        "database_name": "均衡 Junheng",
        "sqlalchemy_uri": uri,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": _id("database"),
        "version": "1.0.0",
    }


def dataset_sql(declared: dict[str, Any]) -> str:
    """Return what a dataset of ``datasets.yml`` selects."""
    return _sql(_mart(declared), declared.get("beside", {})) if "mart" in declared else declared["sql"]


def _mart(declared: dict[str, Any]) -> Mart:
    return next(mart for mart in marts() if mart.name == declared["mart"])


def _dataset(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    if "mart" in declared:
        columns = [
            *_columns(_mart(declared)),
            *((column, c["title"], "TEXT", c["title"]) for column, c in declared.get("beside", {}).items()),
        ]
    else:
        columns = [(column, title, "TEXT", title) for column, title in declared["columns"].items()]
    return {
        "table_name": declared["title"],
        "main_dttm_col": None,
        "description": declared["title"],
        "schema": "marts",
        "sql": dataset_sql(declared),
        "uuid": _id("dataset", name),
        "metrics": [
            {"metric_name": metric, "verbose_name": m["title"], "expression": m["sql"], "d3format": m.get("format")}
            for metric, m in declared["metrics"].items()
        ],
        "columns": [
            {
                "column_name": column,
                "verbose_name": title,
                "type": data_type,
                "description": text,
                "is_dttm": False,
                "groupby": True,
                "filterable": True,
            }
            for column, title, data_type, text in columns
        ],
        "version": "1.0.0",
        "database_uuid": _id("database"),
    }


def _columns(mart: Mart) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, Chinese label, type and description of a mart's columns and of the words beside them."""
    names = {column.name for column in mart.columns}
    for column in mart.columns:
        label = _LABELS.get(column.name) or re.split(r"[。：；，、（=＝(]", column.description)[0].strip()
        is_coded = column.name in _WORDS
        yield column.name, f"{label}（代码）" if is_coded else label, _TYPES[column.data_type], column.description
        if is_coded:
            yield f"{column.name}_zh", label, "TEXT", column.description
    for name, label in (
        ("county", "县区（含代码）"),
        ("county_link", "县区"),
        ("city", "市"),
        ("indicator_zh", "指标"),
        ("indicator_short", "指标"),
        ("school_name", "学校名称"),
        ("school", "学校（含标识码）"),
        ("school_link", "学校"),
        ("school_stage", "学校·学段"),
        ("indicator_stage", "指标·学段"),
        ("census_year", "年份（秋季）"),
    ):
        if name in _beside(mart) and name not in names:
            yield name, label, "TEXT", label


def _beside(mart: Mart) -> dict[str, str]:
    """Return the columns that a dataset has beside its mart's own: name → SQL."""
    names = {column.name for column in mart.columns}
    stage = _case("m.stage", _WORDS["stage"])
    beside = {f"{name}_zh": _case(f"m.{name}", words) for name, words in _WORDS.items() if name in names}
    county = "concat_ws(' ', c.name_zh, m.county_code)"  # several counties bear one name, and so do schools
    if "county_code" in names:
        beside["county"] = county
        beside["city"] = "coalesce(c.city_zh, '（未登记）')"
        beside["county_link"] = _link("county-overview", "c.name_zh", county=county)
    if "indicator_code" in names and "indicator_zh" not in names:
        beside["indicator_zh"] = "i.name_zh"
    name_of_school = "m.school_name" if "school_name" in names else "s.name_zh"
    if "school_id" in names and "school_name" not in names:
        beside["school_name"] = name_of_school
    if {"school_name", "stage"} <= names:
        beside["school_stage"] = f"concat_ws(' ', m.school_name, right(m.school_id, 4), {stage})"
    if {"indicator_code", "stage"} <= names:
        beside["indicator_stage"] = f"concat_ws(' ', i.short_name_zh, {stage})"
    if "indicator_code" in names:
        beside["indicator_short"] = "i.short_name_zh"
    if {"school_id", "county_code"} <= names:
        beside["school"] = f"concat_ws(' ', {name_of_school}, m.school_id)"
        beside["school_link"] = _link("school", name_of_school, county=county, school=beside["school"])
    if "assessment_year" in names and "census_year" not in names:
        beside["census_year"] = "m.assessment_year - 1"
    return beside


def _link(board: str, text: str, **filters: str) -> str:
    """Return SQL of a link to a dashboard with its filters set; ``filters`` are column → SQL of the value."""
    states = " || ',' || ".join(_filter_state(column, value) for column, value in filters.items())
    shown = f"replace({text}, '<', '&lt;')"
    return f"'<a href=\"/superset/dashboard/{board}/?native_filters=(' || {states} || ')\">' || {shown} || '</a>'"


def _filter_state(column: str, value: str) -> str:
    """Return SQL of a filter's state as Superset's addresses write it (Rison)."""
    quote = "''"  # one quote, within an SQL text
    plain = f"translate({value}, '<>\"!{quote}', '')"
    given = f"{quote}' || {plain} || '{quote}"
    return (
        f"'NATIVE_FILTER-{column}:(extraFormData:(filters:!((col:{column},op:IN,val:!({given})))),"
        f"filterState:(label:{given},value:!({given})),id:NATIVE_FILTER-{column},ownState:())'"
    )


def _sql(mart: Mart, declared: dict[str, dict[str, Any]]) -> str:
    names, beside = (
        {column.name for column in mart.columns},
        _beside(mart) | {name: column["sql"] for name, column in declared.items()},
    )
    joins = []
    if "county_code" in names:
        joins.append("left join marts.dim_county as c on m.county_code = c.county_code")
    if "indicator_code" in names:
        joins.append("left join marts.dim_indicator as i on m.indicator_code = i.indicator_code")
    if any("s.name_zh" in sql for sql in beside.values()):
        joins.append(
            "left join (select distinct on (county_code, school_id) county_code, school_id, name_zh from "
            "marts.dim_school order by county_code, school_id, valid_from_year desc) as s"
            " on m.county_code = s.county_code and m.school_id = s.school_id"
        )
    return "\n".join(
        ["select m.*", *(f", {sql} as {name}" for name, sql in beside.items()), f"from marts.{mart.name} as m", *joins]
    )


def _case(column: str, words: dict[str, str]) -> str:
    return (
        f"case {column} "
        + " ".join(f"when '{code}' then '{word}'" for code, word in words.items())
        + f" else {column} end"
    )


def _chart(board: dict[str, Any], chart: dict[str, Any]) -> dict[str, Any]:
    viz = _VIZ[chart["kind"]]
    params = {"viz_type": viz, "row_limit": 10_000, "adhoc_filters": _where(chart), **_PARAMS[chart["kind"]](chart)}
    return {
        "slice_name": chart["chart"],
        "viz_type": viz,
        "params": params,
        "query_context": None,
        "cache_timeout": None,
        "uuid": _chart_id(board, chart),
        "version": "1.0.0",
        "dataset_uuid": _id("dataset", chart["dataset"]),
    }


def _chart_id(board: dict[str, Any], chart: dict[str, Any]) -> str:
    return _id("chart", board["slug"], chart["chart"])


def _where(chart: dict[str, Any]) -> list[dict[str, Any]]:
    if "where" not in chart:
        return []
    return [
        {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart["where"], "filterOptionName": "declared"}
    ]


def _table(chart: dict[str, Any]) -> dict[str, Any]:
    sort = [
        f'["{column}", {str(ascending).lower()}]' for column, ascending in ([chart["sort"]] if "sort" in chart else [])
    ]
    numbers = {column: {"d3NumberFormat": _number_format(column)} for column in chart["columns"]}
    return {
        "query_mode": "raw",
        "show_cell_bars": False,
        "column_config": numbers,
        "allow_render_html": True,
        "conditional_formatting": [
            {"column": column, "operator": "=", "targetValue": word, "colorScheme": colour}
            for column in chart["columns"]
            if column.endswith("_zh")
            for word, colour in _colours_beside(column).items()
        ],
        "all_columns": chart["columns"],
        "order_by_cols": sort,
        "server_pagination": False,
        "include_search": not chart.get("is_one_row"),
        "page_length": 0 if chart.get("is_one_row") else 20,
        "table_timestamp_format": "%Y-%m-%d",
    }


def _colours_beside(column: str) -> dict[str, str]:
    of = column.removesuffix("_zh")
    return colours_of(of, _WORDS.get(of, {}))


def _number_format(column: str) -> str:
    if column.endswith("year"):
        return "d"
    return ".1%" if column.startswith("share") or column in ("attainment",) else ",.2~f"


def _series(chart: dict[str, Any]) -> dict[str, Any]:
    return {
        "x_axis": chart["x"],
        "metrics": chart["metrics"],
        "groupby": chart.get("by", []),
        "x_axis_sort_asc": True,
        "show_legend": True,
        "rich_tooltip": True,
        "xAxisForceCategorical": True,
        "stack": "Stack"
        if chart.get("stacked")
        or chart["kind"] == "bar"
        and chart.get("by")
        and len(chart["metrics"]) == 1
        and "percent" not in chart["metrics"][0]
        else None,
        "orientation": "horizontal" if chart.get("horizontal") else "vertical",
        "y_axis_format": ".0%" if "percent" in chart["metrics"][0] else "SMART_NUMBER",
        "x_axis_label_rotation": chart.get("rotation", 0),
        "truncateYAxis": False,
        "markerEnabled": True,
    }


def _heatmap(chart: dict[str, Any]) -> dict[str, Any]:
    return {
        "x_axis": chart["x"],
        "groupby": chart["y"],
        "metric": chart["metrics"][0],
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_asc",
        "normalize_across": "heatmap",
        "linear_color_scheme": chart["colours"],
        "show_values": True,
        "show_legend": True,
        "left_margin": chart.get("margin", 200),  # pixels; names are read whole
        "bottom_margin": 100 if chart.get("rotation") else 60,
        "value_bounds": chart.get("bounds", [None, None]),
        "xscale_interval": 1,  # every name
        "yscale_interval": 1,
        "x_axis_label_rotation": chart.get("rotation", 0),
        "y_axis_format": ",d" if chart["metrics"][0] in ("failing", "schools") else ".0%",
    }


_PARAMS = {
    "number": lambda chart: {
        "metric": chart["metrics"][0],
        "header_font_size": 0.5,
        "subheader_font_size": 0.15,
        "y_axis_format": ",d",
    },
    "table": _table,
    "bar": _series,
    "line": _series,
    "pie": lambda chart: {
        "groupby": chart["by"],
        "metric": chart["metrics"][0],
        "show_legend": True,
        "label_type": "key_value",
        "donut": True,
    },
    "heatmap": _heatmap,
    "sums": lambda chart: {
        **_table(chart),
        "query_mode": "aggregate",
        "all_columns": [],
        "groupby": chart["columns"],
        "metrics": chart["metrics"],
    },
}


def _dashboard(board: dict[str, Any]) -> dict[str, Any]:
    charts = _charts(board)
    numbers = {_chart_id(board, chart): number for number, chart in enumerate(charts, 1)}
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {
            "type": "GRID",
            "id": "GRID_ID",
            "children": [f"ROW-{r}" for r, _ in enumerate(board["rows"])],
            "parents": ["ROOT_ID"],
        },
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": board["title"]}},
    }
    for r, row in enumerate(board["rows"]):
        keys = [f"NOTE-{r}-{i}" if "note" in c else f"CHART-{numbers[_chart_id(board, c)]}" for i, c in enumerate(row)]
        position[f"ROW-{r}"] = {
            "type": "ROW",
            "id": f"ROW-{r}",
            "children": keys,
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for key, chart in zip(keys, row, strict=True):
            place = {"id": key, "children": [], "parents": ["ROOT_ID", "GRID_ID", f"ROW-{r}"]}
            if "note" in chart:
                said = {"code": chart["note"], "width": chart.get("width", 12), "height": chart.get("height", 6)}
                position[key] = {"type": "MARKDOWN", **place, "meta": said}
                continue
            meta = {
                "uuid": _chart_id(board, chart),
                "chartId": numbers[_chart_id(board, chart)],
                "sliceName": chart["chart"],
                "width": chart.get("width", 12),
                "height": chart.get("height", 50),
            }
            position[key] = {"type": "CHART", **place, "meta": meta}
    return {
        "dashboard_title": board["title"],
        "slug": board["slug"],
        "description": None,
        "css": _CSS,
        "published": True,
        "uuid": _id("dashboard", board["slug"]),
        "position": position,
        "metadata": {
            "native_filter_configuration": _filters(board, charts, numbers),
            "color_scheme": "supersetColors",
            "label_colors": all_colours(_WORDS),
            "cross_filters_enabled": False,
            "refresh_frequency": 0,
        },
        "version": "1.0.0",
    }


def _charts(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for row in board["rows"] for entry in row if "chart" in entry]


def _filters(board: dict[str, Any], charts: list[dict[str, Any]], numbers: dict[str, int]) -> list[dict[str, Any]]:
    """Return the filters of a dashboard: one county, one school, one year at a time; a stage, or both."""
    wanted = board.get("filters", ["county", "year", "stage"])
    any_year = [numbers[_chart_id(board, chart)] for chart in charts if chart.get("all_years")]
    filters = {
        "county": _filter("county", "县区", "county", "county", most="schools"),
        "city": _filter("city", "市", "county_scorecard", "city", is_required=False),
        "school": _filter("school", "学校", "school_compliance", "school", within="county"),
        "year": _filter("year", "年份（秋季）", "school_compliance", "census_year", any_year, sort_ascending=False),
        "stage": _filter("stage", "学段", "school_compliance", "stage_zh", is_required=False),
    }
    return [filters[name] for name in wanted]


def _filter(
    name: str,
    title: str,
    dataset: str,
    column: str,
    excluded: list[int] | None = None,
    sort_ascending: bool = True,
    is_required: bool = True,
    most: str = "",
    within: str = "",
) -> dict[str, Any]:
    """Return a filter of one value: of two counties, say, the charts would show the sum.

    Args:
        name: of the filter; addresses of links bear it.
        title: what people read.
        dataset: where its values come from.
        column: that the charts are filtered by.
        excluded: charts that it does not reach.
        sort_ascending: the order of its values.
        is_required: the first value is chosen from the start.
        most: metric that comes in the place of the values' own order, the largest first.
        within: the filter that its values depend on.
    """
    return {
        "id": f"NATIVE_FILTER-{name}",
        "name": title,
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "cascadeParentIds": [f"NATIVE_FILTER-{within}"] if within else [],
        "requiredFirst": is_required,
        "targets": [{"datasetUuid": _id("dataset", dataset), "column": {"name": column}}],
        "controlValues": {
            "multiSelect": False,
            "enableEmptyFilter": is_required,
            "defaultToFirstItem": is_required,
            "searchAllOptions": False,
            "inverseSelection": False,
            "sortAscending": sort_ascending and not most,
            **({"sortMetric": most} if most else {}),
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded or []},
    }
