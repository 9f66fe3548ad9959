// What the integration tests of the Node SDK share: calls, errors that must come, and what is made to be deleted again.

import assert from 'node:assert/strict'
import { LookerNodeSDK, NodeSettings } from '@looker/sdk-node'
import { LookerSDKError } from '@looker/sdk-rtl'

export const DOMAIN = '@integration.example.com'
const PEOPLE = [
  ['Rosa', 'Marx'],
  ['Anna', 'Zweig'],
  ['Ada', 'Zweig'],
  ['Ana Maria', 'Abel'],
]

export const sdk = LookerNodeSDK.init40(new NodeSettings('LOOKERSDK'))
export const auth = sdk.authSession

/** Asks by the name of a method: what the SDK hands out as an error is thrown. */
export const ask = (method, ...args) => sdk.ok(sdk[method](...args))

export const ids = (rows) => rows.map((row) => row.id)

/** A row has these values. */
export const has = (row, expected) => {
  const told = Object.fromEntries(Object.keys(expected).map((key) => [key, row[key]]))
  assert.deepEqual(told, expected)
}

export const isNow = (at) => Math.abs(Date.now() - new Date(at)) < 300_000

const refused = async (message, errors, status, method, ...args) =>
  assert.rejects(ask(method, ...args), (error) => {
    assert.ok(error instanceof LookerSDKError, `${method}: ${error}`)
    assert.equal(error.message, message)
    assert.deepEqual(error.errors.map(({ field, code }) => [field, code]), errors)
    assert.ok(error.documentation_url.includes(`/err/4.0/${status}/`), error.documentation_url)
    for (const { field, message } of error.errors) assert.ok(message.includes(field), message)
    return true
  })

export const notFound = (method, ...args) => refused('Not found', [], 404, method, ...args)

export const wrong = (field, code, method, ...args) => refused('Validation Failed', [[field, code]], 422, method, ...args)

export const stats = async () => (await fetch(`${process.env.LOOKER_SANDBOX_URL}/__sandbox/stats`)).json()

/** All that this test might leave behind. */
export const everything = async () => ({
  users: await ask('all_users', { sorts: 'id' }),
  looks: await ask('search_looks', { sorts: 'id' }),
  looksInTheTrash: await ask('search_looks', { sorts: 'id', deleted: true }),
  dashboards: await ask('search_dashboards', { sorts: 'id', deleted: 'true,false' }),
  allDashboards: await ask('all_dashboards'),
  folders: await ask('all_folders'),
  plans: await ask('all_scheduled_plans', { all_users: true }),
  session: await ask('session'),
})

export const orders = {
  model: 'thelook',
  view: 'orders',
  fields: ['orders.status', 'orders.count'],
  sorts: ['orders.count desc'],
}

export const newLook = async () => {
  const query = await ask('create_query', { ...orders, limit: '3' })
  const { home_folder_id: folder } = await ask('me')
  return ask('create_look', { title: 'An SDK Look', query_id: query.id, folder_id: folder })
}

/** People with a mail address each; the last one is disabled. */
export const newPeople = async () => {
  const made = []
  for (const [first_name, last_name] of PEOPLE) {
    const user = await ask('create_user', { first_name, last_name, is_disabled: last_name === 'Abel' })
    const email = `${first_name}.${last_name}${DOMAIN}`.replace(' ', '.').toLowerCase()
    await ask('create_user_credentials_email', user.id, { email })
    made.push(await ask('user', user.id))
  }
  return made
}
