// One result of Looker's, as people get it in Node. Run by connector-bench; prints what it has measured as JSON.
//
//     peer.mjs sdk-json URL ROWS

const [, url, rows] = process.argv.slice(2)
Object.assign(process.env, {
  LOOKERSDK_BASE_URL: url,
  LOOKERSDK_CLIENT_ID: 'bench',
  LOOKERSDK_CLIENT_SECRET: 'bench',
})
const { LookerNodeSDK, NodeSettings } = await import('@looker/sdk-node')

const sdk = LookerNodeSDK.init40(new NodeSettings('LOOKERSDK'))
const read = async (limit) => {
  const body = { model: 'bench', view: 'bench', fields: ['orders.count'], limit: String(limit) }
  return (await sdk.ok(sdk.run_inline_query({ result_format: 'json', body }))).length
}

await read(500) // the login and the connection are not measured
const start = performance.now()
const found = await read(Number(rows))
const wall = (performance.now() - start) / 1000
const peak = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ wall, peak_memory: peak, rows: found }))
