"""Looker's official Python SDK and our connector, one after the other, on the same sandbox.

Run by `make test-clients`, inside `looker-sandbox -- ...`, which sets the LOOKERSDK_ variables.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import looker_sdk
from looker_sdk import error, methods40, models40
from looker_sdk.rtl import api_settings, auth_session, requests_transport, serialize

from checks import check, report
from results import FORMATS, Expected, difference, host, host_rows, official_answers, queries, write_query
from results import without_empty_texts

HERE = Path(__file__).parent


def acts_as_another(sdk) -> bool:
    """Sudo as the SDK does it: one user at a time, and its token ended before the own one counts again."""
    sdk.auth.login_user(2)
    as_other = sdk.me().email
    sdk.auth.logout()
    return (as_other, sdk.me().email) == ("viewer@example.com", "admin@example.com")


class Browser(api_settings.ApiSettings):
    """The settings of an application that signs people in."""

    def __init__(self, base_url: str):
        self.values = {"client_id": "looker-connector", "redirect_uri": "http://127.0.0.1:7777/callback", "looker_url": base_url}
        super().__init__(sdk_version="test", env_prefix="LOOKERSDK")

    def read_config(self) -> dict:
        return super().read_config() | self.values


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def post(url: str, form: dict, cookie: str = ""):
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), {"Cookie": cookie})
    try:
        return urllib.request.build_opener(NoRedirect).open(request)
    except urllib.error.HTTPError as redirect:
        return redirect


def sign_in(base_url: str, email: str, password: str):
    """An SDK whose token comes from the pages on which a person signs in."""
    settings = Browser(base_url)
    transport = requests_transport.RequestsTransport.configure(settings)
    session = auth_session.OAuthSession(
        settings=settings,
        transport=transport,
        deserialize=serialize.deserialize40,
        serialize=serialize.serialize40,
        crypto=auth_session.CryptoHash(),
        version="4.0",
    )
    url = session.create_auth_code_request_url("cors_api", "a state")
    cookie = post(url, {"email": email, "password": password}).headers["Set-Cookie"].split(";")[0]
    back = post(url, {"decision": "allow"}, cookie).headers["Location"]
    code = urllib.parse.parse_qs(urllib.parse.urlparse(back).query)["code"][0]
    session.redeem_auth_code(code, session.code_verifier)
    return methods40.Looker40SDK(session, serialize.deserialize40, serialize.serialize40, transport, "4.0")


sdk = looker_sdk.init40(config_settings=None)
user = sdk.me()
check("the official SDK logs in with API credentials", bool(user.id), user)

models = {model.name: model for model in sdk.all_lookml_models()}
explores = {explore.name for explore in models["thelook"].explores or []}
check("it lists the model `thelook` with its explores", {"orders", "order_items"} <= explores, explores)

explore = sdk.lookml_model_explore("thelook", "order_items")
names = {field.name for field in explore.fields.dimensions + explore.fields.measures}
check("it reads an explore's fields into its own types", "order_items.sale_price" in names, names)

query = json.loads((HERE / "query.json").read_text())
write = write_query(query)
official = json.loads(sdk.run_inline_query("json", write))
check("it runs an inline query", len(official) == query["limit"], len(official))

ours = json.loads(host(query, "--format", "json").stdout)
check("our connector gives the same rows as the official SDK", ours == official, (ours[:2], official[:2]))

for name, body in queries(sdk).items():
    expected = Expected(body, official_answers(sdk, body, FORMATS))
    ours = host_rows(body, expected.schema())
    # In csv an empty text and a null are the same.
    pairs = [(form, [without_empty_texts(row) for row in ours] if form == "csv" else ours) for form in FORMATS]
    differences = {form: difference(expected.rows(form), rows) for form, rows in pairs}
    check(f"every format has the values of our connector: {name}", not any(differences.values()), differences)

detail = json.loads(sdk.run_inline_query("json_detail", write))
check("json_detail has the same values", [r["users.city"]["value"] for r in detail["data"]] == [r["users.city"] for r in official])

created = sdk.create_query(write)
check("a created query runs by its id", json.loads(sdk.run_query(created.id, "json")) == official)

csv = sdk.run_inline_query("csv", write)
check("csv has a header of labels and a line a row", len(csv.splitlines()) == query["limit"] + 1, csv[:200])

check("it acts as another user and is itself again", acts_as_another(sdk))

people = [found.email for found in sdk.search_users(email="person10__@example.com", sorts="id", limit=10, offset=5)]
check("it searches users by pattern, in pages", people == [f"person{n}@example.com" for n in range(1005, 1015)], people)
check("it finds an embed user by the external id", sdk.user_for_credential("embed", "ext-42").id == "8")
permissions = sdk.user_roles("1")[0].permission_set.permissions
check("it reads what roles permit", "sudo" in permissions, permissions)

sdk.update_session(models40.WriteApiSession(workspace_id="dev"))
check("it works in the development workspace", sdk.lookml_model("thelook").label == "The Look (dev)")

signed_in = sign_in(os.environ["LOOKERSDK_BASE_URL"], "viewer@example.com", "sandboxViewerSecret00002")
check("it signs in with a browser (PKCE, its own encoding)", signed_in.me().email == "viewer@example.com")

os.environ["LOOKERSDK_CLIENT_SECRET"] = "wrong"
try:
    looker_sdk.init40().me()
    check("a wrong secret is refused", False)
except error.SDKError as refused:
    check("a wrong secret is a 404", "404" in str(refused) or "Not found" in str(refused), refused)

sdk.logout()
report()
