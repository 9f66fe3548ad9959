// Looker's official Node SDK on the sandbox, used as its own integration tests use a Looker: what they make is read,
// changed, found and deleted, and in the end all is as it was.
// Run by `make test-clients`, inside `looker-sandbox -- ...`, which sets the LOOKERSDK_ variables and LOOKER_SANDBOX_URL.

import assert from 'node:assert/strict'
import { Category, Looker40SDKStream, ResultFormat } from '@looker/sdk'
import { DelimArray, pageAll, pager } from '@looker/sdk-rtl'
import { check, report } from './checks.mjs'
import { DOMAIN, ask, auth, everything, has, ids, isNow, newLook, newPeople, notFound, orders, sdk, stats, wrong } from './integration.mjs'

const before = await everything()

await check('a user is made, changed and deleted', async () => {
  const expected = { first_name: 'Rosa', last_name: 'Marx', is_disabled: false, locale: 'fr' }
  const user = await ask('create_user', expected)
  has(user, { ...expected, display_name: 'Rosa Marx' })
  assert.deepEqual(await ask('user', user.id), user)
  const changed = await ask('update_user', user.id, { is_disabled: true, locale: 'en' })
  has(changed, { ...expected, is_disabled: true, locale: 'en' })
  assert.deepEqual(await ask('user', user.id), changed)
  has(await ask('update_user', user.id, { is_disabled: false }), { ...expected, locale: 'en' })
  assert.equal(await ask('delete_user', user.id), '')
  await notFound('user', user.id)
})

await check('a user has an address to log in with', async () => {
  const { id, ...user } = await ask('create_user', { first_name: 'Rosa' })
  assert.deepEqual([user.credentials_email, user.credentials_api3], [null, []])
  for (const [name, method] of [['rosa', 'create_user_credentials_email'], ['marx', 'update_user_credentials_email']]) {
    const email = `${name}${DOMAIN}`
    has(await ask(method, id, { email }), { email, user_id: id, type: 'email' })
    const known = await ask('user_for_credential', 'email', email)
    assert.deepEqual([known.id, known.email, known.credentials_email.email], [id, email, email])
  }
  assert.equal(await ask('delete_user_credentials_email', id), '')
  has(await ask('user', id), { email: null, credentials_email: null })
  await notFound('user_for_credential', 'email', `marx${DOMAIN}`)
  await ask('delete_user', id)
})

await check('users are found by patterns, flags and either of two conditions', async () => {
  const people = await newPeople()
  const [rosa, anna, ada, anaMaria] = people
  const mine = { email: `%${DOMAIN}`, sorts: 'id' }
  for (const [conditions, found] of [
    [{}, people],
    [{ is_disabled: true }, [anaMaria]],
    [{ is_disabled: false }, [rosa, anna, ada]],
    [{ first_name: 'an%' }, [anna, anaMaria]],
    [{ first_name: 'ANNA', last_name: 'z_eig' }, [anna]],
    [{ first_name: 'an' }, []],
    [{ id: `${ada.id},${rosa.id}` }, [rosa, ada]],
  ]) {
    assert.deepEqual(await ask('search_users', { ...mine, ...conditions }), found)
  }
  const either = { first_name: 'Rosa', last_name: 'Zweig', sorts: 'id' }
  assert.deepEqual(await ask('search_users', either), [])
  assert.deepEqual(await ask('search_users', { ...either, filter_or: true }), [rosa, anna, ada])
  const names = (pattern, sorts) => ask('search_users_names', { pattern, sorts })
  assert.deepEqual(await names(`%${DOMAIN}`, 'last_name,first_name'), [anaMaria, rosa, ada, anna])
  assert.deepEqual(await names(`%${DOMAIN}`, 'first_name desc'), [rosa, anna, anaMaria, ada])
  assert.deepEqual(await names('Ana Maria'), [anaMaria])
  assert.deepEqual(await ask('all_users', { ids: new DelimArray(ids(people)), sorts: 'id' }), people)
  assert.deepEqual(await ask('user', rosa.id, 'id,last_name'), { id: rosa.id, last_name: 'Marx' })
  for (const user of people) await ask('delete_user', user.id)
  assert.deepEqual(await ask('search_users', mine), [])
})

await check('a Look has the copy of a query, and goes to the trash and back', async () => {
  const { query: original } = await ask('look', '1')
  const { model, view, fields, filters, sorts } = original
  const query = await ask('create_query', { model, view, fields, filters, sorts, limit: '4' })
  assert.notEqual(query.id, original.id)
  has(query, { model, view, fields, filters, sorts, limit: '4' })

  const me = await ask('me')
  const expected = { title: 'An SDK Look', description: 'Made by a test', deleted: false, query_id: query.id,
    folder_id: me.home_folder_id }
  const look = await ask('create_look', expected)
  has(look, { ...expected, user_id: me.id, query })
  assert.deepEqual(await ask('look', look.id), look)
  assert.equal((await ask('run_look', { look_id: look.id, result_format: 'json' })).length, 4)

  const title = 'Another SDK Look'
  has(await ask('update_look', look.id, { title }), { ...expected, title })
  const found = async (more) => ids(await ask('search_looks', { title: 'another sdk%', ...more }))
  assert.deepEqual(await ask('search_looks', { fields: 'id,title', title }), [{ id: look.id, title }])
  assert.deepEqual(await ask('search_looks', { title: expected.title }), [])

  const putAway = await ask('update_look', look.id, { deleted: true })
  has(putAway, { deleted: true, deleter_id: me.id, title })
  assert.ok(isNow(putAway.deleted_at), putAway.deleted_at)
  assert.deepEqual([await found(), await found({ deleted: true })], [[], [look.id]])
  has(await ask('update_look', look.id, { deleted: false }), { deleted: false, deleted_at: null, title })
  assert.deepEqual([await found(), await found({ deleted: true })], [[look.id], []])

  const copy = await ask('copy_look', look.id)
  assert.deepEqual([copy.id === look.id, copy.query_id], [false, query.id])
  for (const { id } of [look, copy]) {
    assert.equal(await ask('delete_look', id), '')
    await notFound('look', id)
  }
})

await check('a dashboard has elements, filters and a layout, and goes to the trash and back', async () => {
  const look = await newLook()
  const expected = { title: 'An SDK Dashboard', folder_id: look.folder_id, hidden: false, background_color: '#f6f8fa',
    title_color: '#3a4245', refresh_interval: '5 minutes', show_title: true, show_filters_bar: false }
  const { id, ...dashboard } = await ask('create_dashboard', expected)
  has(dashboard, { ...expected, deleted: false, dashboard_elements: [], dashboard_filters: [] })
  assert.ok(isNow(dashboard.created_at), dashboard.created_at)

  const elements = []
  for (const tile of [
    { type: 'vis', title: 'Query', query_id: look.query_id, note_text: 'A note', title_hidden: true },
    { type: 'vis', title: 'Look', look_id: look.id, subtitle_text: 'Below', title_hidden: false },
    { type: 'text', title_text: 'Text', body_text: 'Of *some* words' },
  ]) {
    const body = { dashboard_id: id, ...tile }
    const element = await ask('create_dashboard_element', { body })
    has(element, body)
    assert.deepEqual(await ask('dashboard_element', element.id), element)
    elements.push(element)
  }
  assert.deepEqual([elements[0].query.fields, elements[1].look.id], [orders.fields, look.id])

  const filter = { dashboard_id: id, name: 'Status', title: 'Status', type: 'field_filter', model: 'thelook',
    explore: 'orders', dimension: 'orders.status', default_value: 'Complete', row: 1, allow_multiple_values: true }
  const made = await ask('create_dashboard_filter', filter)
  has(made, { ...filter, required: false, listens_to_filters: [] })
  const changed = await ask('update_dashboard_filter', made.id, { default_value: 'Shipped', required: true })
  has(changed, { ...filter, default_value: 'Shipped', required: true })

  const whole = await ask('dashboard', id)
  assert.deepEqual([whole.dashboard_elements, whole.dashboard_filters], [elements, [changed]])
  assert.deepEqual(await ask('dashboard_dashboard_elements', id), elements)
  const [layout, ...others] = await ask('dashboard_dashboard_layouts', id)
  assert.deepEqual([layout.active, others, whole.dashboard_layouts], [true, [], [layout]])
  const places = layout.dashboard_layout_components
  assert.deepEqual(places.map((place) => place.dashboard_element_id), ids(elements))
  const place = { row: 12, column: 0, width: 24, height: 3 }
  has(await ask('update_dashboard_layout_component', places[0].id, place), place)
  has((await ask('dashboard_layout', layout.id)).dashboard_layout_components[0], place)

  const found = async (deleted) => ids(await ask('search_dashboards', { title: expected.title, deleted }))
  has(await ask('update_dashboard', id, { deleted: true }), { deleted: true, title: expected.title })
  assert.deepEqual([await found(), await found('true'), await found('true,false')], [[], [id], [id]])
  const back = await ask('update_dashboard', id, { deleted: false })
  has(back, { ...expected, deleted: false, deleted_at: null, dashboard_elements: elements, dashboard_filters: [changed] })
  assert.deepEqual([await found(), await found('true')], [[id], []])

  assert.equal(await ask('delete_dashboard_element', elements[2].id), '')
  await notFound('dashboard_element', elements[2].id)
  assert.deepEqual(ids((await ask('dashboard', id)).dashboard_elements), ids(elements.slice(0, 2)))
  assert.equal(await ask('delete_dashboard', id), '')
  await notFound('dashboard', id)
  await notFound('dashboard_element', elements[0].id)
  await notFound('dashboard_filter', made.id)
  await notFound('dashboard_layout', layout.id)
  await ask('delete_look', look.id)
})

await check('a scheduled plan is made, changed, run once and deleted', async () => {
  const look = await newLook()
  const given = { name: 'An SDK plan', look_id: look.id, crontab: '0 6 * * *', enabled: true, require_results: true }
  const destination = { format: 'csv', type: 'email', address: `rosa${DOMAIN}`, apply_formatting: true }
  const plan = await ask('create_scheduled_plan', { ...given, scheduled_plan_destination: [destination] })
  has(plan, { ...given, last_run_at: null, run_once: false })
  has(plan.scheduled_plan_destination[0], destination)
  assert.deepEqual(await ask('scheduled_plan', plan.id), plan)
  const change = { name: 'Another SDK plan', crontab: '30 7 * * 1', enabled: false }
  has(await ask('update_scheduled_plan', plan.id, change), { ...given, ...change })
  assert.deepEqual(ids(await ask('scheduled_plans_for_look', { look_id: look.id })), [plan.id])
  assert.deepEqual(ids(await ask('search_scheduled_plans', { name: 'another sdk%' })), [plan.id])
  has(await ask('scheduled_plan_run_once_by_id', plan.id, {}), { ...given, ...change })
  const { last_run_at: ranAt } = await ask('scheduled_plan', plan.id)
  assert.ok(isNow(ranAt), ranAt)
  const body = { name: 'Once', look_id: look.id, scheduled_plan_destination: [destination] }
  const once = await ask('scheduled_plan_run_once', body)
  has(once, { name: 'Once', look_id: look.id, run_once: true })
  const { deliveries } = await stats()
  assert.deepEqual([deliveries[plan.id], deliveries[once.id]], [1, 1])
  for (const { id } of [plan, once]) {
    assert.equal(await ask('delete_scheduled_plan', id), '')
    await notFound('scheduled_plan', id)
  }
  await ask('delete_look', look.id)
})

await check('a session works in a workspace', async () => {
  for (const [workspace_id, label] of [['dev', 'The Look (dev)'], ['production', 'The Look']]) {
    has(await ask('update_session', { workspace_id }), { workspace_id })
    has(await ask('session'), { workspace_id, sudo_user_id: null })
    has(await ask('lookml_model', 'thelook'), { label })
  }
  await wrong('workspace_id', 'invalid', 'update_session', { workspace_id: 'nowhere' })
})

await check('one acts as others, one after the other, and is oneself again', async () => {
  const me = await ask('me')
  for (const id of ['2', '3']) {
    await auth.login(id)
    assert.deepEqual([(await ask('me')).id, (await ask('session')).sudo_user_id], [id, me.id])
  }
  await auth.logout()
  assert.deepEqual([await ask('me'), auth.isAuthenticated(), auth.isSudo()], [me, true, false])
})

await check("the SDK's own pages hold every element once", async () => {
  // The links lead to a host that only the load balancer in front of a Looker knows.
  auth.transport.observer = (response) => {
    const own = process.env.LOOKERSDK_BASE_URL
    const link = response.headers.link?.replaceAll('https://internal.looker.example', own)
    return { ...response, headers: { ...response.headers, link } }
  }
  for (const [method, size, more] of [
    ['all_users', 60, { sorts: 'id' }],
    ['search_users', 47, { sorts: 'id', embed_user: true }],
    ['search_looks', 2, { sorts: 'title' }],
    ['search_dashboards', 1, { sorts: 'id', deleted: 'true,false' }],
  ]) {
    const wanted = { fields: 'id', ...more }
    const whole = ids(await ask(method, wanted))
    const pages = []
    const paged = await pageAll(sdk, () => sdk[method]({ ...wanted, limit: size }), (page) => pages.push(ids(page)))
    assert.deepEqual(pages.flat(), whole)
    assert.equal(new Set(whole).size, whole.length)
    const count = Math.ceil(whole.length / size)
    assert.ok(count > 1, method)
    assert.deepEqual(pages.slice(0, -1).map((page) => page.length), Array(count - 1).fill(size))
    has(paged, { limit: size, offset: size * (count - 1), total: whole.length, page: count, pages: count })
    assert.deepEqual([paged.more(), paged.hasRel('prev')], [false, true])
    assert.deepEqual(ids(await sdk.ok(paged.firstPage())), pages[0])
    assert.deepEqual(ids(await sdk.ok(paged.lastPage())), pages.at(-1))
    assert.deepEqual(ids(await sdk.ok(paged.getRel('first', whole.length))), whole)
  }
  const unpaged = await pager(sdk, () => sdk.all_dashboards('id'))
  assert.deepEqual([unpaged.limit, unpaged.more(), unpaged.items], [-1, false, await ask('all_dashboards', 'id')])
  auth.transport.observer = undefined
})

await check('Looks are found by either of two conditions', async () => {
  const [one, other] = await ask('search_looks', { sorts: 'id', limit: 2 })
  const conditions = { title: one.title, query_id: other.query_id, sorts: 'id' }
  assert.deepEqual(await ask('search_looks', conditions), [])
  assert.deepEqual(await ask('search_looks', { ...conditions, filter_or: true }), [one, other])
})

await check('what is wrong is told by field', async () => {
  const { home_folder_id: folder_id } = await ask('me')
  const { id: query_id } = await ask('create_query', orders)
  const filter = { dashboard_id: '1', name: 'n', title: 't' }
  await wrong('title', 'missing_field', 'create_look', { query_id, folder_id })
  await wrong('query_id', 'invalid', 'create_look', { title: 'An SDK Look', query_id: '999999', folder_id })
  await wrong('folder_id', 'invalid', 'create_dashboard', { title: 'An SDK Dashboard', folder_id: '999999' })
  await wrong('type', 'missing_field', 'create_dashboard_filter', filter)
  await wrong('row', 'invalid', 'create_dashboard_filter', { ...filter, type: 'field_filter', row: 'first' })
  await wrong('is_disabled', 'invalid', 'create_user', { first_name: 'Rosa', is_disabled: 'no' })
  await wrong('name', 'missing_field', 'validate_theme', { settings: { show_title: false } })
  assert.equal(await ask('validate_theme', { name: 'An SDK theme' }), '')
  await notFound('look', '999999')
  await notFound('run_look', { look_id: '999999', result_format: 'json' })
})

await check('values have the types of the SDK', async () => {
  const look = await newLook()
  const types = { id: 'string', user_id: 'string', query_id: 'string', folder_id: 'string', title: 'string',
    deleted: 'boolean', is_run_on_load: 'boolean', public: 'boolean', view_count: 'number', created_at: 'string', can: 'object' }
  has(Object.fromEntries(Object.entries(look).map(([key, value]) => [key, typeof value])), types)
  assert.ok(isNow(look.created_at) && /(Z|[+-]\d\d:\d\d)$/.test(look.created_at), look.created_at)
  const me = await ask('me')
  assert.deepEqual([...me.role_ids, ...me.group_ids].map((id) => typeof id), ['string', 'string'])
  assert.deepEqual([typeof me.is_disabled, typeof me.credentials_api3[0].client_id], ['boolean', 'string'])
  await ask('delete_look', look.id)
  const { fields } = await ask('lookml_model_explore', { lookml_model_name: 'thelook', explore_name: 'orders' })
  assert.deepEqual(new Set(fields.dimensions.map((field) => field.category)), new Set([Category.dimension]))
  assert.deepEqual(new Set(fields.measures.map((field) => field.category)), new Set([Category.measure]))
  const { id: query_id } = await ask('create_query', orders)
  const task = { query_id, source: 'test', result_format: ResultFormat.csv }
  has(await ask('create_query_task', { body: task }), { ...task, result_format: 'csv' })
})

await check('results come as rows, as lines and as a stream', async () => {
  const body = { ...orders, limit: '3' }
  const look = await newLook()
  const runs = {
    run_inline_query: (result_format) => ({ result_format, body }),
    run_query: (result_format) => ({ query_id: look.query_id, result_format }),
    run_look: (result_format) => ({ look_id: look.id, result_format }),
  }
  for (const [method, request] of Object.entries(runs)) {
    const run = (format) => ask(method, request(format))
    const rows = await run('json')
    assert.deepEqual(rows.map((row) => Object.keys(row)), Array(3).fill(orders.fields))
    const counts = rows.map((row) => row['orders.count'])
    assert.deepEqual(counts, counts.toSorted((one, other) => other - one))
    const lines = [['Orders Status', 'Orders Count'], ...rows.map((row) => Object.values(row))]
    const csv = lines.map((line) => `${line.join(',')}\n`).join('')
    assert.equal(await run('csv'), csv)
    const sql = await run('sql')
    assert.ok(sql.startsWith('SELECT') && orders.fields.every((field) => sql.includes(field)), sql)
    const streams = new Looker40SDKStream(auth)
    assert.equal(await streams[method]((response) => response.text(), request('csv')), csv)
  }
  await ask('delete_look', look.id)
  const nothing = await ask('create_query', { ...orders, filters: { 'orders.id': '-1' } })
  const none = (format) => ask('run_query', { query_id: nothing.id, result_format: format })
  assert.deepEqual([await none('json'), (await none('json_detail')).data], [[], []])
  assert.equal((await none('csv')).trim(), 'Orders Status,Orders Count')
  const image = (format) => ask('content_thumbnail', { type: 'look', resource_id: '1', format })
  assert.match(await image('png'), /^.PNG/)
  assert.match(await image('svg'), /^<\?xml/)
})

await check('all is as it was', async () => {
  assert.deepEqual(await everything(), before)
})

await check('a logout ends the token, and the next call logs in anew', async () => {
  const isAlive = async () => [auth.isAuthenticated(), (await stats()).live_tokens]
  assert.deepEqual(await isAlive(), [true, 1])
  await auth.logout()
  assert.deepEqual(await isAlive(), [false, 0])
  assert.equal((await ask('me')).id, '1')
  assert.deepEqual(await isAlive(), [true, 1])
  await auth.logout()
  assert.deepEqual(await isAlive(), [false, 0])
})

report()
