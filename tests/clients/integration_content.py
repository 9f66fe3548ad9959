"""What the official Python SDK does with content: made, read, changed, put away and back, delivered, and deleted."""

import json

from looker_sdk import models40 as models

from checks import same
from integration import DOMAIN, ids, is_now, new_look, not_found, stats, told


def a_look_has_the_copy_of_a_query_and_goes_to_the_trash_and_back(sdk):
    original = sdk.look("1").query
    same_query = {key: getattr(original, key) for key in ["model", "view", "fields", "filters", "sorts"]}
    query = sdk.create_query(models.WriteQuery(**same_query, limit="4"))
    same("a copy of a query is another one", query.id == original.id, False)
    same("a copy of a query", told(query, same_query | {"limit": ""}), same_query | {"limit": "4"})

    me = sdk.me()
    expected = {"title": "An SDK Look", "description": "Made by a test", "deleted": False, "query_id": query.id,
                "folder_id": me.home_folder_id}
    look = sdk.create_look(models.WriteLookWithQuery(**expected))
    same("a new Look", told(look, expected), expected)
    same("a new Look belongs to who made it", (look.user_id, look.user_name), (me.id, me.display_name))
    same("a new Look has the query", look.query, sdk.query(query.id))
    same("a Look is read as it was made", sdk.look(look.id), look)
    same("a Look runs", len(json.loads(sdk.run_look(look.id, "json"))), 4)

    title = sdk.update_look(look.id, models.WriteLookWithQuery(title="Another SDK Look")).title
    same("a Look has another title", (title, sdk.look(look.id).description), ("Another SDK Look", "Made by a test"))
    same("a Look is found by a pattern", ids(sdk.search_looks(title="another sdk%")), [look.id])
    same("a Look is not found by the title that it had", sdk.search_looks(title="An SDK Look"), [])

    put_away = sdk.update_look(look.id, models.WriteLookWithQuery(deleted=True))
    same("a Look is put away with its title", (put_away.deleted, put_away.title), (True, title))
    same("it is known who put it away, and when", (put_away.deleter_id, is_now(put_away.deleted_at)), (me.id, True))
    same("a Look that was put away is not found", sdk.search_looks(title=title), [])
    same("a Look that was put away is found as such", ids(sdk.search_looks(title=title, deleted=True)), [look.id])
    same("a Look that was put away is in no list", look.id in ids(sdk.all_looks("id")), False)
    back = sdk.update_look(look.id, models.WriteLookWithQuery(deleted=False))
    same("a Look is back", (back.deleted, back.deleted_at), (False, None))
    same("a Look that is back is found", ids(sdk.search_looks(title=title)), [look.id])

    copy = sdk.copy_look(look.id)
    same("a copy of a Look has the query", (copy.id == look.id, copy.query_id), (False, query.id))
    for one in [look, copy]:
        same("a Look is deleted", sdk.delete_look(one.id), "")
        not_found(sdk.look, one.id)


def a_dashboard_is_changed_and_goes_to_the_trash_and_back(sdk):
    me = sdk.me()
    expected = {"title": "An SDK Dashboard", "description": "Made by a test", "folder_id": me.home_folder_id,
                "hidden": False, "background_color": "#f6f8fa", "title_color": "#3a4245", "refresh_interval": "5 minutes",
                "show_title": True, "show_filters_bar": False}
    dashboard = sdk.create_dashboard(models.WriteDashboard(**expected))
    same("a new dashboard", told(dashboard, expected), expected)
    same("a new dashboard belongs to who made it", (dashboard.user_id, is_now(dashboard.created_at)), (me.id, True))
    same("a new dashboard is empty", (dashboard.dashboard_elements, dashboard.dashboard_filters), ([], []))
    same("a dashboard is read by its id", sdk.dashboard(dashboard.id), dashboard)
    same("a dashboard is read by its slug", sdk.dashboard(dashboard.slug).id, dashboard.id)
    expected["title"] = "Another SDK Dashboard"
    changed = sdk.update_dashboard(dashboard.id, models.WriteDashboard(title=expected["title"]))
    same("a dashboard has another title and nothing else", told(changed, expected), expected)
    search = {"title": "another sdk%", "fields": "id,title"}
    for deleted in [True, False]:
        put_away = sdk.update_dashboard(dashboard.id, models.WriteDashboard(deleted=deleted))
        same("a dashboard is put away, or is back", (put_away.deleted, put_away.title), (deleted, expected["title"]))
        same("it is known when it was put away", put_away.deleted_at and is_now(put_away.deleted_at), deleted or None)
        found = [ids(sdk.search_dashboards(**search, deleted=wanted)) for wanted in ["true", "false", "true,false"]]
        one = [dashboard.id]
        same("a dashboard is found as what it is", found, [one, [], one] if deleted else [[], one, one])
        same("a list has what was not put away", dashboard.id in ids(sdk.all_dashboards("id")), not deleted)
    same("a dashboard is deleted", sdk.delete_dashboard(dashboard.id), "")
    not_found(sdk.dashboard, dashboard.id)


def a_dashboard_has_elements_filters_and_layouts(sdk):
    look = new_look(sdk)
    dashboard = sdk.create_dashboard(models.WriteDashboard(title="An SDK Dashboard", folder_id=look.folder_id)).id

    tiles = [
        {"type": "vis", "title": "Query", "query_id": look.query_id, "note_text": "A note", "note_state": "collapsed",
         "note_display": "below", "title_hidden": True},
        {"type": "vis", "title": "Look", "look_id": look.id, "subtitle_text": "Below", "title_hidden": False},
        {"type": "text", "title_text": "Text", "body_text": "Of *some* words", "query_id": None},
    ]
    elements = []
    for tile in tiles:
        element = sdk.create_dashboard_element(models.WriteDashboardElement(dashboard_id=dashboard, **tile))
        same("a new element", told(element, tile), tile)
        same("an element belongs to its dashboard", element.dashboard_id, dashboard)
        same("an element is read as it was made", sdk.dashboard_element(element.id), element)
        elements.append(element)
    same("an element has its query", elements[0].query.fields, ["orders.status", "orders.count"])
    same("an element has its Look", elements[1].look.title, look.title)

    filters = []
    for row, multiple in enumerate([True, None]):
        given = {"name": f"Status {row}", "title": f"Status {row}", "type": "field_filter", "model": "thelook",
                 "explore": "orders", "dimension": "orders.status", "default_value": "Complete", "row": row,
                 "listens_to_filters": ["Status 0"] * row}
        made = sdk.create_dashboard_filter(
            models.WriteCreateDashboardFilter(dashboard_id=dashboard, allow_multiple_values=multiple, **given)
        )
        given |= {"allow_multiple_values": bool(multiple), "required": False, "dashboard_id": dashboard}
        same("a new filter", told(made, given), given)
        same("a filter is read as it was made", sdk.dashboard_filter(made.id), made)
        filters.append(made)
    change = {"default_value": "Shipped", "required": True}
    changed = sdk.update_dashboard_filter(filters[0].id, models.WriteDashboardFilter(**change))
    expected = change | {"title": "Status 0", "row": 0}
    same("a changed filter", told(changed, expected), expected)

    whole = sdk.dashboard(dashboard)
    same("a dashboard has its elements", whole.dashboard_elements, elements)
    same("elements are listed", sdk.dashboard_dashboard_elements(dashboard), elements)
    same("a dashboard has its filters", whole.dashboard_filters, [changed, filters[1]])
    same("filters are listed", sdk.dashboard_dashboard_filters(dashboard), [changed, filters[1]])

    (layout,) = sdk.dashboard_dashboard_layouts(dashboard)
    same("a dashboard has a layout", whole.dashboard_layouts, [layout])
    same("a new layout", (layout.active, layout.type), (True, "newspaper"))
    components = layout.dashboard_layout_components
    same("every element has a place", [place.dashboard_element_id for place in components], ids(elements))
    corners = {(place.row, place.column) for place in components}
    same("no two elements are in one place", len(corners), len(elements))
    place = {"row": 12, "column": 0, "width": 24, "height": 3}
    moved = sdk.update_dashboard_layout_component(components[0].id, models.WriteDashboardLayoutComponent(**place))
    same("an element is moved", told(moved, place), place)
    components = sdk.dashboard_layout_dashboard_layout_components(layout.id)
    same("its layout knows", told(components[0], place), place)
    second = sdk.create_dashboard_layout(models.WriteDashboardLayout(dashboard_id=dashboard, type="grid", active=False))
    same("a second layout", ids(sdk.dashboard(dashboard).dashboard_layouts), [layout.id, second.id])
    drag = sdk.update_dashboard_layout(second.id, models.WriteDashboardLayout(type="drag"))
    same("a layout is changed", (drag.id, drag.type), (second.id, "drag"))
    same("a layout is deleted", sdk.delete_dashboard_layout(second.id), "")
    not_found(sdk.dashboard_layout, second.id)

    renamed = sdk.update_dashboard_element(elements[0].id, models.WriteDashboardElement(title="Renamed"))
    same("a changed element", (renamed.title, renamed.query_id, renamed.note_text), ("Renamed", look.query_id, "A note"))
    same("an element is deleted", sdk.delete_dashboard_element(elements[2].id), "")
    not_found(sdk.dashboard_element, elements[2].id)
    left = sdk.dashboard(dashboard)
    places = [place.dashboard_element_id for place in left.dashboard_layouts[0].dashboard_layout_components]
    same("its place went with it", (ids(left.dashboard_elements), places), (ids(elements[:2]), ids(elements[:2])))
    same("a filter is deleted", sdk.delete_dashboard_filter(filters[1].id), "")
    not_found(sdk.dashboard_filter, filters[1].id)

    sdk.update_dashboard(dashboard, models.WriteDashboard(deleted=True))
    back = sdk.update_dashboard(dashboard, models.WriteDashboard(deleted=False))
    parts = (ids(back.dashboard_elements), ids(back.dashboard_filters), ids(back.dashboard_layouts))
    same("a dashboard is back with all its parts", parts, (ids(elements[:2]), [filters[0].id], [layout.id]))
    sdk.delete_dashboard(dashboard)
    not_found(sdk.dashboard_element, elements[0].id)
    not_found(sdk.dashboard_filter, filters[0].id)
    not_found(sdk.dashboard_layout, layout.id)
    sdk.delete_look(look.id)


def a_scheduled_plan_is_made_changed_run_once_and_deleted(sdk):
    look = new_look(sdk)
    given = {"name": "An SDK plan", "look_id": look.id, "crontab": "0 6 * * *", "enabled": True, "require_results": True}
    destination = {"format": "csv", "type": "email", "address": f"rosa{DOMAIN}", "apply_formatting": True}
    destinations = [models.ScheduledPlanDestination(**destination)]
    plan = sdk.create_scheduled_plan(models.WriteScheduledPlan(**given, scheduled_plan_destination=destinations))
    same("a new plan", told(plan, given), given)
    (planned,) = plan.scheduled_plan_destination
    same("a new plan has its destination", told(planned, destination), destination)
    same("a new plan belongs to who made it", (plan.user_id, plan.user.id), (sdk.me().id, sdk.me().id))
    same("a new plan has never run", (plan.last_run_at, plan.run_once), (None, False))
    same("a plan is read as it was made", sdk.scheduled_plan(plan.id), plan)
    change = {"name": "Another SDK plan", "crontab": "30 7 * * 1", "enabled": False}
    changed = sdk.update_scheduled_plan(plan.id, models.WriteScheduledPlan(**change))
    same("a changed plan", told(changed, given | change), given | change)
    same("the plans of a Look", ids(sdk.scheduled_plans_for_look(look.id)), [plan.id])
    same("own plans", plan.id in ids(sdk.all_scheduled_plans()), True)
    same("a plan is found", ids(sdk.search_scheduled_plans(name="another sdk%")), [plan.id])

    ran = sdk.scheduled_plan_run_once_by_id(plan.id, models.WriteScheduledPlan())
    same("a plan that is run once stays what it is", told(ran, given | change), given | change)
    same("it is known when it ran", is_now(sdk.scheduled_plan(plan.id).last_run_at), True)
    once = {"name": "Once", "look_id": look.id, "scheduled_plan_destination": destinations}
    once = sdk.scheduled_plan_run_once(models.WriteScheduledPlan(**once))
    same("a plan for once", (once.run_once, once.name, is_now(once.last_run_at)), (True, "Once", True))
    deliveries = stats()["deliveries"]
    same("each was delivered once", [deliveries.get(one.id) for one in [plan, once]], [1, 1])
    for one in [plan, once]:
        same("a plan is deleted", sdk.delete_scheduled_plan(one.id), "")
        not_found(sdk.scheduled_plan, one.id)
    same("no plan is left", sdk.scheduled_plans_for_look(look.id), [])
    sdk.delete_look(look.id)
