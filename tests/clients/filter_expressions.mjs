// Filter expressions to compare parsers on: sentences of each family, and such with mistakes. The same ones each time.

const SEED = 20260101

let state = SEED
const random = (below) => {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below
}
const one = (...choices) => {
  const choice = choices[random(choices.length)]
  return typeof choice === 'function' ? choice() : choice
}
const maybe = (text) => (random(2) ? text : '')
const many = (most, make) => Array.from({ length: 1 + random(most) }, make)

const space = () => one(' ', ' ', ' ', '  ', '\t')
const gap = () => one('', ' ', ' ', '  ')
const cased = (text) => one(text, text, text.toUpperCase(), text[0].toUpperCase() + text.slice(1))
const attribute = () => one("{{ _user_attributes['sales_region'] }}", '{{_user_attributes["id"]}}')

const digits = () => one('0', '1', '5', '7', '42', '100', '2018', '9007199254740993')
const unsigned = () => one(digits, digits, () => `${digits()}.${digits()}`, '.5', '1e3', '2.5E-2')
const number = () => one('', '', '', '-') + unsigned()

const low = () => one(number, number, '', '-inf')
const high = () => one(number, number, '', 'inf')
const interval = () => [one('(', '['), low(), ',', high(), one(')', ']')].join(gap())
const side = (sign) => `${sign}${maybe('=')}${gap()}${number()}`
const numberTerm = () =>
  one('', '', '', () => one('not ', 'NOT ', '!= ', '<> ', '!=', '<>', 'not')) +
  one(
    number,
    number,
    interval,
    () => cased('null'),
    () => side(one('<', '>')),
    () => `${number()}${gap()}${cased('to')}${gap()}${maybe(number())}`,
    () => `to ${number()}`,
    () => `>${maybe('=')}${number()} ${cased('and')} <${maybe('=')}${number()}`,
    () => `<${maybe('=')}${number()} ${cased('or')} >${maybe('=')}${number()}`,
    attribute
  )
const numbers = () => many(4, numberTerm).join(one(',', ', ', ' OR ', ' or ', ' , '))

const plain = ['FOO', 'bar', 'a', ' ', 't-shirt', "O'Neil", 'ä', '😀', 'NULL', 'empty', '5']
const escapes = ['^%', '^_', '^,', '^^', '^-', '^ ', '^"', '\\"', '\\\\', '\\n', '\\u00e4', '\\,']
const letters = () => many(4, () => one(...plain, ...escapes)).join('')
const quoted = () => `"${many(4, () => one(letters, '%', '_', ',', '^', ' ', '-')).join('').replaceAll('^"', '')}"`
const around = () => one('', '', '', '', ' ')
const stringTerm = () =>
  around() +
  maybe(maybe('-')) +
  one(
    letters,
    letters,
    quoted,
    () => `%${letters()}%`,
    () => `${letters()}%`,
    () => `%${letters()}`,
    () => many(4, () => one('%', '_', letters)).join(''),
    () => one('NULL', 'null', 'EMPTY', 'empty', 'Null', 'NULLABLE', 'null set', 'FOO', 'BAR', '""'),
    attribute
  ) +
  around()
const strings = () => many(3, stringTerm).join(',')
const tier = () => one(letters, letters, quoted, '10 to 19', 'Below 0', '""', attribute)
const tiers = () => many(3, () => around() + maybe(maybe('-')) + tier()).join(one(',', ', '))

const clock = ['second', 'minute', 'hour']
const calendar = ['day', 'week', 'month', 'quarter', 'fiscal quarter', 'year', 'fiscal year']
const unit = () => cased(one(...clock, ...calendar)) + one('', 's', 'S')
const units = () => `${one('0', '1', '2', '3', '7', '30', '365', '1440')}${space()}${unit()}`
const year = () => one('2018', '2024', '1999', '0001')
const month = () => one('01', '02', '06', '12')
const dash = () => one('-', '-', '/')
const day = () => `${year()}${dash()}${month()}${dash()}${one('01', '05', '15', '28', '29', '30', '31')}`
const moment = () => day() + one('', '', ' 12:00', ' 05:30:59', '  23:59')
const weekday = () => cased(one('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'))
const away = () => `${units()} ${one('ago', 'from now')}`
const edge = () => one(units, away, moment, weekday, 'today', '2018', '2018-05')
const named = () => one(weekday, () => cased(one('today', 'yesterday', 'tomorrow')))
const dateTerm = () =>
  one(
    units,
    () => `${units()} ago`,
    () => `${units()} ${cased('from now')}`,
    () => `${units()} ${one('ago', 'from now')} for ${units()}`,
    () => one('3 days ago for 3 days', '2 weeks from now for 2 weeks'),
    () => `${cased(one('last', 'this', 'next'))}${gap()}${unit()}`,
    () => `last${gap()}${units()}`,
    () => `this ${unit()} to ${unit()}`,
    named,
    () => `${named()}${gap()}for${gap()}${units()}`,
    () => `${cased(one('before', 'after'))} ${edge()}`,
    () => `${one('before', 'after')}${gap()}${cased(one('this', 'next', 'last'))}${gap()}${unit()}`,
    moment,
    () => `${moment()}${space()}${cased(one('to', 'for'))}${space()}${one(moment, units)}`,
    () => one(year, () => `${year()}${dash()}${month()}`, () => `${year()}-${one('Q', 'q')}${one('1', '4', '5')}`),
    () => `${year()}-${month()} for ${units()}`,
    () => `FY${year()}${maybe(`-Q${one('1', '2', '3', '4')}`)}`,
    () => cased(one('null', 'not null')),
    attribute
  )
const dates = () => many(3, dateTerm).join(one(',', ', ', ' , '))

const latitude = () => one('36.97', '-36.97', '0', '90', '90.1', '-1e1', '72')
const longitude = () => one('-122.03', '122', '180', '-181', '.5')
const place = () => [latitude(), ',', longitude()].join(gap())
const distance = () => `${one('40', '0.5', '1e3', '-3')}${gap()}${cased(one('miles', 'feet', 'meters', 'kilometers', 'mile'))}`
const locations = () =>
  one(
    place,
    () => [distance(), cased('from'), place()].join(gap()),
    () => [cased('inside'), 'box', 'from', place(), 'to', place(), ''].join(gap()),
    () => cased(one('null', 'not null', 'notnull', '-null')),
    attribute
  )

const noise = Array.from('-,"^%_\\ \t\n()[]<>=!.:/0159aesTOnN{}\'äÄ\u00a0\ufeff')
const mutated = (text) => {
  const characters = Array.from(text)
  for (let times = 1 + random(2); times > 0; times -= 1) {
    const at = random(characters.length + 1)
    const there = characters[at] ?? ''
    one(
      () => characters.splice(at, 1),
      () => characters.splice(at, 0, one(...noise)),
      () => characters.splice(at, 1, one(...noise)),
      () => characters.splice(at, 1, there === there.toUpperCase() ? there.toLowerCase() : there.toUpperCase()),
      () => characters.splice(at, 0, there),
      () => characters.splice(at, characters.length)
    )
  }
  return characters.join('')
}

/** Expressions of one family, half of them with mistakes. */
export const expressions = (family, count) => {
  const make = { string: strings, number: numbers, date: dates, tier: tiers, location: locations }[family]
  return Array.from({ length: count }, () => (random(2) ? make() : mutated(make())))
}

/** Values of parameters. */
export const values = (count) =>
  Array.from({ length: count }, () => many(6, () => one('a', 'sale_price', ' ', '5', ...noise)).join(''))
