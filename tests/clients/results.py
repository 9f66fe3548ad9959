"""What the result of a query is: as Looker sends it to the official SDK in each of its formats, and as `connector-host`
prints it. Both become rows of Python values by the LookML types of the fields, so that they can be compared."""

import csv
import io
import json
import os
import subprocess
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path

import pyarrow as pa
from looker_sdk import models40

FORMATS = ["json_bi", "json", "json_detail", "csv"]
GROUPING = "$$$__grouping__$$$"
# Its SQL fails, which is what it is for.
BROKEN = "order_items.broken_sql"

# Looker's documentation of the types, and not a copy of the connector's table.
TYPES = {
    pa.int64(): """int count count_distinct date_year date_day_of_month date_day_of_year date_day_of_week_index
        date_month_num date_fiscal_month_num date_hour_of_day date_week_of_year""",
    pa.float64(): """number sum sum_distinct average average_distinct min max median median_distinct percentile
        percentile_distinct percent_of_total percent_of_previous running_total distance duration_second duration_minute
        duration_hour duration_day duration_week duration_month duration_quarter duration_year""",
    pa.bool_(): "yesno",
    pa.date32(): "date date_date date_week",
    pa.timestamp("us"): """date_time date_second date_millisecond date_microsecond date_minute date_minute15 date_hour
        date_hour6""",
    pa.string(): """string tier zipcode location list date_raw date_month date_month_name date_quarter date_quarter_of_year
        date_fiscal_year date_fiscal_quarter date_fiscal_quarter_of_year date_day_of_week date_time_of_day""",
}
ARROW = {name: kind for kind, names in TYPES.items() for name in names.split()}


class Number(str):
    """A number of a JSON text, as it was written."""


def loads(text: str):
    return json.loads(text, parse_int=Number, parse_float=Number)


def arrow_type(lookml_type: str, body: dict) -> pa.DataType:
    """The type of a column that holds a field of this type, as the request wants it."""
    kind = ARROW[lookml_type]
    if kind == pa.float64() and body.get("numbers") == "decimal":
        return pa.decimal128(38, body.get("decimal_scale", 9))
    if kind == pa.float64() and body.get("numbers") == "exact":
        return pa.string()
    if lookml_type == "tier" and body.get("dictionaries"):
        return pa.dictionary(pa.int32(), pa.string())
    if lookml_type == "list" and body.get("lists"):
        return pa.list_(pa.string())
    return kind


def decimal(text: str, kind: pa.Decimal128Type) -> Decimal:
    return Decimal(text).quantize(Decimal(1).scaleb(-kind.scale), context=Context(prec=kind.precision))


def from_looker(cell, kind: pa.DataType):
    """The value of one of Looker's cells."""
    if cell is None:
        return None
    if pa.types.is_list(kind):
        return [item.strip() for item in cell.split(",") if item.strip()]
    if pa.types.is_boolean(kind):
        return {"Yes": True, "No": False}[cell]
    if pa.types.is_decimal(kind):
        return decimal(cell, kind)
    readers = {
        pa.int64(): int,
        pa.float64(): float,
        pa.date32(): date.fromisoformat,
        pa.timestamp("us"): datetime.fromisoformat,
    }
    return readers.get(kind, str)(cell)


def from_host(cell, kind: pa.DataType):
    """The value of a cell that the host printed as JSON: nothing but what the type is written as is taken."""
    if cell is None:
        return None
    if pa.types.is_struct(kind):
        assert list(cell) == [child.name for child in kind], cell
        return {child.name: from_host(cell[child.name], child.type) for child in kind}
    if pa.types.is_list(kind):
        return [from_host(item, kind.value_type) for item in cell]
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    written = Number if is_number else bool if pa.types.is_boolean(kind) else str
    assert type(cell) is written, f"{cell!r} as {kind}"
    if pa.types.is_timestamp(kind):
        assert "T" in cell, cell
    return cell if pa.types.is_boolean(kind) else from_looker(cell, kind)


def queries(sdk) -> dict:
    """The queries that are compared: those of queries.json, and such that select every field between them."""
    queries = json.loads((Path(__file__).parent / "queries.json").read_text())
    known = {BROKEN}
    for explore in sdk.lookml_model("thelook").explores:
        fields = sdk.lookml_model_explore("thelook", explore.name).fields
        # Explores share views, of which one is enough.
        dimensions = [field.name for field in fields.dimensions if field.name not in known]
        measures = [field.name for field in fields.measures if field.name not in known]
        known |= {*dimensions, *measures}
        chunks = [dimensions[at : at + 40] for at in range(0, len(dimensions), 40)]
        chunks += [[fields.dimensions[0].name, *measures[at : at + 20]] for at in range(0, len(measures), 20)]
        for number, chunk in enumerate(chunks, 1):
            queries[f"fields of {explore.name}, part {number}"] = {
                "model": "thelook", "explore": explore.name, "fields": chunk, "sorts": [chunk[0]], "limit": 60,
            }
    return queries


def write_query(body: dict) -> models40.WriteQuery:
    """A request to the connector as the official SDK's."""
    same = ["model", "fields", "filters", "filter_expression", "sorts", "pivots", "total", "row_total", "subtotals",
            "fill_fields", "query_timezone"]
    asked = {key: body[key] for key in same if key in body}
    asked |= {key: str(body[key]) for key in ["limit", "column_limit"] if key in body}
    if "dynamic_fields" in body:
        asked["dynamic_fields"] = json.dumps(body["dynamic_fields"])
    return models40.WriteQuery(view=body["explore"], **asked)


def official_answers(sdk, body: dict, formats: list) -> dict:
    """What the official SDK gets, by format."""
    if "sql" in body:
        made = sdk.create_sql_query(models40.SqlQueryCreate(connection_name=body["connection"], sql=body["sql"]))
        return {name: sdk.run_sql_query(made.slug, name) for name in formats}
    query = write_query(body)
    return {name: sdk.run_inline_query(name, query) for name in formats}


def host(body: dict, *arguments: str) -> subprocess.CompletedProcess:
    """Runs the connector's query."""
    command = [os.environ["CONNECTOR_HOST"], "--plugin-dir", os.environ["CONNECTOR_PLUGINS"], "query", "--body", "-"]
    command += ["--allow-sql-runner"] if "sql" in body else []
    run = subprocess.run([*command, *arguments], input=json.dumps(body), capture_output=True, text=True)
    assert run.returncode == 0, f"{body}: {run.stderr}"
    return run


class Expected:
    """What a query must deliver, by what the official SDK gets for it."""

    def __init__(self, body: dict, answers: dict):
        self.body, self.answers = body, answers
        self.metadata = json.loads(answers["json_bi"])["metadata"]
        roles = ["dimensions", "pivots", "measures", "table_calculations"]
        self.fields = {field["name"]: field for role in roles for field in self.metadata["fields"].get(role) or []}
        # Looker tells no type of a field that the query defines: the query does.
        for own in body.get("dynamic_fields", []):
            name = own.get("table_calculation") or own.get("measure") or own.get("dimension")
            self.fields[name]["type"] = self.fields[name].get("type") or own["_type_hint"]
        named = {role: [field["name"] for field in self.metadata["fields"].get(role) or []] for role in roles}
        self.dimensions, self.pivoted = named["dimensions"], named["pivots"]
        self.measures = named["measures"] + named["table_calculations"]
        self.pivots = self.metadata["pivots"] if self.pivoted else []
        self.shape = body.get("pivot_shape", "long") if self.pivoted else "none"

    def kind(self, name: str) -> pa.DataType:
        return arrow_type(self.fields[name]["type"], self.body)

    def about(self, name: str) -> dict:
        """What the column tells of its field."""
        field = self.fields[name]
        told = {key: field.get(key) for key in ["type", "label", "category", "view", "description", "value_format"]}
        told["tags"] = ",".join(field.get("tags") or [])
        return {f"LOOKER:{key}": value for key, value in told.items() if value}

    def schema(self) -> pa.Schema:
        """The columns, in the order of the request."""
        columns = []
        for name in self.body.get("fields", self.fields):
            if name in self.pivoted and self.shape != "long":
                continue
            if name not in self.measures or self.shape in ["none", "long"]:
                columns.append(pa.field(name, self.kind(name), metadata=self.about(name)))
                continue
            pivots = [{"LOOKER:pivot_key": it["key"], "LOOKER:is_total": str(it["is_total"]).lower()} for it in self.pivots]
            keys = [pivot["LOOKER:pivot_key"] for pivot in pivots]
            if self.shape == "struct":
                children = [pa.field(key, self.kind(name), metadata=pivot) for key, pivot in zip(keys, pivots)]
                columns.append(pa.field(name, pa.struct(children), metadata=self.about(name)))
            else:
                columns += [
                    pa.field(f"{name}|FIELD|{key}", self.kind(name), metadata=self.about(name) | pivot)
                    for key, pivot in zip(keys, pivots)
                ]
        asked = {"limit": 500} | self.body if "explore" in self.body else {}
        told = [key for key in ["model", "explore", "limit", "query_timezone"] if key in asked]
        return pa.schema(columns, {f"LOOKER:{key}": str(asked[key]) for key in told})

    def rows(self, form: str) -> list:
        """The rows by one of Looker's formats."""
        return [row for cells in getattr(self, f"_{form}")() for row in self._shaped(cells)]

    def totals(self) -> dict | None:
        """The totals of the measures."""
        totals = loads(self.answers["json_detail"]).get("totals_data")
        return self.of_measures(totals) if totals else None

    def subtotals(self) -> list:
        sets = loads(self.answers["json_detail"]).get("subtotals_data") or {}
        return self.grouped([row for rows in sets.values() for row in rows])

    def of_measures(self, row: dict) -> dict:
        """A row of totals."""
        return self._unwrapped(row, self.measures)

    def grouped(self, rows: list) -> list:
        """Rows of subtotals, each with the dimensions that it is grouped by."""
        return [(row[GROUPING], self._unwrapped(row)) for row in rows]

    # Looker's rows as cells by field; where the field stands in a pivot, as cells by the pivot's keys within.

    def _unwrapped(self, row: dict, names: list | None = None) -> dict:
        def cells(name):
            if name in self.measures and self.pivoted:
                return {key: cell["value"] for key, cell in row.get(name, {}).items()}
            return row[name]["value"]

        return {name: cells(name) for name in names or self.dimensions + self.measures}

    def _json_bi(self) -> list:
        rows = [row for row in loads(self.answers["json_bi"])["rows"] if GROUPING not in row]
        return [self._unwrapped(row) for row in (rows[:-1] if self.metadata["has_totals"] else rows)]

    def _json_detail(self) -> list:
        return [self._unwrapped(row) for row in loads(self.answers["json_detail"])["data"]]

    def _json(self) -> list:
        def cells(name, cell):
            return cell["|FIELD|".join(self.pivoted)] if name in self.measures and self.pivoted else cell

        return [{name: cells(name, cell) for name, cell in row.items()} for row in loads(self.answers["json"])]

    def _csv(self) -> list:
        lines = list(csv.reader(io.StringIO(self.answers["csv"], newline="")))
        keys = [pivot["key"] for pivot in self.pivots]
        places = [(name, None) for name in self.dimensions]
        places += [(name, key) for name in self.measures for key in (keys if self.pivoted else [None])]
        if keys:
            assert lines.pop(0) == [""] * len(self.dimensions) + [*map(title, self.pivots)] * len(self.measures)
        assert lines.pop(0) == [self.fields[name]["label"] for name, _ in places]
        rows = []
        for line in lines:
            # A line without cells is one empty cell.
            line, row = line or [""], {}
            assert len(line) == len(places), line
            for (name, key), text in zip(places, line):
                if key is None:
                    row[name] = text or None
                else:
                    row.setdefault(name, {})[key] = text or None
            rows.append(row)
        return rows

    def _shaped(self, cells: dict) -> list:
        """Looker's row as the connector delivers it: one row, or one for each column of the pivot that has a value."""
        if self.shape == "long":
            pivots = [pivot for pivot in self.pivots if not pivot["is_total"]]
            has_value = lambda key: any(cells[name].get(key) is not None for name in self.measures)
            return [self._row(cells, pivot) for pivot in pivots if has_value(pivot["key"])]
        return [self._row(cells, None)]

    def _row(self, cells: dict, pivot: dict | None) -> dict:
        row = {}
        for name in self.body.get("fields", self.fields):
            kind = self.kind(name)
            if name in self.pivoted:
                if pivot:
                    row[name] = from_looker(pivot["data"][name], kind)
            elif name not in self.measures or self.shape == "none":
                row[name] = from_looker(cells[name], kind)
            elif pivot:
                row[name] = from_looker(cells[name].get(pivot["key"]), kind)
            else:
                values = {it["key"]: from_looker(cells.get(name, {}).get(it["key"]), kind) for it in self.pivots}
                row |= {name: values} if self.shape == "struct" else {f"{name}|FIELD|{key}": it for key, it in values.items()}
        return row


def title(pivot: dict) -> str:
    """What csv has above the cells of a pivot's column."""
    if pivot["is_total"]:
        return "Row Total"
    return " | ".join("" if value is None else str(value) for value in pivot["data"].values())


def without_empty_texts(value):
    """As csv tells it, where an empty text and a null are the same."""
    if isinstance(value, dict):
        return {key: without_empty_texts(it) for key, it in value.items()}
    return None if value in ("", []) else value


def host_rows(body: dict, schema: pa.Schema) -> list:
    """The rows that the host prints as JSON."""
    rows = loads(host(body, "--format", "json").stdout)
    assert all(list(row) == schema.names for row in rows), (list(rows[0]), schema.names)
    return [{field.name: from_host(row[field.name], field.type) for field in schema} for row in rows]


def difference(expected: list, found: list) -> str | None:
    """The first cell in which rows differ, be it in nothing but its type."""
    # The text of a value tells 1 from 1.0 and True, and holds every digit.
    if repr(expected) == repr(found):
        return None
    if len(expected) != len(found):
        return f"{len(found)} rows, and not {len(expected)}"
    at = next(at for at, pair in enumerate(zip(expected, found)) if repr(pair[0]) != repr(pair[1]))
    if list(expected[at]) != list(found[at]):
        return f"row {at} has {list(found[at])}, and not {list(expected[at])}"
    name = next(name for name in expected[at] if repr(expected[at][name]) != repr(found[at][name]))
    return f"row {at}, {name}: {found[at][name]!r}, and not {expected[at][name]!r}"
