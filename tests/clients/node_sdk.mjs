// Looker's official Node SDK and our connector, one after the other, on the same sandbox.
// Run by `make test-clients`, inside `looker-sandbox -- ...`, which sets the LOOKERSDK_ variables.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { LookerNodeSDK, NodeSettings } from '@looker/sdk-node'

const queryFile = new URL('query.json', import.meta.url)
const query = JSON.parse(readFileSync(queryFile))
let passed = 0

const check = async (sentence, proof) => {
  await proof()
  console.log(`ok: ${sentence}`)
  passed += 1
}

const connectorRows = () => {
  const { CONNECTOR_HOST: host, CONNECTOR_PLUGINS: plugins } = process.env
  const args = ['--plugin-dir', plugins, 'query', '--body', `@${queryFile.pathname}`, '--format', 'json']
  return JSON.parse(execFileSync(host, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
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
  const body = {
    model: query.model,
    view: query.explore,
    fields: query.fields,
    filters: query.filters,
    sorts: query.sorts,
    limit: String(query.limit),
  }
  official = await sdk.ok(sdk.run_inline_query({ result_format: 'json', body }))
  assert.equal(official.length, query.limit)
})

await check('our connector gives the same rows as the official SDK', async () => {
  assert.deepEqual(connectorRows(), official)
})

await check('a wrong secret is a 404', async () => {
  process.env.LOOKERSDK_CLIENT_SECRET = 'wrong'
  const refused = LookerNodeSDK.init40(new NodeSettings('LOOKERSDK'))
  await assert.rejects(
    () => refused.ok(refused.me()),
    (error) => error.statusCode === 404 || /not found/i.test(error.message)
  )
})

await sdk.authSession.logout()
console.log(`${passed} passed, 0 failed`)
