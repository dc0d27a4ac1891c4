"""DuckDB's SQL as Spark's: sqlglot does most of it; what it leaves, or changes in silence, is mended here.

The models are written once, for DuckDB. A piece that nobody has told how to say to Spark is an error, not a guess.
"""

import re
from collections.abc import Callable, Iterator

from sqlglot import exp, parse_one

# Functions that mean the same to both as sqlglot says them: what the models use, proven model by model (tests/spark).
_SAME = {
    *(exp.Abs, exp.And, exp.AnyValue, exp.ArrayContains, exp.ArrayDistinct, exp.ArraySize, exp.ArraySort, exp.Avg),
    *(exp.ArrayToString, exp.Case, exp.Cast, exp.Coalesce, exp.Columns, exp.ConcatWs, exp.Count, exp.DateFromParts),
    exp.DenseRank,
    *(exp.Exists, exp.Explode, exp.Extract, exp.GenerateSeries, exp.Greatest, exp.GroupConcat, exp.If, exp.Lag),
    *(exp.Least, exp.Length, exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Min, exp.Nullif, exp.Or, exp.Pow),
    *(exp.ReadParquet, exp.Replace, exp.RowNumber, exp.Split, exp.SplitPart, exp.Sqrt, exp.Struct, exp.Sum, exp.Trim),
    *(exp.TryCast, exp.Upper),
}
# The same, of those that sqlglot does not know.
_SAME_NAMES = {"REGR_AVGX", "REGR_INTERCEPT", "REGR_SLOPE", "REGR_SXX", "REGR_SXY", "REGR_SYY"}

ColumnsOf = Callable[[exp.Query], list[str]]


class NotForSpark(ValueError):
    """A piece of SQL that only DuckDB speaks, and that nobody has told how to say to Spark."""


def to_spark(sql: str, columns_of: ColumnsOf) -> str:
    """Return a query of DuckDB's as Spark says it.

    Args:
        sql: one query.
        columns_of: tells the names of a query's columns, in order; asked where a query says "all columns but these".
            The query is still DuckDB's.

    Raises:
        NotForSpark: it says what only DuckDB understands.
    """
    # A root of its own, so that every node has a parent to be replaced in.
    root = exp.Tuple(expressions=[parse_one(sql, read="duckdb")])
    _name_columns(root, columns_of)
    _name_apart(root)
    _refuse(root)
    for kind, said_anew in _SAID_ANEW.items():
        for node in reversed(list(root.find_all(kind))):  # the innermost first
            new = said_anew(node)
            if new is not node:
                node.replace(new)
    return root.expressions[0].sql(dialect="spark", normalize_functions="upper")


# Names of columns. What is said anew here is DuckDB's still.


def _name_columns(root: exp.Expr, columns_of: ColumnsOf) -> None:
    """Write out what stands for several columns, and unions by name; Spark has no words for them."""
    for node in list(root.walk(bfs=False)):  # what stands before is named before
        if isinstance(node, exp.Columns):
            _name_those_meant(node, columns_of)
        elif isinstance(node, exp.Star) and node.args.get("replace"):
            _name_replaced(node, columns_of)
    for union in reversed(list(root.find_all(exp.SetOperation))):
        if union.args.get("by_name"):
            _match_by_name(union, columns_of)


def _name_those_meant(node: exp.Columns, columns_of: ColumnsOf) -> None:
    select, pivot = node.find_ancestor(exp.Select), node.find_ancestor(exp.Pivot)
    if pivot and select and isinstance(pivot.parent, exp.Table) and isinstance(node.parent, exp.In):
        source = exp.select(node.this.copy()).from_(exp.to_table(pivot.parent.name))
        names = columns_of(_in_context(source, select))
        node.parent.set("expressions", [exp.column(name, quoted=True) for name in names])
    elif select and isinstance(node.this, exp.Literal):
        every = columns_of(_in_context(_projecting(select, exp.Star()), select))
        names = [name for name in every if re.search(node.this.name, name)]
        _put(select, node, [exp.column(name, quoted=True) for name in names])
    else:
        raise NotForSpark(node.sql("duckdb"))


def _name_replaced(star: exp.Star, columns_of: ColumnsOf) -> None:
    column = star.parent if isinstance(star.parent, exp.Column) else star
    select = column.find_ancestor(exp.Select)
    if select is None:
        raise NotForSpark(column.sql("duckdb"))
    replaced = {alias.alias: alias for alias in star.args["replace"]}
    plain = column.copy()
    (plain.this if isinstance(plain, exp.Column) else plain).set("replace", None)
    names = columns_of(_in_context(_projecting(select, plain), select))
    table = column.table if isinstance(column, exp.Column) else None
    _put(
        select,
        column,
        [replaced[name].copy() if name in replaced else exp.column(name, table, quoted=True) for name in names],
    )


def _put(select: exp.Select, projection: exp.Expr, named: list[exp.Expr]) -> None:
    """Put several columns in the place of what stood for them."""
    place = next(n for n, one in enumerate(select.expressions) if one is projection)
    select.set("expressions", [*select.expressions[:place], *named, *select.expressions[place + 1 :]])


def _match_by_name(union: exp.SetOperation, columns_of: ColumnsOf) -> None:
    sides = {arm: union.args[arm] for arm in ("this", "expression")}
    names = {arm: columns_of(_in_context(side.copy(), union)) for arm, side in sides.items()}
    wanted = [*names["this"], *(name for name in names["expression"] if name not in names["this"])]
    for arm, side in sides.items():
        listed = [
            exp.column(name, quoted=True) if name in names[arm] else exp.alias_(exp.null(), name, quoted=True)
            for name in wanted
        ]
        union.set(arm, exp.select(*listed).from_(side.copy().subquery("side")))
    union.set("by_name", None)


def _name_apart(root: exp.Expr) -> None:
    """Give each query within a named query a name of its own: sqlglot puts all of them beside each other."""
    for number, named in enumerate(reversed(list(root.find_all(exp.With)))):
        query = named.parent
        if query is None or query.parent is root:
            continue
        for cte in named.expressions:
            name = cte.alias
            for table in query.find_all(exp.Table):
                if table.name == name and not table.db:
                    table.set("this", exp.to_identifier(f"{name}_{number}"))
                    if not table.alias:
                        table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
            cte.set("alias", exp.TableAlias(this=exp.to_identifier(f"{name}_{number}")))


def _projecting(select: exp.Select, projection: exp.Expr) -> exp.Select:
    """Return a query for some columns of what a query reads."""
    bare = exp.Select(expressions=[projection])
    for part in ("from_", "joins", "laterals"):
        if part in select.args:
            value = select.args[part]
            bare.set(part, [one.copy() for one in value] if isinstance(value, list) else value.copy())
    return bare


def _in_context(query: exp.Query, place: exp.Expr) -> exp.Query:
    """Return a query with the named queries that it reads, of those that can be seen from a place in another one."""
    visible: list[exp.CTE] = []
    node: exp.Expr | None = place
    while node is not None:
        if isinstance(node.parent, exp.With):
            named = node.parent.expressions
            visible = [*named[: next(n for n, one in enumerate(named) if one is node)], *visible]
            of_name = node.parent.parent
            node = of_name.parent if of_name else None
        else:
            of_node = node.args.get("with_")
            visible = [*(of_node.expressions if of_node else []), *visible]
            node = node.parent
    read, own = _names_read(query), query.args.get("with_")
    reached: list[exp.Expr] = list(own.expressions) if own else []
    for cte in reversed(visible):
        if cte.alias in read:
            reached.insert(0, cte.copy())
            read |= _names_read(cte)
    if reached:
        query.set("with_", exp.With(expressions=reached))
    return query


def _names_read(query: exp.Expr) -> set[str]:
    return {table.name for table in query.find_all(exp.Table) if not table.db}


# Expressions.


def _collected(node: exp.ArrayAgg) -> exp.Expr:
    """Say `list(…)`: it keeps nulls, has an order, and of no rows at all it is null."""
    value, keys = node.this, []
    if isinstance(value, exp.Order):
        keys, value = value.expressions, value.this
    if isinstance(value, exp.Distinct) or any(key.args.get("desc") for key in keys):
        raise NotForSpark(node.sql("duckdb"))
    fields = [exp.alias_(exp.Is(this=key.this.copy(), expression=exp.null()), f"no_{n}") for n, key in enumerate(keys)]
    for n, key in enumerate(keys):
        fields.insert(2 * n + 1, exp.alias_(key.this.copy(), f"by_{n}"))
    entry = exp.Struct(expressions=[*fields, exp.alias_(value.copy(), "value")])
    rows: exp.Expr = exp.func("collect_list", entry)
    whole: exp.Expr = node
    if isinstance(node.parent, exp.Filter):
        whole = node.parent
        rows = exp.Filter(this=rows, expression=whole.expression.copy())
    ordered = exp.func("array_sort", rows) if keys else rows
    each = exp.Lambda(this=exp.column("value", "one"), expressions=[exp.to_identifier("one")])
    new = exp.func("nullif", exp.func("transform", ordered, each), exp.Anonymous(this="array", expressions=[]))
    if whole is node:
        return new
    whole.replace(new)
    return node


def _picked(node: exp.ArgMax | exp.ArgMin) -> exp.Expr:
    """Say `arg_max(what, by)`: a row whose `what` is null is passed over."""
    known = exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.null()))
    if isinstance(node.parent, exp.Filter):
        where = node.parent.expression
        where.set("this", exp.and_(where.this.copy(), known))
        return node
    return exp.Filter(this=node.copy(), expression=exp.Where(this=known))


def _any(node: exp.IgnoreNulls) -> exp.Expr:
    """Say `any_value(what)`, any that is there, so that a filter may follow."""
    if not isinstance(node.this, exp.AnyValue):
        raise NotForSpark(node.sql("duckdb"))
    return exp.Anonymous(this="any_value", expressions=[node.this.this.copy(), exp.true()])


def _named(node: exp.Anonymous) -> exp.Expr:
    """Say the functions that sqlglot does not know."""
    name, given = node.name.upper(), [one.copy() for one in node.expressions]
    if name == "LIST_POSITION":
        return exp.func("array_position", *given)
    if name in ("LIST_SUM", "LIST_AVG"):
        present = exp.func("filter", given[0], _PRESENT.copy())
        total = exp.func("aggregate", present, exp.cast(exp.Literal.number(0), "double"), _ADDED.copy())
        several = exp.func("nullif", exp.func("size", present.copy()), exp.Literal.number(0))
        return total if name == "LIST_SUM" else exp.Div(this=total, expression=several)
    if name == "LIST_EXTRACT":
        return exp.func("try_element_at", *given)
    if name == "ARG_MAX_NULL":
        return exp.func("max_by", *given)
    if name == "ROW":
        return exp.Anonymous(this="struct", expressions=given)
    return node


def _rounded_to_zero(node: exp.Trunc) -> exp.Expr:
    """Say `trunc(number)`, which stays as large as it is; sqlglot would make it a whole number of eight bytes."""
    number = node.this
    fraction = exp.Mod(this=exp.paren(number.copy()), expression=exp.Literal.number(1))
    return exp.paren(exp.Sub(this=exp.paren(number.copy()), expression=fraction))


def _joined_lists(node: exp.ArrayConcat) -> exp.Expr:
    """Say `list_concat`: a list that is null adds nothing."""
    lists = [node.this, *node.expressions]
    return exp.func("coalesce", node.copy(), *(one.copy() for one in lists))


def _matched(node: exp.RegexpFullMatch) -> exp.Expr:
    pattern = exp.Literal.string(f"^(?:{node.expression.name})$")
    return exp.RegexpLike(this=node.this.copy(), expression=pattern)


def _sliced(node: exp.Bracket) -> exp.Expr:
    part = node.expressions[0]
    if not isinstance(part, exp.Slice):
        return node
    if part.this is not None:
        raise NotForSpark(node.sql("duckdb"))
    return exp.Anonymous(this="slice", expressions=[node.this.copy(), exp.Literal.number(1), part.expression.copy()])


def _next_whole(node: exp.Ceil) -> exp.Expr:
    """Say `ceil(number)`, which stays a number with decimals."""
    return exp.cast(node.copy(), "double")


def _divided(node: exp.Div) -> exp.Expr:
    """Say `a / b`, which is a number with decimals whatever a is; Spark would round 1.0 / 3 to a dozen places."""
    return exp.Div(this=exp.cast(exp.paren(node.this.copy()), "double"), expression=node.expression.copy())


def _rounded(node: exp.Round) -> exp.Expr:
    """Say `round(number, places)` where the places stand in a row."""
    places = node.args.get("decimals")
    if places is None or places.is_int:
        return node
    power = exp.func("power", exp.Literal.number(10), exp.paren(places.copy()))
    return exp.Div(
        this=exp.Round(this=exp.Mul(this=exp.paren(node.this.copy()), expression=power)), expression=power.copy()
    )


def _kept(node: exp.Qualify) -> exp.Expr:
    """Say `qualify`: sqlglot would leave its condition among the columns of `*`."""
    select = node.parent
    if not isinstance(select, exp.Select) or select.args.get("order") or select.args.get("distinct"):
        raise NotForSpark(node.sql("duckdb"))
    inner = select.copy()
    inner.set("qualify", None)
    inner.set("with_", None)
    meant = {one.alias: one.this for one in select.expressions if isinstance(one, exp.Alias)}
    condition = exp.paren(node.this.copy())
    for column in list(condition.find_all(exp.Column)):
        if not column.table and column.name in meant:
            column.replace(exp.paren(meant[column.name].copy()))
    inner.append("expressions", exp.alias_(condition, _IS_KEPT))
    all_but = exp.Star(except_=[exp.column(_IS_KEPT)])
    select.set("expressions", [all_but])
    for part in [*select.args]:
        if part not in ("expressions", "with_", "kind"):
            select.set(part, None)
    select.set("from_", exp.From(this=inner.subquery("judged")))
    select.set("where", exp.Where(this=exp.column(_IS_KEPT)))
    return node


def _unhinted(node: exp.CTE) -> exp.Expr:
    node.set("materialized", None)
    return node


_IS_KEPT = "is_kept"
_PRESENT = exp.Lambda(
    this=exp.Not(this=exp.Is(this=exp.column("one"), expression=exp.null())), expressions=[exp.to_identifier("one")]
)
_ADDED = exp.Lambda(
    this=exp.Add(this=exp.column("total"), expression=exp.column("one")),
    expressions=[exp.to_identifier("total"), exp.to_identifier("one")],
)
_SAID_ANEW: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.CTE: _unhinted,
    exp.Qualify: _kept,
    exp.ArrayAgg: _collected,
    exp.ArgMax: _picked,
    exp.ArgMin: _picked,
    exp.IgnoreNulls: _any,
    exp.Anonymous: _named,
    exp.Trunc: _rounded_to_zero,
    exp.ArrayConcat: _joined_lists,
    exp.RegexpFullMatch: _matched,
    exp.Bracket: _sliced,
    exp.Ceil: _next_whole,
    exp.Div: _divided,
    exp.Round: _rounded,
}
_SAID_NAMES = {"LIST_POSITION", "LIST_SUM", "LIST_AVG", "LIST_EXTRACT", "ARG_MAX_NULL", "ROW"}


def _refuse(root: exp.Expr) -> None:
    """Raise where something is left that Spark does not understand, or understands otherwise."""
    for problem in _problems(root):
        raise NotForSpark(f"{problem}: {root.expressions[0].sql('duckdb')[:2000]}")


def _problems(root: exp.Expr) -> Iterator[str]:
    for node in root.find_all(exp.Func):
        if isinstance(node, exp.Anonymous):
            if node.name.upper() not in _SAME_NAMES | _SAID_NAMES:
                yield f"function {node.name}"
        elif type(node) not in _SAME | _SAID_ANEW.keys():
            yield f"function {node.sql_name()}"
    for explode in root.find_all(exp.Explode, exp.Unnest):
        if not isinstance(explode.parent, (exp.Select, exp.Alias, exp.From, exp.Join, exp.Lateral)):
            yield f"rows made within an expression, {explode.sql('duckdb')}"
    for within in root.find_all(exp.In):
        query = within.args.get("query")
        if query is not None and query.find(exp.Tuple):
            yield f"several columns at once, of which null would be null, {within.sql('duckdb')}"
    for join in root.find_all(exp.Join):
        on = join.args.get("on")
        if on is not None and on.find(exp.Subquery, exp.Select):
            yield f"a query within a join's condition, {on.sql('duckdb')}"
