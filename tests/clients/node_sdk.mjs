// Looker's official Node SDK and our connector, one after the other, on the same sandbox.
// Run by `make test-clients`, inside `looker-sandbox -- ...`, which sets the LOOKERSDK_ variables.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { LookerNodeSDK, NodeSettings } from '@looker/sdk-node'
import { check, report } from './checks.mjs'

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url)))
const query = read('query.json')
const queries = read('queries.json')

const connectorRows = (body) => {
  const { CONNECTOR_HOST: host, CONNECTOR_PLUGINS: plugins } = process.env
  const args = ['--plugin-dir', plugins, 'query', '--body', '-', '--format', 'json']
  return JSON.parse(execFileSync(host, args, { input: JSON.stringify(body), stdio: 'pipe', maxBuffer: 1 << 30 }))
}

const writeQuery = ({ explore, limit, column_limit: columns, dynamic_fields: own, ...same }) => ({
  ...same,
  view: explore,
  limit: limit && String(limit),
  column_limit: columns && String(columns),
  dynamic_fields: own && JSON.stringify(own),
})

/** Looker's `2024-02-29 17[:46[:05[.123]]]` as the connector's JSON has it. */
const asTime = (text) => {
  const [day, time] = text.split(' ')
  const [clock, fraction] = time.split('.')
  const whole = [...clock.split(':'), '00', '00'].slice(0, 3).join(':')
  return `${day}T${whole}${Number(fraction) ? `.${fraction}` : ''}`
}

/** Looker's cell as the connector's JSON has it. Those of a pivot stand by their keys within the names of its fields. */
const typed = (cell, type) => {
  if (cell === null) return null
  if (typeof cell === 'object') {
    const [pivot] = Object.values(cell)
    return Object.fromEntries(Object.entries(pivot).map(([key, value]) => [key, typed(value, type)]))
  }
  if (type === 'yesno') return { Yes: true, No: false }[cell]
  const isTime = /^date_(time|second|millisecond|microsecond|minute\d*|hour\d*)$/.test(type)
  return isTime ? asTime(cell) : cell
}

const sdk = LookerNodeSDK.init40(new NodeSettings('LOOKERSDK'))

await check('the official SDK logs in with API credentials', async () => {
  assert.ok((await sdk.ok(sdk.me())).id)
})

await check('it lists the model `thelook` with its explores', async () => {
  const models = await sdk.ok(sdk.all_lookml_models({}))
  const explores = models.find((model) => model.name === 'thelook').explores.map((explore) => explore.name)
  assert.ok(explores.includes('orders') && explores.includes('order_items'), explores)
})

let official
await check('it runs an inline query', async () => {
  official = await sdk.ok(sdk.run_inline_query({ result_format: 'json', body: writeQuery(query) }))
  assert.equal(official.length, query.limit)
})

await check('our connector gives the same rows as the official SDK', async () => {
  assert.deepEqual(connectorRows(query), official)
})

for (const [name, body] of Object.entries(queries)) {
  // How rows are delivered is the connector's own.
  const { numbers, decimal_scale, dictionaries, lists, pivot_shape, ...asked } = body
  if (asked.sql) continue
  await check(`the values are those of our connector: ${name}`, async () => {
    const { fields } = await sdk.ok(sdk.lookml_model_explore({ lookml_model_name: asked.model, explore_name: asked.explore }))
    const types = Object.fromEntries([...fields.dimensions, ...fields.measures].map((field) => [field.name, field.type]))
    for (const own of asked.dynamic_fields ?? []) {
      types[own.dimension ?? own.measure ?? own.table_calculation] = own._type_hint
    }
    const rows = await sdk.ok(sdk.run_inline_query({ result_format: 'json', body: writeQuery(asked) }))
    const cells = (row) => Object.entries(row).map(([field, cell]) => [field, typed(cell, types[field])])
    const ours = connectorRows({ ...asked, pivot_shape: 'struct' })
    assert.deepEqual(ours, rows.map((row) => Object.fromEntries(cells(row))))
  })
}

await check('a wrong secret is a 404', async () => {
  process.env.LOOKERSDK_CLIENT_SECRET = 'wrong'
  const refused = LookerNodeSDK.init40(new NodeSettings('LOOKERSDK'))
  await assert.rejects(
    () => refused.ok(refused.me()),
    (error) => error.statusCode === 404 || /not found/i.test(error.message)
  )
})

await sdk.authSession.logout()
report()
