"""The files that `connector-host query` writes, read back by pyarrow, DuckDB and Polars: each gets the types and the values
that the official SDK gets, and that the host prints as JSON.

Run by `make test-clients`, inside `looker-sandbox -- ...`, which sets the LOOKERSDK_ variables.
"""

import tempfile
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path

import duckdb
import looker_sdk
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from checks import report, same
from results import BROKEN, TYPES, Expected, difference, host, host_rows, loads, official_answers, queries

SUMMARY = b"connector.summary"


def as_arrow_file(schema: pa.Schema) -> pa.Schema:
    """The schema in an Arrow file, whose dictionaries would have to be the same in all batches: it has their values."""

    def without_dictionaries(field):
        if pa.types.is_struct(field.type):
            return field.with_type(pa.struct(map(without_dictionaries, field.type)))
        return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field

    return pa.schema(map(without_dictionaries, schema), schema.metadata)


def as_parquet_file(schema: pa.Schema) -> pa.Schema:
    """The schema in a Parquet file, which cannot have structs without children."""
    fields = [it for it in schema if not (pa.types.is_struct(it.type) and it.type.num_fields == 0)]
    return pa.schema(fields, schema.metadata)


def in_duckdb(kind: pa.DataType):
    if pa.types.is_struct(kind):
        return duckdb.struct_type({child.name: in_duckdb(child.type) for child in kind})
    if pa.types.is_list(kind):
        return duckdb.list_type(in_duckdb(kind.value_type))
    if pa.types.is_decimal(kind):
        return duckdb.decimal_type(kind.precision, kind.scale)
    names = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.date32(): "DATE",
             pa.timestamp("us"): "TIMESTAMP"}
    return duckdb.sqltype(names.get(kind, "VARCHAR"))


def in_polars(kind: pa.DataType):
    if pa.types.is_struct(kind):
        return pl.Struct({child.name: in_polars(child.type) for child in kind})
    if pa.types.is_list(kind):
        return pl.List(in_polars(kind.value_type))
    if pa.types.is_decimal(kind):
        return pl.Decimal(kind.precision, kind.scale)
    names = {pa.int64(): pl.Int64(), pa.float64(): pl.Float64(), pa.bool_(): pl.Boolean(), pa.date32(): pl.Date(),
             pa.timestamp("us"): pl.Datetime("us"), pa.string(): pl.String(),
             pa.dictionary(pa.int32(), pa.string()): pl.Categorical()}
    return names[kind]


def of_pyarrow(table: pa.Table) -> tuple:
    return table.schema, table.to_pylist()


def of_duckdb(relation: duckdb.DuckDBPyRelation) -> tuple:
    names = relation.columns
    return dict(zip(names, relation.types)), [dict(zip(names, row)) for row in relation.fetchall()]


def of_polars(frame: pl.DataFrame) -> tuple:
    return dict(frame.schema), frame.to_dicts()


def types_by(convert):
    """What a tool without metadata makes of a schema."""
    return lambda schema: {field.name: convert(field.type) for field in schema}


def read_back(body: dict, expected: Expected, folder: Path) -> int:
    """Writes a query's result to both formats, and checks what each tool reads; returns the number of Arrow batches."""
    schema, rows = expected.schema(), expected.rows("json")
    same("the host's JSON has the values: a difference", difference(rows, host_rows(body, schema)), None)

    arrow, parquet = folder / "result.arrow", folder / "result.parquet"
    for file in [arrow, parquet]:
        host(body, "--output", str(file))
    with pa.ipc.open_file(arrow) as reader:
        batches, footer, table = reader.num_record_batches, reader.metadata, reader.read_all()
    # DuckDB has no reader of Arrow files of its own, and takes pyarrow's table.
    in_arrow = [of_pyarrow(table), of_duckdb(duckdb.from_arrow(table)), of_polars(pl.read_ipc(arrow))]
    in_parquet = [
        of_pyarrow(pq.read_table(parquet)),
        of_duckdb(duckdb.read_parquet(str(parquet))),
        of_polars(pl.read_parquet(parquet)),
    ]
    check_file("arrow", as_arrow_file(schema), rows, in_arrow)
    check_summary("arrow", expected, footer, len(rows))
    check_file("parquet", as_parquet_file(schema), rows, in_parquet)
    check_summary("parquet", expected, pq.read_metadata(parquet).metadata, len(rows))
    return batches


def told(schema: pa.Schema) -> list:
    """All that a schema says, also within columns."""

    def of(field):
        children = [of(child) for child in field.type] if pa.types.is_struct(field.type) else []
        return field.name, str(field.type), field.nullable, dict(field.metadata or {}), children

    return [schema.metadata or {}, *map(of, schema)]


def check_file(form: str, schema: pa.Schema, rows: list, found: list) -> None:
    rows = [{name: row[name] for name in schema.names} for row in rows]
    same(f"the {form} file tells of the query and its columns", told(found[0][0]), told(schema))
    tools = {"pyarrow": lambda schema: schema, "DuckDB": types_by(in_duckdb), "Polars": types_by(in_polars)}
    for (tool, types), (has_types, has_rows) in zip(tools.items(), found):
        same(f"{tool} reads the types of the {form} file", has_types, types(schema))
        same(f"{tool} reads the values of the {form} file: a difference", difference(rows, has_rows), None)


def check_summary(form: str, expected: Expected, footer: dict, rows: int) -> None:
    """The file's footer holds the end of the story."""
    summary = loads(footer[SUMMARY].decode())
    totals = expected.of_measures(summary["totals"]) if "totals" in summary else None
    same(f"the {form} file has the totals", totals, expected.totals())
    same(f"the {form} file has the subtotals", expected.grouped(summary.get("subtotals", [])), expected.subtotals())
    same(f"the {form} file counts its rows", int(summary["row_count"]), rows)


def check_comparison() -> None:
    """The comparison has eyes for a value, a type, a null, a row and an order."""
    rows = [{"a": 1, "b": None}, {"a": 2, "b": "x"}]
    others = [
        [{"a": 1, "b": None}, {"a": 2, "b": "y"}],
        [{"a": 1.0, "b": None}, {"a": 2, "b": "x"}],
        [{"a": True, "b": None}, {"a": 2, "b": "x"}],
        [{"a": 1, "b": ""}, {"a": 2, "b": "x"}],
        [{"b": None, "a": 1}, {"a": 2, "b": "x"}],
        rows[:1],
        rows[::-1],
    ]
    same("the comparison sees no difference", [other for other in others if not difference(rows, other)], [])
    same("the comparison sees a difference", difference(rows, [dict(row) for row in rows]), None)


def check_coverage(sdk, seen: list) -> None:
    """The queries have it all: every field, and every type with values and with nulls."""
    explores = [sdk.lookml_model_explore("thelook", it.name) for it in sdk.lookml_model("thelook").explores]
    fields = {it.name for explore in explores for it in explore.fields.dimensions + explore.fields.measures} - {BROKEN}
    same("fields that are not read", fields - {name for expected in seen for name in expected.fields}, set())
    cells = defaultdict(set)
    for expected in seen:
        schema = expected.schema()
        for row in expected.rows("json"):
            for field in schema:
                is_struct = pa.types.is_struct(field.type)
                values = row[field.name].values() if is_struct else [row[field.name]]
                cells["struct" if is_struct else str(field.type)] |= {value is None for value in values}
    types = [*TYPES, pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.string()), pa.decimal128(38, 9), "struct"]
    same("types without values or nulls", [str(it) for it in types if cells[str(it)] != {True, False}], [])


check_comparison()
sdk = looker_sdk.init40()
seen, most = [], 0
with tempfile.TemporaryDirectory() as folder:
    for name, body in queries(sdk).items():
        expected = Expected(body, official_answers(sdk, body, ["json_bi", "json_detail", "json"]))
        batches = read_back(body, expected, Path(folder))
        print(f"ok: read back alike: {name}")
        seen.append(expected)
        is_empty = body.get("filters", {}).get("order_items.id") == "-5"
        same(f"{name} has no rows", not expected.rows("json"), is_empty)
        most = max(most, batches)
same("a result has several batches", most > 1, True)
check_coverage(sdk, seen)
report()
