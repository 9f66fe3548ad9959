"""What the integration tests of the Python SDK share: errors that must come, and what is made to be deleted again."""

import json
import os
import urllib.request
from datetime import datetime, timedelta, timezone

from looker_sdk import error
from looker_sdk import models40 as models

from checks import check, same

DOMAIN = "@integration.example.com"


def refusal(ask, *arguments, **named) -> error.SDKError:
    """The error of the SDK that a call ends with."""
    try:
        answer = ask(*arguments, **named)
    except error.SDKError as refused:
        return refused
    check(f"{ask.__name__} is refused", False, answer)


def not_found(ask, *arguments) -> None:
    refused = refusal(ask, *arguments)
    same(f"{ask.__name__} of what is not there", (refused.message, list(refused.errors)), ("Not found", []))
    same(f"{ask.__name__} says by its address that it is a 404", "/err/4.0/404/get/" in refused.documentation_url, True)


def wrong(field: str, code: str, ask, *arguments) -> None:
    refused = refusal(ask, *arguments)
    same(f"{ask.__name__} is not valid", refused.message, "Validation Failed")
    same(f"{ask.__name__} names the field", [(one.field, one.code) for one in refused.errors], [(field, code)])
    same(f"{ask.__name__} says what is wrong with the field", field in refused.errors[0].message, True)


def ids(rows: list) -> list:
    return [row.id for row in rows]


def told(row, expected: dict) -> dict:
    """What a row has for these columns."""
    return {column: getattr(row, column) for column in expected}


def is_now(at: datetime) -> bool:
    return abs(datetime.now(timezone.utc) - at) < timedelta(minutes=5)


def stats() -> dict:
    with urllib.request.urlopen(f"{os.environ['LOOKER_SANDBOX_URL']}/__sandbox/stats") as answer:
        return json.load(answer)


def new_query(sdk, limit: str = "3"):
    fields = ["orders.status", "orders.count"]
    return sdk.create_query(models.WriteQuery(model="thelook", view="orders", fields=fields, limit=limit))


def new_look(sdk, **more):
    look = {"title": "An SDK Look", "query_id": new_query(sdk).id, "folder_id": sdk.me().home_folder_id}
    return sdk.create_look(models.WriteLookWithQuery(**look | more))
