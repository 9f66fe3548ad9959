"""What the official Python SDK does with users: made, read, changed, found and deleted."""

from looker_sdk import models40 as models

from checks import same
from integration import DOMAIN, ids, not_found, told

PEOPLE = [("Rosa", "Marx"), ("Anna", "Zweig"), ("Ada", "Zweig"), ("Ana Maria", "Abel")]


def new_people(sdk) -> list:
    """People with a mail address each; the last one is disabled."""
    made = []
    for first, last in PEOPLE:
        disabled = (first, last) == PEOPLE[-1]
        user = sdk.create_user(models.WriteUser(first_name=first, last_name=last, is_disabled=disabled))
        email = f"{first}.{last}{DOMAIN}".replace(" ", ".").lower()
        sdk.create_user_credentials_email(user.id, models.WriteCredentialsEmail(email=email))
        made.append(sdk.user(user.id))
    return made


def reduced(**columns):
    """A user of nothing but these columns."""
    user = models.User()
    for column, value in columns.items():
        setattr(user, column, value)
    return user


def a_user_is_made_changed_and_deleted(sdk):
    expected = {"first_name": "Rosa", "last_name": "Marx", "is_disabled": False, "locale": "fr"}
    user = sdk.create_user(models.WriteUser(**expected))
    same("a new user", told(user, expected), expected)
    same("a new user is called", user.display_name, "Rosa Marx")
    same("a user is read as it was made", sdk.user(user.id), user)
    changed = sdk.update_user(user.id, models.WriteUser(is_disabled=True, locale="uk"))
    expected |= {"is_disabled": True, "locale": "uk"}
    same("a change leaves alone what it does not name", told(changed, expected), expected)
    same("a changed user is read as it was changed", sdk.user(user.id), changed)
    nobody = models.WriteUser(first_name=models.EXPLICIT_NULL)
    nobody.last_name = models.EXPLICIT_NULL
    sdk.update_user(user.id, nobody)
    expected |= {"first_name": "", "last_name": ""}
    same("names that are taken away are empty", told(sdk.user(user.id), expected), expected)
    same("a delete has no answer", sdk.delete_user(user.id), "")
    not_found(sdk.user, user.id)
    same("a deleted user is in no list", user.id in ids(sdk.all_users(fields="id")), False)


def a_user_has_an_address_to_log_in_with(sdk):
    user = sdk.create_user(models.WriteUser(first_name="Rosa"))
    same("a new user has no credentials", (user.credentials_email, user.credentials_api3), (None, []))
    not_found(sdk.user_credentials_email, user.id)
    for email, write in [
        (f"rosa{DOMAIN}", sdk.create_user_credentials_email),
        (f"marx{DOMAIN}", sdk.update_user_credentials_email),
    ]:
        credentials = write(user.id, models.WriteCredentialsEmail(email=email))
        same("credentials", (credentials.email, credentials.user_id, credentials.type), (email, user.id, "email"))
        known = sdk.user(user.id)
        same("the user has the address", (known.email, known.credentials_email.email), (email, email))
        same("the user is found by the address", sdk.user_for_credential("email", email).id, user.id)
    same("credentials are deleted", sdk.delete_user_credentials_email(user.id), "")
    empty = {"email": None, "credentials_email": None}
    same("the user has no address any more", told(sdk.user(user.id), empty), empty)
    not_found(sdk.user_for_credential, "email", f"marx{DOMAIN}")
    sdk.delete_user(user.id)


def users_are_found_by_patterns_flags_and_either_of_two_conditions(sdk):
    rosa, anna, ada, ana_maria = people = new_people(sdk)
    mine = {"email": f"%{DOMAIN}", "sorts": "id"}
    for conditions, found in [
        ({}, people),
        ({"is_disabled": True}, [ana_maria]),
        ({"is_disabled": False}, [rosa, anna, ada]),
        ({"first_name": "an%"}, [anna, ana_maria]),
        ({"first_name": "ANNA", "last_name": "z_eig"}, [anna]),
        ({"first_name": "an"}, []),
        ({"id": f"{ada.id},{rosa.id}"}, [rosa, ada]),
    ]:
        same(f"users by {conditions}", sdk.search_users(**mine | conditions), found)
    either = {"first_name": "Rosa", "last_name": "Zweig", "sorts": "id"}
    same("users by both conditions", sdk.search_users(**either), [])
    same("users by either condition", sdk.search_users(**either, filter_or=True), [rosa, anna, ada])
    same("nobody is found", sdk.search_users(first_name="Bad", last_name="News"), [])
    names = sdk.search_users_names
    by_name = names(pattern=f"%{DOMAIN}", sorts="last_name, first_name")
    same("users by a pattern of the address", by_name, [ana_maria, rosa, ada, anna])
    same("a user by a name with a space", names(pattern="Ana Maria"), [ana_maria])
    same("a user by a whole address", names(pattern=anna.email), [anna])
    same("users by their ids", sdk.all_users(ids=models.DelimSequence(ids(people)), sorts="id"), people)
    same("a user is reduced to fields", sdk.user(rosa.id, "id, last_name"), reduced(id=rosa.id, last_name="Marx"))
    for user in people:
        sdk.delete_user(user.id)
    same("no user is left", sdk.search_users(**mine), [])
