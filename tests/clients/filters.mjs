// Looker's own parser of filter expressions (npm's @looker/filter-expressions) and ours, on the same expressions: both
// accept the same, with the same meaning, but for what filter_differences.mjs lists. Run by `make test-clients`.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import filters from '@looker/filter-expressions'
import tierItems from '@looker/filter-expressions/dist/cjs/grammars/tier_grammar_test_expressions.js'
import i18next from 'i18next'
import { differences, wordings } from './filter_differences.mjs'
import { expressions, values } from './filter_expressions.mjs'
import { looker, meaning } from './filter_meaning.mjs'

const EACH = 3000
const FAMILIES = ['string', 'number', 'date', 'tier', 'location']
// The package tests locations, but does not export the list: these are the forms of Looker's documentation.
const LOCATIONS = [
  '36.97, -122.03',
  '40 miles from 36.97, -122.03',
  'inside box from 72.33, -173.14 to 14.39, -61.70',
  'NOT NULL',
  '-NULL',
  'NULL',
  '',
]

const lists = {
  string: filters.stringGrammarTestItems.map((item) => item.expression),
  number: filters.numberExpressionTestItems.map((item) => item.expression),
  date: filters.dateExpressionTestItems.map((item) => item.expression),
  tier: tierItems.tierGrammarTestItems.map((item) => item.expression),
  location: LOCATIONS,
}

/** What our parser says of expressions. */
const ask = (questions) => {
  const input = questions.map(({ family, text }) => JSON.stringify({ family, text })).join('\n')
  const run = spawnSync(process.env.FILTER_EXPRESSIONS, { input, encoding: 'utf8', maxBuffer: 1 << 30 })
  assert.equal(run.status, 0, run.stderr)
  const answers = run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  return questions.map((question, at) => ({ ...question, ...answers[at] }))
}

let passed = 0
const ok = (sentence) => {
  console.log(`ok: ${sentence}`)
  passed += 1
}
const failures = []
const hits = new Map(differences.map((difference) => [difference, 0]))

/** The meaning of leaves, without what `known` differences make no statement about; `refused` when there are none. */
const told = (family, leaves, known = []) => {
  if (!leaves) return 'refused'
  const forgetting = (node) => known.reduce((left, { forget }) => (forget ? forget(left) : left), node)
  return meaning(family, leaves.map(forgetting))
}

/** Whether both mean the same; if not, whether that is listed, and whether it is as listed where that can be asked. */
const compare = ({ family, text, nodes }, of = text) => {
  const [ours, theirs] = [told(family, nodes), told(family, looker(family, text))]
  if (ours === theirs) return 'same'
  const known = differences.filter((difference) => difference.families.includes(family) && difference.matches(text))
  if (known.length === 0) failures.push({ family, text, of, ours, theirs, why: 'not listed' })
  for (const difference of known) hits.set(difference, hits.get(difference) + 1)
  const checked = known.length > 0 && known.every((difference) => difference.ask || difference.forget)
  if (checked) {
    const asked = known.reduce((text, difference) => difference.ask?.(text) ?? text, text)
    const [mine, answer] = [told(family, nodes, known), told(family, looker(family, asked), known)]
    if (mine !== answer) {
      const what = known.map((difference) => difference.what)
      failures.push({ family, text, of, asked, ours: mine, theirs: answer, why: `not as listed: ${what.join('; ')}` })
    }
  }
  return checked ? 'as listed' : 'listed'
}

const report = (sentence, from) => (failures.length === from ? ok(sentence) : undefined)

const questions = FAMILIES.flatMap((family) => [
  ...lists[family].map((text) => ({ family, text, ofLooker: true })),
  ...expressions(family, EACH).map((text) => ({ family, text })),
])
const answers = ask(questions)
const written = answers.filter((answer) => answer.accepted)
const verdicts = answers.map((answer) => compare(answer))
const [same, asListed] = ['same', 'as listed'].map((is) => verdicts.filter((verdict) => verdict === is).length)
report(
  `Looker's parser and ours agree on ${same} of ${answers.length} expressions, on ${asListed} more when Looker's is asked ` +
    `as listed, and differ on ${answers.length - same - asListed} as listed`,
  0
)

let from = failures.length
const again = ask(written.map(({ family, text: of, text, ...answer }) => ({ family, of, text: answer.canonical })))
again.forEach((answer, at) => {
  const { family, text, of, nodes } = answer
  const [before, after] = [told(family, written[at].nodes), told(family, nodes)]
  if (before !== after) failures.push({ family, text, of, ours: after, theirs: before, why: 'not what it came from' })
  compare(answer, of)
})
report(`what we write is read by both as what it was made from, ${again.length} times`, from)

from = failures.length
for (const difference of differences) {
  const family = difference.families[0]
  const texts = Object.keys(difference.examples)
  for (const answer of ask(texts.map((text) => ({ family, text })))) {
    const { text, canonical = null } = answer
    const expected = difference.examples[text]
    if (canonical !== expected) failures.push({ family, text, ours: canonical, expected, why: 'not as listed' })
    const differs = difference.matches(text) && compare(answer) !== 'same'
    if (!differs) failures.push({ family, text, why: 'differs no longer' })
  }
}
report(`the ${differences.length} listed differences are still there`, from)

from = failures.length
const { locale, resources } = filters.en
const asWritten = { interpolation: { escapeValue: false }, keySeparator: false, nsSeparator: false }
await i18next.init({ lng: locale, resources, ...asWritten })
const used = new Map(wordings.map((wording) => [wording, 0]))
let alike = 0
for (const answer of answers.filter(({ ofLooker }) => ofLooker)) {
  const { family, text, summary: ours, nodes } = answer
  const theirs = filters.summary({ type: family, expression: text })
  if (ours?.toLowerCase() === theirs.toLowerCase()) {
    alike += 1
    continue
  }
  const differs = told(family, nodes) !== told(family, looker(family, text))
  const known = wordings.find((wording) => wording.matches({ family, text, ours, theirs, differs }))
  if (known) used.set(known, used.get(known) + 1)
  else failures.push({ family, text, ours, theirs, why: 'other words' })
}
for (const [wording, count] of used) if (!count) failures.push({ text: wording.what, why: 'differs no longer' })
report(`our words for Looker's own expressions are Looker's for ${alike}, and others as listed`, from)

from = failures.length
const parameter = { parameter: true, has_allowed_values: true }
const escaped = values(EACH).map((value) => {
  const tree = { type: 'match', is: true, value: [value] }
  return { family: 'parameter', value, text: filters.grammarsMap.tier.toString(tree, 'tier', parameter) }
})
for (const { text, value, canonical, nodes } of ask(escaped)) {
  if (canonical !== text || nodes[0].value !== value) {
    failures.push({ family: 'parameter', text: value, ours: canonical, theirs: text, why: 'other carets' })
  }
}
report(`values of parameters are escaped as Looker does, ${escaped.length} times`, from)

for (const failure of failures.slice(0, 20)) console.error('FAILED:', failure)
if (process.env.VERBOSE) for (const [{ what }, count] of hits) console.log(`${String(count).padStart(6)} ${what}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length ? 1 : 0
