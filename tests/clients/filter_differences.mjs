// Where our parser of filter expressions differs from Looker's package on purpose, and why. `ask` says how Looker's
// grammar must be asked to give our meaning; without it there is no way. `examples` are what we make of some of them
// (null: refused), and must differ.

import { lettersOf, nothing, unescaped, userAttribute, white } from './filter_meaning.mjs'

const isWhite = (letter) => /^\s$/u.test(letter)

// Terms of text as letters, with white space around, and the terms again as text.
const termsOf = (text) => {
  const terms = [[]]
  for (const letter of lettersOf(text)) letter === ',' ? terms.push([]) : terms.at(-1).push(letter)
  return terms
}
const eachTerm = (change) => (text) =>
  termsOf(text).map((term) => change(term).join('')).join(',')
const someTerm = (is) => (text) => termsOf(text).some(is)
const trimmed = (term) => {
  const from = term.findIndex((letter) => !isWhite(letter))
  const to = term.findLastIndex((letter) => !isWhite(letter))
  const inner = from < 0 ? [] : term.slice(from, to + 1)
  const behind = inner.findIndex((letter, at) => at > 0 && !isWhite(letter))
  return inner[0] === '-' && behind > 0 ? ['-', ...inner.slice(behind)] : inner
}

const hasWildcard = (term) => term.includes('%') || term.includes('_')
const isEscapedWhite = (letter) => letter.length > 1 && /^[\^\\]/.test(letter) && isWhite(unescaped(letter))
const startsWithWord = (term) => {
  const text = trimmed(term).join('').replace(/^-/, '')
  return !hasWildcard(term) && /^(NULL|null|EMPTY|empty)./u.test(text)
}
const daysOf = (year, month) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
const space = '[ \\t\\n\\r]*'
const attributeTag = `\\{\\{${space}_user_attributes\\[${space}(['"])(\\w+)\\2${space}\\]${space}\\}\\}`
const attributeTerm = new RegExp(`^(-?)${attributeTag}$`)
const isAttribute = (term) => attributeTerm.test(trimmed(term).join(''))
const units = '(?:second|minute|hour|day|week|month|quarter|fiscal quarter|year|fiscal year)s?'

export const differences = [
  {
    families: ['string', 'tier'],
    what: 'white space around a term is not part of it',
    reason:
      'Looker strips it: the package escapes white space at the ends of values because its server would strip it. Its own ' +
      'grammar keeps it.',
    matches: (text) => eachTerm(trimmed)(text) !== text,
    ask: eachTerm(trimmed),
    examples: { '  hello  ': 'hello', 'a, b': 'a,b', '- a': '-a' },
  },
  {
    families: ['string'],
    what: 'escaped white space beside a wildcard is part of the text',
    reason: 'The package escapes it when it writes, but its grammar takes the carets away first and trims afterwards.',
    matches: someTerm((term) => hasWildcard(term) && term.some(isEscapedWhite)),
    ask: eachTerm((term) => {
      const inner = trimmed(term)
      if (!hasWildcard(inner)) return inner
      const guarded = inner.at(-1) === '^ ' && inner.at(-2) === '^ ' ? inner.slice(0, -1) : inner
      return guarded.map((letter) => (isEscapedWhite(letter) ? white(unescaped(letter)) : letter))
    }),
    examples: { '%^ whitespace^ %': '%^ whitespace^ %', 'a^ %': 'a^ %' },
  },
  {
    families: ['string', 'tier'],
    what: '^" is a quotation mark',
    reason: "Looker's documentation says so. The package's grammar refuses it.",
    matches: (text) => lettersOf(text).includes('^"'),
    ask: (text) => lettersOf(text).map((letter) => (letter === '^"' ? '\\"' : letter)).join(''),
    examples: { '6^" pipe': '"6\\" pipe"' },
  },
  {
    families: ['string'],
    what: 'text may start with NULL or EMPTY',
    reason: 'The grammar reads the word, stumbles over the rest, and does not try again.',
    matches: someTerm(startsWithWord),
    ask: eachTerm((term) => {
      if (!startsWithWord(term)) return term
      const inner = trimmed(term)
      const at = inner[0] === '-' ? 1 : 0
      return inner.with(at, `\\u00${inner[at].charCodeAt(0).toString(16)}`)
    }),
    examples: { NULLABLE: '"NULLABLE"', 'empty seat': '"empty seat"' },
  },
  {
    families: ['string', 'tier'],
    what: '"" is the empty text',
    reason: 'The grammar takes the two quotation marks for the value, but those of any other quoted value for marks.',
    matches: someTerm((term) => /^-?""$/.test(trimmed(term).join(''))),
    ask: eachTerm((term) => trimmed(term).map((letter) => (letter === '""' ? nothing : letter))),
    examples: { '""': '""' },
  },
  {
    families: ['string', 'tier'],
    what: 'half of a character that JSON writes in two halves is refused',
    reason: 'JavaScript has such text; UTF-8, in which Looker is asked, has not.',
    matches: (text) => /\\ud[89a-f][0-9a-f]{2}/i.test(text),
    examples: { '\\ud83d': null },
  },
  {
    families: ['string', 'tier'],
    what: 'a user attribute may be negated, and stand anywhere in a list',
    reason:
      'Looker puts the value in the place of the tag, whatever stands around it. The grammar takes the underscores for ' +
      'wildcards, or refuses it.',
    matches: someTerm(isAttribute),
    ask: eachTerm((term) => {
      const [, not, , name] = attributeTerm.exec(trimmed(term).join('')) ?? []
      return name ? [not, userAttribute(name)] : term
    }),
    examples: { "-{{ _user_attributes['id'] }}": "-{{ _user_attributes['id'] }}" },
  },
  {
    families: ['string'],
    what: 'a negated user attribute has no text behind it',
    reason: 'Without the negation the grammar refuses it, too; with it, it takes the underscores for wildcards.',
    matches: someTerm((term) => /^-\{\{.*\]\s*\}\}./u.test(trimmed(term).join(''))),
    examples: { "-{{ _user_attributes['id'] }}s": null },
  },
  {
    families: ['number'],
    what: 'a user attribute may be negated',
    reason: 'As for text.',
    matches: (text) => /(not|!=|<>)\s+\{\{/i.test(text),
    examples: { "NOT {{ _user_attributes['id'] }}": "not {{ _user_attributes['id'] }}" },
  },
  {
    families: ['number'],
    what: '<>5 and !=5 need no space',
    reason: "Looker's documentation writes them so. The grammar wants a space.",
    matches: (text) => /(<>|!=)[-.\d]/.test(text),
    ask: (text) => text.replace(/(<>|!=)(?=[-.\d])/g, '$1 '),
    examples: { '<>5': 'not 5', '!=5': 'not 5' },
  },
  {
    families: ['number'],
    what: '<3 OR >80 is less than 3 or more than 80',
    reason:
      'Looker\'s documentation says so. The grammar makes it "not in (3, 80)", which leaves 3 and 80 in, and to which a ' +
      'further OR adds nothing; with a space behind the sign it reads what we read.',
    matches: (text) => /OR\s*[<>]=?[-.\d]/i.test(text),
    ask: (text) => text.replace(/(OR\s*[<>]=?)(?=[-.\d])/gi, '$1 '),
    examples: { '<3 OR >80.44': '<3,>80.44', '>=5 or <1': '>=5,<1' },
  },
  {
    families: ['number', 'location'],
    what: 'a number of 16 characters may have an exponent',
    reason: 'The package hands such text to BigInt, which knows no exponents and throws.',
    matches: (text) => /\d+e[-+]?\d+/i.test(text) && /[-\d+e]{16}/i.test(text),
    ask: (text) => text.replace(/(?<![.\d])(\d+)(?=e[-+]?\d)/gi, '$1.0'),
    examples: { '1000000000000000e2': '1000000000000000e2' },
  },
  {
    families: ['date'],
    what: 'units may be counted beyond 999',
    reason: 'The grammar reads the first four digits as a year, stumbles over the rest, and does not try again.',
    matches: (text) => new RegExp(`(^|,)\\s*[1-9]\\d{3,}\\s+${units}\\s*(,|$)`, 'i').test(text),
    ask: (text) => text.replace(new RegExp(`(^|,)(\\s*)(?=[1-9]\\d{3,}\\s+${units}\\s*(,|$))`, 'gi'), '$1$2last '),
    examples: { '1440 minutes': '1440 minutes' },
  },
  {
    families: ['date'],
    what: 'units that are away may be counted beyond 999',
    reason: 'The same.',
    matches: (text) => new RegExp(`(^|,)\\s*[1-9]\\d{3,}\\s+${units}\\s+(ago|from now)`, 'i').test(text),
    examples: { '1000 days ago': '1000 days ago', '1440 minutes from now': '1440 minutes from now' },
  },
  {
    families: ['date'],
    what: 'more units than a computer counts are refused',
    reason: 'No date is 2^64 seconds away.',
    matches: (text) => /\d{20}/.test(text),
    examples: { 'last 99999999999999999999 days': null },
  },
  {
    families: ['date'],
    what: 'days that do not exist are refused',
    reason: 'The grammar gives each month 31 days.',
    matches: (text) =>
      [...text.matchAll(/(\d{4})[-/](\d\d)[-/](\d\d)/g)].some(([, year, month, day]) => day > daysOf(+year, +month)),
    examples: { '2023-02-29': null, '2024/04/31': null },
  },
  {
    families: ['date'],
    what: 'before and after go with days of the week',
    reason: "Looker's documentation says so. The grammar refuses it.",
    matches: (text) => /(before|after)\s+\w+day/i.test(text),
    examples: { 'before Monday': 'before monday', 'after friday': 'after friday' },
  },
  {
    families: ['date'],
    what: 'today for 7 days starts today',
    reason: "The tree of the grammar has lost the day, so that all days mean the same.",
    matches: (text) => /day\s*for|tomorrow\s*for/i.test(text),
    forget: (node) => (node.type === 'dayInterval' ? { ...node, day: undefined } : node),
    examples: { 'today for 7 days': 'today for 7 days', 'Monday for 2 weeks': 'monday for 2 weeks' },
  },
  {
    families: ['date'],
    what: '3 days from now for 3 days is in the future',
    reason: 'The tree of the grammar has lost the direction when both intervals are alike: "the last 3 complete days".',
    matches: (text) => /(\d+)\s+(\w+?(?: \w+?)?)s?\s+from now\s+for\s+\1\s+\2s?\b/i.test(text),
    examples: { '3 days from now for 3 days': '3 days from now for 3 days' },
  },
]

// Where our words differ from those of Looker's `summary` on its own lists of expressions.
export const wordings = [
  {
    what: 'Looker says nothing about a pattern or a start of a unit but the expression itself; we do',
    matches: ({ theirs, text }) => theirs === text,
  },
  {
    what: 'Looker leaves the time of day out of dates; we say it',
    matches: ({ family, text }) => family === 'date' && /\d:\d/.test(text),
  },
  {
    what: 'Looker shows white space at the ends of text as it is; we put quotation marks around it',
    matches: ({ theirs, ours }) => ours.replaceAll('"', '') === theirs,
  },
  {
    what: 'Looker shows the corners of a box in degrees; we make a sentence of it',
    matches: ({ text }) => text.startsWith('inside box'),
  },
  {
    what: 'Looker says nothing about a user attribute that it has no value of; we name it',
    matches: ({ text }) => /_user_attributes/.test(text),
  },
  {
    what: 'text that we read as something else (the differences above)',
    matches: ({ differs }) => differs,
  },
]
