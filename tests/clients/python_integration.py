"""Looker's official Python SDK on the sandbox, used as its own integration tests use a Looker: what they make is read,
changed, found and deleted, and in the end all is as it was.

Run by `make test-clients`, inside `looker-sandbox -- ...`, which sets the LOOKERSDK_ variables and LOOKER_SANDBOX_URL.
"""

import csv
import io
import json
from datetime import datetime, timedelta

import looker_sdk
from looker_sdk import models40 as models

import integration_content as content
import integration_people as people
from checks import check, report, same
from integration import ids, is_now, new_look, new_query, not_found, stats, wrong


def everything(sdk) -> dict:
    """All that this test might leave behind."""
    return {
        "users": sdk.all_users(sorts="id"),
        "Looks": [sdk.search_looks(deleted=deleted, sorts="id") for deleted in [False, True]],
        "dashboards": sdk.search_dashboards(deleted="true,false", sorts="id"),
        "LookML dashboards": sdk.all_dashboards(),
        "folders": sdk.all_folders(),
        "scheduled plans": sdk.all_scheduled_plans(all_users=True),
        "session": sdk.session(),
    }


def a_session_works_in_a_workspace(sdk):
    for workspace, label in [("dev", "The Look (dev)"), ("production", "The Look")]:
        moved = sdk.update_session(models.WriteApiSession(workspace_id=workspace))
        same("a session is moved", moved.workspace_id, workspace)
        same("a session is there", sdk.session().workspace_id, workspace)
        same("models are those of the workspace", sdk.lookml_model("thelook").label, label)
    wrong("workspace_id", "invalid", sdk.update_session, models.WriteApiSession(workspace_id="nowhere"))
    same("a session stays where it was", sdk.session().workspace_id, "production")
    sdk.auth.login_user("2")
    as_other = sdk.session()
    same("another user has a session", (as_other.sudo_user_id, as_other.workspace_id), ("1", "production"))
    sdk.auth.logout()
    same("the own session is back", (sdk.session().sudo_user_id, sdk.me().id), (None, "1"))


def pages_hold_every_element_once(sdk):
    for ask, size, more in [
        (sdk.all_users, 60, {}),
        (sdk.search_users, 47, {"embed_user": True}),
        (sdk.search_looks, 2, {}),
        (sdk.search_dashboards, 1, {"deleted": "true,false"}),
    ]:
        whole = ids(ask(sorts="id", fields="id", **more))
        pages = []
        while page := ids(ask(sorts="id", fields="id", limit=size, offset=size * len(pages), **more)):
            pages.append(page)
        same(f"{ask.__name__} in pages", [one for page in pages for one in page], whole)
        same(f"{ask.__name__} has no element twice", len(set(whole)), len(whole))
        same(f"{ask.__name__} has full pages", {len(page) for page in pages[:-1]}, {size})


def what_is_wrong_is_told_by_field(sdk):
    folder = sdk.me().home_folder_id
    query = new_query(sdk).id
    look = models.WriteLookWithQuery
    wrong("title", "missing_field", sdk.create_look, look(query_id=query, folder_id=folder))
    wrong("query_id", "invalid", sdk.create_look, look(title="An SDK Look", query_id="999999", folder_id=folder))
    wrong("folder_id", "invalid", sdk.create_dashboard, models.WriteDashboard(title="Nowhere", folder_id="999999"))
    wrong("name", "missing_field", sdk.create_folder, {"parent_id": folder})
    wrong("type", "missing_field", sdk.create_dashboard_filter, {"dashboard_id": "1", "name": "n", "title": "t"})
    wrong("row", "invalid", sdk.create_dashboard_filter,
          {"dashboard_id": "1", "name": "n", "title": "t", "type": "field_filter", "row": "first"})
    wrong("is_disabled", "invalid", sdk.create_user, {"first_name": "Rosa", "is_disabled": "no"})
    wrong("name", "missing_field", sdk.validate_theme, models.WriteTheme(settings=models.ThemeSettings(show_title=False)))
    same("a theme that is well", sdk.validate_theme(models.WriteTheme(name="An SDK theme")), "")
    not_found(sdk.look, "999999")
    not_found(sdk.run_look, "999999", "json")


def values_have_the_types_of_the_sdk(sdk):
    look = new_look(sdk)
    # The SDK makes a text of any id and a flag of anything: what was sent must be one already.
    sent = json.loads(sdk.get(f"looks/{look.id}", str))
    types = {"id": str, "user_id": str, "query_id": str, "folder_id": str, "content_metadata_id": str, "title": str,
             "deleted": bool, "is_run_on_load": bool, "public": bool, "view_count": int, "created_at": str}
    same("the types of a Look as it is sent", {column: type(sent[column]) for column in types}, types)
    types |= {"created_at": datetime, "updated_at": datetime}
    types |= {"query": models.Query, "folder": models.FolderBase}
    same("the types of a Look", {column: type(getattr(look, column)) for column in types}, types)
    same("a time has a zone", (look.created_at.utcoffset(), is_now(look.created_at)), (timedelta(), True))
    me = json.loads(sdk.get("user", str))
    lists = [me["role_ids"], me["group_ids"]]
    same("lists of ids are of texts", {type(one) for ids in lists for one in ids}, {str})
    same("flags of a user are flags", [type(me[flag]) for flag in ["is_disabled", "is_service_account"]], [bool, bool])
    credentials = {type(one) for one in sdk.me().credentials_api3}
    same("own credentials have the SDK's type", credentials, {models.CredentialsApi3})
    sdk.delete_look(look.id)

    fields = sdk.lookml_model_explore("thelook", "orders").fields
    categories = [{field.category for field in group} for group in [fields.dimensions, fields.measures]]
    same("categories are of the enumeration", categories, [{models.Category.dimension}, {models.Category.measure}])
    styles = {field.fill_style for field in fields.dimensions}
    same("fill styles are of the enumeration", styles, {None, models.FillStyle.enumeration, models.FillStyle.range})
    task = models.WriteCreateQueryTask(query_id=new_query(sdk).id, source="test", result_format=models.ResultFormat.csv)
    created = sdk.create_query_task(task)
    same("a member of an enumeration is sent as its text", (created.result_format, created.source), ("csv", "test"))


def results_come_as_rows_and_lines(sdk):
    fields, labels = ["orders.status", "orders.count"], ["Orders Status", "Orders Count"]
    query = models.WriteQuery(model="thelook", view="orders", fields=fields, sorts=["orders.count desc"], limit="3")
    saved = sdk.create_query(query)
    look = sdk.create_look(models.WriteLookWithQuery(title="An SDK Look", query_id=saved.id, folder_id="1"))
    for name, run in [
        ("run_inline_query", lambda form: sdk.run_inline_query(form, query)),
        ("run_query", lambda form: sdk.run_query(saved.id, form)),
        ("run_look", lambda form: sdk.run_look(look.id, form)),
    ]:
        rows = json.loads(run("json"))
        same(f"{name} has rows of the fields", [list(row) for row in rows], [fields] * 3)
        counts = [row["orders.count"] for row in rows]
        same(f"{name} has sorted numbers", counts, sorted(map(int, counts), reverse=True))
        lines = list(csv.reader(io.StringIO(run("csv"))))
        same(f"{name} in csv", lines, [labels] + [[str(cell) for cell in row.values()] for row in rows])
        by_label = [dict(zip(labels, row.values())) for row in rows]
        same(f"{name} with labels", json.loads(run("json_label")), by_label)
        sql = run("sql")
        same(f"{name} as SQL", [text in sql for text in ["SELECT", *fields]], [True] * 3)
    sdk.delete_look(look.id)
    images = {form: sdk.content_thumbnail(type="look", resource_id="1", format=form) for form in ["png", "svg"]}
    same("a thumbnail is a picture", (images["png"][1:4], images["svg"][:5]), (b"PNG", "<?xml"))


SENTENCES = [
    people.a_user_is_made_changed_and_deleted,
    people.a_user_has_an_address_to_log_in_with,
    people.users_are_found_by_patterns_flags_and_either_of_two_conditions,
    content.a_look_has_the_copy_of_a_query_and_goes_to_the_trash_and_back,
    content.a_dashboard_is_changed_and_goes_to_the_trash_and_back,
    content.a_dashboard_has_elements_filters_and_layouts,
    content.a_scheduled_plan_is_made_changed_run_once_and_deleted,
    a_session_works_in_a_workspace,
    pages_hold_every_element_once,
    what_is_wrong_is_told_by_field,
    values_have_the_types_of_the_sdk,
    results_come_as_rows_and_lines,
]

sdk = looker_sdk.init40()
before = everything(sdk)
for prove in SENTENCES:
    prove(sdk)
    print(f"ok: {prove.__name__.replace('_', ' ')}")
after = everything(sdk)
for what, was in before.items():
    same(f"{what} are as they were", after[what], was)
tokens = stats()["live_tokens"]
sdk.auth.logout()
same("a logout ends the token", (tokens, stats()["live_tokens"]), (1, 0))
same("the next call logs in anew", (sdk.me().id, stats()["live_tokens"]), ("1", 1))
sdk.auth.logout()
check("all is as it was, and nobody is logged in", stats()["live_tokens"] == 0)
report()
