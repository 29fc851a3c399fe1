import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { ConfigurationInput } from '@guichet/domain'
import { configurationSchema, defaultConfiguration } from '@guichet/domain'
import { followTheSun } from '@guichet/domain/testing'
import { readConfiguration, writeConfiguration } from './configuration-file.ts'
import { yamlLimits } from './yaml-document.ts'

const now = new Date('2026-06-01T00:00:00Z')

/** Returns the faults of a file in the format of an editor. */
async function faultsOf(text: string): Promise<readonly string[]> {
  const read = await readConfiguration(text, now)
  return read.ok ? [] : read.refusal.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)
}

describe('a configuration file', () => {
  const everything: ConfigurationInput = {
    ...followTheSun(),
    templates: { fr: { bonjour: 'Bonjour [Prénom],\n\nà bientôt: # fin' }, en: { yes: 'no' } },
  }
  it.each([
    ['the default one', defaultConfiguration],
    ['one with calendars, centres and templates', configurationSchema.parse(everything)],
    ['an empty one', configurationSchema.parse({})],
  ])('is read as it was written: %s', async (_, configuration) => {
    const text = writeConfiguration(configuration, ['the desk', 'as it is'])
    const read = await readConfiguration(text, now)
    expect(read).toMatchObject({ ok: true })
    expect(read.ok && read.value.configuration).toEqual(configuration)
    expect(writeConfiguration(configuration, ['the desk', 'as it is'])).toBe(text)
  })

  it('is written for people: durations in words, separated sections, the heading first', () => {
    const lines = writeConfiguration(defaultConfiguration, ['the desk']).split('\n')
    expect(lines.slice(0, 4)).toEqual(['# the desk', '', 'desk:', '  timeZone: Europe/Paris'])
    expect(lines).toContain('  chaseAfter: [ 3d, 5d ]')
    expect(lines).toContain('      firstResponse: 15m')
    expect(lines.filter((line) => /: \d{4,}$/.test(line))).toEqual([])
  })

  it('has the public holidays of its countries worked out', async () => {
    const text =
      'sla: {}\ncalendars: { a: { timeZone: Europe/Paris, hours: always, holidays: { countries: [FR, CA-QC] } } }'
    const read = await readConfiguration(text, now)
    expect(read.ok && Object.keys(read.value.publicHolidays)).toEqual(['FR', 'CA-QC'])
    expect(read.ok && read.value.publicHolidays['FR']).toContainEqual(expect.objectContaining({ date: '2026-07-14' }))
  })

  it.each(['desk.yaml', 'follow-the-sun.yaml', 'dubai-chat.yaml'])('is what the examples hold: %s', async (name) => {
    const text = await readFile(new URL(`../../../../examples/configuration/${name}`, import.meta.url), 'utf8')
    expect(await faultsOf(text)).toEqual([])
  })
})

describe('the faults of a configuration file', () => {
  it('are reported all at once, with their lines', async () => {
    const text = [
      'planz: [gold]',
      'desk:',
      '  timeZone: Europe/Pari',
      'sla:',
      '  policies:',
      '    - name: a',
      '      firstResponse: 1x',
      '    - name: Big',
      'calendars:',
      '  office: { timeZone: Europe/Paris, hours: { weekday: ["9-17"] } }',
    ].join('\n')
    expect(await faultsOf(text)).toEqual([
      '1:1 planz: there is no such field',
      '3:3 desk.timeZone: must be an IANA time zone such as Europe/Paris; UTC+4 all year round is Etc/GMT-4',
      '7:7 sla.policies.0.firstResponse: must be a duration such as 15m, 1h30m or 3d, of at most 3650 days',
      '8:7 sla.policies.1.name: must be 1 to 64 lower case letters, digits, _ or -, and begin with a letter or digit',
      '10:46 calendars.office.hours.weekday: there is no such field',
    ])
  })

  it('are also what does not fit together', async () => {
    const text = [
      'plans: [gold, gold]',
      'teams: [{ name: x, calendar: nights }]',
      'categories: [{ name: a }]',
      'sla:',
      '  policies:',
      '    - { name: p, applies: { plans: [silver] }, escalateTo: x, resolution: 1h }',
    ].join('\n')
    expect(await faultsOf(text)).toEqual([
      '1:15 plans.1: occurs twice: gold',
      '2:20 teams.0.calendar: there is no calendar nights',
      '5:3 sla.policies: no policy applies to a, priority low, no plan: end the table with a policy that applies to all',
      '6:37 sla.policies.0.applies.plans.0: there is no plan silver; there is gold, gold',
    ])
  })

  it('are reported for every well-formed section, beside faults of form in the others', async () => {
    const text = [
      'desk: { timeZone: Mars, defaultLanguage: xx }',
      'plans: [gold, gold]',
      'templates: { yy: {} }',
      'teams: [{ name: x, calendar: nights }]',
      'calendars: { a: { timeZone: Etc/UTC, hours: always, holidays: { countries: [ZZ] } } }',
      'categories: [{ name: a, escalateTo: nobody }]',
      'thresholds: { chaseAfter: [5d, 3d], stagnationAfter: 12 }',
      'levels: { 2: { team: nobody }, 9: {} }',
      'sla: { policies: [{ name: p, firstResponse: 4h, resolution: 2h, calendar: nights, escalateTo: x }] }',
    ].join('\n')
    expect(await faultsOf(text)).toEqual([
      expect.stringMatching(/^1:9 desk\.timeZone: must be an IANA time zone/),
      '2:15 plans.1: occurs twice: gold',
      '3:14 templates.yy: there are no words in yy',
      '4:20 teams.0.calendar: there is no calendar nights; there is a',
      expect.stringMatching(/^5:77 calendars\.a\.holidays\.countries\.0: no public holidays are known of ZZ/),
      '6:1 categories.a.escalateTo: there is no team nobody; there is x',
      expect.stringMatching(/^7:15 thresholds\.chaseAfter: the chases must come in ascending order/),
      expect.stringMatching(/^7:37 thresholds\.stagnationAfter: must have a unit/),
      '8:32 levels.9: there is no such field',
      '9:30 sla.policies.0.firstResponse: must not be longer than the resolution',
      '9:65 sla.policies.0.calendar: there is no calendar nights; there is a',
    ])
  })

  it('find none in the shortest file that promises', async () => {
    expect(await faultsOf('sla: { policies: [{ name: all, firstResponse: 1h }] }')).toEqual([])
  })

  it.each(['0h', '-1h', '0', '-1', "'0'"])('report that the duration %s must be more than zero', async (none) => {
    expect(await faultsOf(`sla: { policies: [{ name: all, firstResponse: ${none} }] }`)).toEqual([
      '1:32 sla.policies.0.firstResponse: must be more than zero',
    ])
  })

  it('blame nothing on a section whose form is faulty', async () => {
    const text = [
      'plans: [Gold]',
      'calendars: { nights: { timeZone: Mars, hours: always } }',
      'teams: [{ name: x, calendar: nights }]',
      'sla: { policies: [{ name: p, firstResponse: 4h, calendar: nights, escalateTo: x, applies: { plans: [Gold] } }] }',
    ].join('\n')
    expect((await faultsOf(text)).map((fault) => fault.split(' ')[1])).toEqual([
      'plans.0:',
      'calendars.nights.timeZone:',
      'sla.policies.0.applies.plans.0:',
    ])
  })

  it('are those of the form that was meant, where there are several', async () => {
    const text = [
      'sla: { policies: [] }',
      'incidents:',
      '  rota:',
      '    - { email: nope }',
      '    - { id: 7, emial: x }',
      '    - 7',
      '  briefed:',
      '    - { email: ann@example.org }',
    ].join('\n')
    expect(await faultsOf(text)).toEqual([
      '4:7 incidents.rota.0.id: is missing',
      '4:9 incidents.rota.0.email: is not an e-mail address',
      '5:9 incidents.rota.1.id: must be a text',
      '5:16 incidents.rota.1.emial: there is no such field',
      '6:7 incidents.rota.2: has no known form',
      '8:7 incidents.briefed.0.id: is missing',
    ])
  })

  it('report overlapping ranges once, within a day or from one into the next', async () => {
    const hours = (week: string) =>
      faultsOf(`sla: { policies: [] }\ncalendars: { a: { timeZone: Etc/UTC, hours: { ${week} } } }`)
    expect(await hours('monday: ["09:00-12:00", "11:00-13:00"]')).toEqual([
      '2:71 calendars.a.hours.monday.1: overlaps 09:00-12:00: join them, or move one',
    ])
    expect(await hours('everyDay: ["22:00-03:00", "02:00-05:00"]')).toEqual([
      '2:73 calendars.a.hours.everyDay.1: overlaps 22:00-03:00 of everyDay: join them, or move one',
    ])
  })

  it.each([
    [
      'a country that has no holidays',
      'calendars: { a: { timeZone: Etc/UTC, hours: always, holidays: { countries: [ZZ] } } }',
      /^1:77 calendars\.a\.holidays\.countries\.0: no public holidays are known of ZZ/,
    ],
    [
      'an hour that nobody covers',
      'calendars: { a: { timeZone: Etc/UTC, hours: { everyDay: ["00:00-23:00"] } } }\nfollowTheSun: { centres: [{ id: a, name: A, calendar: a, languages: [fr], priority: 1 }], aroundTheClock: [a] }',
      /^2:91 followTheSun\.aroundTheClock: leaves hours uncovered/,
    ],
    [
      'a language without words',
      'desk: { defaultLanguage: xx }',
      /^1:9 desk\.defaultLanguage: there are no words in xx/,
    ],
    [
      'a calendar that is closed for good',
      'calendars: { a: { timeZone: Etc/UTC, hours: always, closures: [{ from: "2020-01-01T00:00", to: "2500-01-01T00:00" }] } }',
      /^1:14 calendars\.a: does not open in the two years from/,
    ],
    ['no word of promises', 'desk: { signature: Us }', /^1:1 sla: is missing, and with it every promise/],
    [
      'a duration without a unit',
      'sla: { policies: [{ name: a, firstResponse: 4 }] }\nteams: [{ name: supervisors }]',
      /^1:30 sla\.policies\.0\.firstResponse: must have a unit, such as 4m or 4h$/,
    ],
    [
      'a duration in quotes without a unit',
      "sla: { policies: [{ name: a, firstResponse: '60' }] }",
      /^1:30 sla\.policies\.0\.firstResponse: must have a unit, such as 60m or 60h$/,
    ],
    ['nothing', '', /^1:1 : is empty/],
    ['several documents', 'plans: []\n---\nplans: []', /several/],
    ['no YAML', 'desk: [', /^1:8 /],
    ['a field that occurs twice', 'plans: []\nplans: []', /^2:1 : occurs twice/],
    ['a tag', 'plans: !!set { a }', /tag/],
    ['code', 'plans: !!js/function "() => 1"', /tag/],
    ['a field with no name', '[1]: 2', /must be the name of a field/],
    ['too deep nesting', `${'['.repeat(60)}${']'.repeat(60)}`, /deep/],
    ['far too deep nesting', '['.repeat(100_000), /deep/],
    ['too much', `# ${'x'.repeat(yamlLimits.bytes)}`, /bytes at most/],
    ['too many aliases', `plans: [&a gold${', *a'.repeat(yamlLimits.aliases + 1)}]`, /one alias too many/],
    ['aliases of aliases', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]', /must stand for something without aliases/],
  ])('report %s', async (_, text, expected) => {
    expect(await faultsOf(text)).toContainEqual(expect.stringMatching(expected))
  })

  it('do not include what an anchor saves', async () => {
    const text =
      'sla: {}\ncalendars:\n  a: { timeZone: Etc/UTC, hours: &hours { weekdays: ["09:00-17:00"] } }\n  b: { timeZone: Europe/Paris, hours: *hours }'
    expect(await faultsOf(text)).toEqual([])
  })
})

it.each([
  ['a map', (keys: readonly string[]) => keys.map((key) => `${key}: 1`).join('\n')],
  ['JSON', (keys: readonly string[]) => `{${keys.map((key) => `"${key}":1`).join(',')}}`],
  ['a map within', (keys: readonly string[]) => `sla:\n${keys.map((key) => `  ${key}: 1`).join('\n')}`],
])(
  'reads %s with a great many keys once, not each of them again for each other',
  { timeout: 60_000 },
  async (_, of) => {
    const read = await readConfiguration(of(Array.from({ length: 60_000 }, (_, n) => `k${n}`)), new Date())
    expect(read.ok).toBe(false)
  },
)
