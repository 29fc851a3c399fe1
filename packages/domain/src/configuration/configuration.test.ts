import { describe, expect, it } from 'vitest'
import { changesBetween } from './configuration.ts'
import type { ConfigurationInput } from './consistency.ts'
import { configurationSchema } from './consistency.ts'

const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } }
const sound: ConfigurationInput = {
  plans: ['premium'],
  calendars: { office },
  teams: [{ name: 'supervisors' }, { name: 'engineers', calendar: 'office' }],
  categories: [
    { name: 'technical', priority: 'high', escalateTo: 'engineers', subcategories: [{ name: 'login' }] },
    { name: 'billing' },
  ],
  sla: {
    policies: [
      { name: 'premium', applies: { plans: ['premium'] }, firstResponse: '15m', resolution: '2h' },
      { name: 'login', applies: { categories: ['technical/login'] }, calendar: 'office', firstResponse: '1h' },
      { name: 'standard', calendar: 'office', firstResponse: '2h', nextResponse: '4h', resolution: '24h' },
    ],
  },
}

/** The faults of a configuration that differs from a valid one. */
function faults(change: object): readonly string[] {
  const { error } = configurationSchema.safeParse({ ...sound, ...change })
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}
const policies = (...rows: object[]) => ({ sla: { policies: rows } })
const rest = { name: 'rest', firstResponse: '2h' }
const centres = (...aroundTheClock: string[]) => ({
  centres: [{ id: 'paris', name: 'Paris', calendar: 'office', languages: ['fr'], priority: 1 }],
  aroundTheClock,
})

describe('a configuration', () => {
  it('may end its policies with one for all others, even if none is left', () => {
    const pressing = { ...rest, name: 'pressing', applies: { priorities: ['high', 'urgent'] } }
    const others = { ...rest, name: 'others', applies: { priorities: ['low', 'normal'] } }
    expect(faults(policies(pressing, others, rest))).toEqual([])
  })

  it('is valid when empty, or when its parts fit together', () => {
    expect(configurationSchema.safeParse({}).success).toBe(true)
    expect(faults({})).toEqual([])
  })

  it('may promise nothing explicitly, to tickets that escalate to nobody', () => {
    expect(faults({ teams: [{ name: 'engineers' }], ...policies({ name: 'none', promises: 'nothing' }) })).toEqual([])
    expect(faults({ categories: [], ...policies() })).toEqual([])
  })

  it('may have promises without teams, and name any teams for breaches, categories and levels', () => {
    const categories = [{ name: 'bill', escalateTo: 'billers' }]
    const levels = { 2: { team: 'engineers' } }
    const classification = {}
    const teamless = { teams: [], categories, levels, classification }
    expect(configurationSchema.safeParse(policies({ name: 'all', firstResponse: '1h' })).error).toBeUndefined()
    expect(faults({ ...teamless, ...policies(rest) })).toEqual([])
    expect(faults({ ...teamless, ...policies({ ...rest, escalateTo: 'anyone' }) })).toEqual([])
  })

  it('may promise times around the clock that centres cover, and others on a calendar', () => {
    expect(faults({ followTheSun: centres('paris'), ...policies(rest) })).toEqual([])
    expect(faults({ followTheSun: centres(), ...policies({ ...rest, calendar: 'office' }) })).toEqual([])
    expect(faults({ followTheSun: centres(), ...policies({ name: 'none', promises: 'nothing' }) })).toEqual([])
  })

  it('refuses categories that are much too deep', () => {
    let categories: unknown[] = []
    for (let level = 0; level < 20_000; level++) categories = [{ name: 'further', subcategories: categories }]
    expect(faults({ categories })).toEqual([expect.stringMatching(/: categories may lie at most 8 deep$/)])
  })

  const many = <T>(number: number, value: T) =>
    Object.fromEntries(Array.from({ length: number }, (_, index) => [`n${index}`, value]))

  it('accepts as many items of each kind as its limits, and refuses one more', () => {
    const calendars = (number: number) => ({ calendars: { office, ...many(number - 1, office) } })
    expect(faults(calendars(200))).toEqual([])
    expect(faults(calendars(201))).toEqual(['calendars: there may be at most 200 calendars'])
    const templates = (inFrench: number, inEnglish: number) => ({
      templates: { fr: many(inFrench, 'Bonjour'), en: many(inEnglish, 'Hello') },
    })
    expect(faults(templates(300, 200))).toEqual([])
    expect(faults(templates(300, 201))).toEqual([
      'templates: there may be at most 500 templates, in all languages together',
    ])
  })

  it.each([
    [
      'a calendar that is not there',
      policies({ ...rest, calendar: 'night' }),
      'sla.policies.0.calendar: there is no calendar night; there is office',
    ],
    [
      'a category that is not there',
      policies({ ...rest, applies: { categories: ['sales'] } }),
      'sla.policies.0.applies.categories.0: there is no category sales; there is technical, technical/login, billing',
    ],
    [
      'a plan that is not there',
      policies({ ...rest, applies: { plans: ['gold'] } }),
      'sla.policies.0.applies.plans.0: there is no plan gold; there is premium',
    ],
    [
      'a team that is not there',
      policies({ ...rest, escalateTo: 'nobody' }),
      'sla.policies.0.escalateTo: there is no team nobody; there is supervisors, engineers',
    ],
    [
      'an objective whose calendar is not there',
      { objectives: { calendars: { firstResponse: 'night' } } },
      'objectives.calendars.firstResponse: there is no calendar night; there is office',
    ],
    [
      'a target whose calendar is not there',
      { sla: { policies: [{ name: 'all', firstResponse: '1h', calendars: { firstResponse: 'night' } }] } },
      'sla.policies.0.calendars.firstResponse: there is no calendar night; there is office',
    ],
    [
      'a calendar of a target that is not promised',
      { sla: { policies: [{ name: 'all', firstResponse: '1h', calendars: { update: 'office' } }] } },
      'sla.policies.0.calendars.update: all promises no update: leave the calendar out',
    ],
    [
      'a team whose calendar is not there',
      { teams: [...(sound.teams ?? []), { name: 'night', calendar: 'night' }] },
      'teams.2.calendar: there is no calendar night; there is office',
    ],
    [
      'a team whose centre is not there',
      { teams: [...(sound.teams ?? []), { name: 'night', centre: 'lyon' }] },
      'teams.2.centre: there is no centre lyon',
    ],
    [
      'a policy by the calendar of the team, where no team has one',
      { teams: [{ name: 'supervisors' }, { name: 'engineers' }], ...policies({ ...rest, calendarOf: 'team' }) },
      'sla.policies.0.calendarOf: no team has a calendar or a centre',
    ],
    [
      'a policy by the calendar of the centre, where no team has one',
      {
        teams: [...(sound.teams ?? []), { name: 'night', calendar: 'office' }],
        ...policies({ ...rest, calendarOf: 'centre' }),
      },
      'sla.policies.0.calendarOf: no team has a centre',
    ],
    [
      'a category without a policy',
      policies({ name: 'premium', applies: { plans: ['premium'] }, firstResponse: '15m' }),
      'sla.policies: no policy applies to technical/login, priority low, no plan: end the table with a policy that applies to all',
    ],
    [
      'a centre whose calendar is not there',
      {
        followTheSun: {
          centres: [{ id: 'paris', name: 'Paris', calendar: 'night', languages: ['fr'], priority: 1 }],
        },
      },
      'followTheSun.centres.0.calendar: there is no calendar night; there is office',
    ],
    [
      'a shift whose calendar is not there',
      { followTheSun: { shifts: ['office', 'night'] } },
      'followTheSun.shifts.1: there is no calendar night; there is office',
    ],
    [
      'a shift twice',
      { followTheSun: { shifts: ['office', 'office'] } },
      'followTheSun.shifts.1: occurs twice: office',
    ],
    [
      'a rule for a centre that is not there',
      {
        followTheSun: {
          centres: [{ id: 'paris', name: 'Paris', calendar: 'office', languages: ['fr'], priority: 1 }],
        },
        routing: { centres: [{ centres: ['paris', 'lyon'] }] },
      },
      'routing.centres.0.centres.1: there is no centre lyon; there is paris',
    ],
    [
      'a rule of routing for a category that is not there',
      { routing: { centres: [{ centres: ['paris'], categories: ['billing', 'sales'] }] } },
      'routing.centres.0.categories.1: there is no category sales; there is technical, technical/login, billing',
    ],
    [
      'a requirement for a category that is not there',
      { routing: { requirements: { sales: { minLevel: 2 } } } },
      'routing.requirements.sales: there is no category sales; there is technical, technical/login, billing',
    ],
    [
      'categories without any policy',
      policies(),
      'sla.policies: no policy applies to the categories: end the table with one for all, though it say promises: nothing',
    ],
    [
      'a policy that promises nothing, without saying so',
      policies({ name: 'rest', calendar: 'office' }),
      'sla.policies.0: promises nothing: give it a firstResponse, nextResponse, resolution or update, or say promises: nothing',
    ],
    [
      'a policy that promises nothing, and something',
      policies({ ...rest, promises: 'nothing' }),
      'sla.policies.0.promises: says nothing, but there are promises beside it: leave one of them out',
    ],
    [
      'a promise around the clock while no centre is said to be there around the clock',
      { followTheSun: centres(), ...policies(rest) },
      'followTheSun.aroundTheClock: names no centre, but the time of the SLA policy rest passes around the clock: ' +
        'name the centres that are there at every hour together, or give the policy a calendar',
    ],
    [
      'such a promise on a calendar that is always open',
      {
        calendars: { office, always: { timeZone: 'Etc/UTC', hours: 'always' } },
        followTheSun: centres(),
        ...policies({ ...rest, calendar: 'always' }),
      },
      'followTheSun.aroundTheClock: names no centre, but the time of the SLA policy rest passes around the clock: ' +
        'name the centres that are there at every hour together, or give the policy a calendar',
    ],
    [
      'tickets without a category and without a policy',
      policies({ name: 'known', applies: { categories: ['technical', 'billing'] }, firstResponse: '2h' }),
      'sla.policies: no policy applies to a ticket without a category, priority low, no plan: end the table with a policy that applies to all',
    ],
    [
      'a policy that can never apply on a desk without categories',
      { categories: [], ...policies(rest, { name: 'late', applies: { priorities: ['urgent'] } }) },
      'sla.policies.1: late can never apply: rest above it applies to all of it',
    ],
    [
      'a policy that escalates to nobody, without naming them',
      { teams: [{ name: 'engineers' }], ...policies(rest) },
      'sla.policies.0.escalateTo: there is no team supervisors, to which a policy escalates that names no team; ' +
        'there is engineers: name one of them as escalateTo, or add supervisors to the teams',
    ],
    [
      'a policy that can never apply',
      policies(rest, { name: 'late', applies: { plans: ['premium'] } }),
      'sla.policies.1: late can never apply: rest above it applies to all of it',
    ],
    [
      'tickets of no organisation without a policy',
      policies({ name: 'acme', applies: { organisations: ['acme'] }, firstResponse: '1h' }),
      'sla.policies: no policy applies to technical/login, priority low, no plan: end the table with a policy that applies to all',
    ],
    [
      'a row of an organisation that can never apply',
      policies(rest, { name: 'late', applies: { organisations: ['acme'] } }),
      'sla.policies.1: late can never apply: rest above it applies to all of it',
    ],
    [
      'a row of organisations whose tickets those above it take between them',
      policies(
        { ...rest, name: 'acme', applies: { organisations: ['acme', 'other'], priorities: ['high', 'urgent'] } },
        { ...rest, name: 'calm', applies: { organisations: ['acme'], priorities: ['low', 'normal'] } },
        { ...rest, name: 'never', applies: { organisations: ['acme'] } },
        rest,
      ),
      'sla.policies.2: never can never apply: the policies above it take all its tickets',
    ],
    [
      'a response after the resolution',
      policies({ ...rest, resolution: '1h' }),
      'sla.policies.0.firstResponse: must not be longer than the resolution',
    ],
    [
      'a rule for a category that is not there',
      { classification: { rules: [{ name: 'r', when: { text: ['a'] }, set: { category: 'sales' } }] } },
      'classification.rules.0.set.category: there is no category sales; there is technical, technical/login, billing',
    ],
    [
      'a rule for a plan that is not there',
      { classification: { rules: [{ name: 'r', when: { plans: ['gold'] }, set: { tags: ['vip'] } }] } },
      'classification.rules.0.when.plans.0: there is no plan gold; there is premium',
    ],
    [
      'a fallback to a category that is not there',
      { classification: { fallback: { category: 'sales' } } },
      'classification.fallback.category: there is no category sales; there is technical, technical/login, billing',
    ],
    [
      'a policy whose tickets those above it take between them',
      policies(
        { ...rest, name: 'pressing', applies: { priorities: ['high', 'urgent'] } },
        { ...rest, name: 'others', applies: { priorities: ['low', 'normal'] } },
        { ...rest, name: 'login', applies: { categories: ['technical/login'] } },
        rest,
      ),
      'sla.policies.2: login can never apply: the policies above it take all its tickets',
    ],
    [
      'a calendar that never opens',
      { calendars: { office: { ...office, hours: {} } } },
      'calendars.office.hours: never opens: give a weekday a range that no break covers',
    ],
    [
      'an unknown time zone',
      { calendars: { office: { ...office, timeZone: 'Paris' } } },
      'calendars.office.timeZone: must be an IANA time zone such as Europe/Paris; UTC+4 all year round is Etc/GMT-4',
    ],
    [
      'chases out of order',
      { thresholds: { chaseAfter: ['5d', '3d'] } },
      'thresholds.chaseAfter: the chases must come in ascending order, and before closeUnansweredAfter',
    ],
    [
      'a category twice',
      { categories: [{ name: 'a' }, { name: 'a' }], ...policies(rest) },
      'categories.1.name: occurs twice: a',
    ],
  ])('is refused for %s, with its path', (_, change, fault) => {
    expect(faults(change)).toContain(fault)
  })

  it('accepts a row of organisations that are not registered yet', () => {
    const acme = { ...rest, name: 'acme', applies: { organisations: ['acme', 'other'] } }
    expect(faults(policies({ ...acme, name: 'first', applies: { organisations: ['acme'] } }, acme, rest))).toEqual([])
  })

  it('accepts any centre in the rules of routing while it has none of its own', () => {
    expect(faults({ routing: { centres: [{ centres: ['paris'] }] } })).toEqual([])
  })

  it('is refused for ranges that overlap', () => {
    const hours = { monday: ['09:00-12:00', '11:00-15:00'] }
    expect(faults({ calendars: { office: { ...office, hours } } })).toContainEqual(
      expect.stringMatching(/^calendars\.office\.hours\.monday\.1: overlaps/),
    )
  })
})

describe('the difference of two configurations', () => {
  const read = (change: object = {}) => configurationSchema.parse({ ...sound, ...change })

  it('is empty between equal ones', () => {
    expect(changesBetween(read(), read())).toEqual([])
  })

  it('goes as deep as their shapes are the same, and finds named entries wherever they are', () => {
    const changed = read({
      desk: { signature: 'The team' },
      sla: {
        policies: sound.sla?.policies?.map((row) => (row.name === 'standard' ? { ...row, firstResponse: '3h' } : row)),
      },
      plans: ['premium', 'gold'],
    })
    expect(changesBetween(read(), changed)).toEqual([
      { path: 'desk.signature', from: 'Équipe Support', to: 'The team' },
      { path: 'plans', from: ['premium'], to: ['premium', 'gold'] },
      { path: 'sla.policies.standard.firstResponse', from: 7_200_000, to: 10_800_000 },
    ])
  })

  it('shows what is new, removed, or in another order', () => {
    const policy = { name: 'night', applies: { priorities: ['low'] }, firstResponse: '8h' }
    const [first, second, last] = sound.sla?.policies ?? []
    const order = changesBetween(read(), read({ sla: { policies: [second, first, last] } }))
    expect(order).toEqual([
      { path: 'sla.policies', from: ['premium', 'login', 'standard'], to: ['login', 'premium', 'standard'] },
    ])
    expect(changesBetween(read(), read({ teams: [...(sound.teams ?? []), { name: 'night' }] }))).toMatchObject([
      { path: 'teams.night', from: undefined, to: { name: 'night' } },
    ])
    expect(changesBetween({ teams: [] }, { teams: [{ name: 'night' }] })).toMatchObject([{ path: 'teams.night' }])
    expect(changesBetween(read(), read({ sla: { policies: [first, policy, last] } }))).toMatchObject([
      { path: 'sla.policies.login', to: undefined },
      { path: 'sla.policies.night', from: undefined },
    ])
  })
})
