"""One result of Looker's, as people get it in Python. Run by connector-bench; prints what it has measured as JSON.

    peer.py CASE URL ROWS
"""

import io
import json
import os
import resource
import sys
import time

SMALL = 500


def sdk(url):
    os.environ |= {"LOOKERSDK_BASE_URL": url, "LOOKERSDK_CLIENT_ID": "bench", "LOOKERSDK_CLIENT_SECRET": "bench"}
    import looker_sdk
    from looker_sdk import models40

    api = looker_sdk.init40()

    def run(result_format, rows):
        query = models40.WriteQuery(model="bench", view="bench", fields=["orders.count"], limit=str(rows))
        return api.run_inline_query(result_format, query)

    return run


def sdk_json_pandas(url):
    import pandas

    run = sdk(url)
    return lambda rows: len(pandas.DataFrame(json.loads(run("json", rows))))


def sdk_csv_pandas(url):
    import pandas

    run = sdk(url)
    return lambda rows: len(pandas.read_csv(io.StringIO(run("csv", rows))))


def post(url):
    import requests

    session = requests.Session()
    login = session.post(f"{url}/api/4.0/login", data={"client_id": "bench", "client_secret": "bench"}).json()
    session.headers["authorization"] = f"Bearer {login['access_token']}"

    def run(result_format, rows, **more):
        body = {"model": "bench", "view": "bench", "fields": ["orders.count"], "limit": str(rows)}
        return session.post(f"{url}/api/4.0/queries/run/{result_format}", json=body, **more)

    return run


def pyarrow_csv(url):
    from pyarrow import csv

    run = post(url)

    def read(rows):
        with run("csv", rows, stream=True) as answer:
            return sum(batch.num_rows for batch in csv.open_csv(answer.raw))

    return read


def polars_json(url):
    import polars

    run = post(url)
    return lambda rows: polars.read_json(run("json", rows).content).height


CASES = {
    "sdk-json-pandas": sdk_json_pandas,
    "sdk-csv-pandas": sdk_csv_pandas,
    "pyarrow-csv": pyarrow_csv,
    "polars-json": polars_json,
}

case, url, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
read = CASES[case](url)
read(SMALL)  # imports, the login and the connection are not measured
start = time.perf_counter()
found = read(rows)
wall = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"wall": wall, "peak_memory": peak, "rows": found}))
