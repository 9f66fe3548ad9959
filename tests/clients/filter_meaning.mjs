// One form for what a filter means, made from Looker's tree and from ours.

import filters from '@looker/filter-expressions'

// Stand-ins for what Looker's grammar cannot say (filter_differences.mjs): white space, nothing, a user attribute.
export const white = (character) => `\ue000${character.charCodeAt(0).toString(16).padStart(4, '0')}`
export const nothing = '\ue001'
export const userAttribute = (name) => `\ue002${name.replaceAll('_', '^_')}\ue002`

const plain = (text) =>
  text.replace(/\ue000(....)/g, (_, code) => String.fromCharCode(parseInt(code, 16))).replaceAll(nothing, '')

/** The leaves of Looker's tree; none when its parser refuses the expression. */
export const looker = (family, text) => {
  const leaves = []
  const visit = (node) => {
    if (!node) return
    visit(node.left)
    if (node.type !== ',') leaves.push(node)
    visit(node.right)
  }
  const tree = filters.parseFilterExpression(family, text)
  if (tree.type === 'matchesAdvanced') return undefined
  visit(tree)
  return leaves
}

const exact = (value) => {
  const text = typeof value === 'bigint' ? value.toString() : String(value).trim()
  try {
    return String(filters.getNumberFromString(text))
  } catch {
    return String(Number(text))
  }
}

// Letters of a term: escaped ones, and text in quotation marks as a whole.
const letter = /\^[%_,^"\- ]|\\u[0-9a-fA-F]{4}|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|[\s\S]/gu

/** The letters of an expression of text. */
export const lettersOf = (text) => text.match(letter) ?? []

/** What an escaped letter stands for. */
export const unescaped = (letter) => {
  if (letter.startsWith('^') && letter.length > 1) return letter.slice(1)
  if (/^\\u/.test(letter)) return String.fromCharCode(parseInt(letter.slice(2), 16))
  if (/^\\/.test(letter)) return { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[letter[1]] ?? letter.slice(1)
  return letter
}

const pieces = (raw) => {
  const letters = lettersOf(raw)
  const [last, before] = [letters.at(-1), letters.at(-2)]
  if (last === '^ ' && before === '^ ') letters.pop()
  return letters.map((letter) => (letter === '%' || letter === '_' ? { wildcard: letter } : unescaped(letter)))
}

const pattern = (parts) => {
  const joined = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part === '' || (part.wildcard === '%' && last?.wildcard === '%')) continue
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part
    else joined.push(part)
  }
  return joined.map((part) => (typeof part === 'string' ? plain(part) : part))
}

const any = { wildcard: '%' }
const shapes = {
  contains: (text) => [any, text, any],
  startsWith: (text) => [text, any],
  endsWith: (text) => [any, text],
}

const date = ({ year, month, day, hour, minute, second }) =>
  [year, month, day, hour, minute, second].filter((part) => part !== undefined && part !== '').map(Number)
const interval = ({ value, unit }) => [String(value), unit]

const dateLeaf = (node) => {
  const type = node.type.toLowerCase()
  switch (type) {
    case 'past':
    case 'lastinterval':
      return ['past', ...interval(node), Boolean(node.complete)]
    case 'pastago':
    case 'from now':
      return [type, ...interval(node)]
    case 'relative':
      return [type, node.intervalType, interval(node.startInterval), interval(node.endInterval)]
    case 'dayinterval':
      return [type, node.day, ...interval(node)]
    case 'before':
    case 'after':
      if (node.range === 'absolute') return [type, date(node.date)]
      return node.range === 'weekday' ? [type, node.day] : [type, ...interval(node), Boolean(node.fromnow)]
    case 'on':
      return [type, date(node.date)]
    case 'range':
      return [type, date(node.start), date(node.end)]
    case 'rangeinterval':
      return [type, date(node.start), interval(node.end)]
    case 'thisrange':
      return [type, node.startInterval, node.endInterval]
    case 'monthinterval':
      return [type, Number(node.year), Number(node.month), interval(node.end)]
    default: {
      const quarter = node.quarter && Number(String(node.quarter.quarter ?? node.quarter).replace(/^Q/, ''))
      const parts = [node.unit, node.day, node.year && Number(node.year), node.month && Number(node.month), quarter]
      return [type, ...parts.filter((part) => part !== undefined)]
    }
  }
}

const leaf = (family, node) => {
  const type = node.type
  if (type === 'user_attribute') return [[type, node.attributeName]]
  if (type === 'anyvalue') return []
  if (family === 'date') return [dateLeaf(node)]
  if (family === 'location') {
    const places = [node.distance, node.lat, node.lon, node.lat1, node.lon1].filter((part) => part !== undefined)
    return [[type, node.unit?.toLowerCase() ?? '', ...places.map((part) => String(parseFloat(part)))]]
  }
  if (type === 'between') return [[type, node.bounds, exact(node.low), exact(node.high)]]
  if (type === 'other') return [['like', pattern(node.pieces ?? pieces(node.value[0]))]]
  const each = [node.value ?? []].flat()
  if (family === 'number') return type === 'null' ? [[type]] : each.map((value) => [type, exact(value)])
  if (type === 'blank' || type === 'null') return [[type]]
  return each.map((value) => {
    const attribute = /^\ue002(\w+)\ue002$/.exec(value)
    if (attribute) return ['user_attribute', attribute[1]]
    return shapes[type] ? ['like', pattern(shapes[type](value))] : [type, plain(value)]
  })
}

/** What the leaves mean, each once, in one order. */
export const meaning = (family, leaves) => {
  const told = leaves.flatMap((node) => leaf(family, node).map((parts) => JSON.stringify([node.is !== false, parts])))
  return [...new Set(told)].sort().join(' ')
}
