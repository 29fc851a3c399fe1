import { describe, expect, it } from 'vitest'
import type { Availability, Profile } from '../agent/commands.ts'
import type { Agent } from '../agent/events.ts'
import { later } from '../kernel/time.ts'
import { monday } from '../testing/examples.ts'
import { agentProfile } from '../testing/specification.ts'
import { chooseAgent } from './choose-agent.ts'
import type { Colleague, AssignableWork } from './eligibility.ts'
import { routingSettingsSchema } from './settings.ts'

type ProfileParts = Partial<Profile> & {
  availability?: Availability
  tickets?: number
  lastGiven?: number
  version?: number
}

function colleague(id: string, known: ProfileParts = {}): Colleague {
  const { availability = 'available', tickets = 0, lastGiven = 0, version = 3, ...profile } = known
  const agent: Agent = {
    status: 'active',
    profile: agentProfile(profile),
    availability,
    availabilityReason: undefined,
    availableSince: monday,
    claims: {},
    claimedAt: undefined,
    updatedAt: monday,
  }
  return { id, version, agent, tickets, load: { ticket: tickets, chat: 0, phone: 0 }, lastGiven }
}

const wanted: AssignableWork = {
  category: 'technical_support/login_issues',
  language: 'fr',
  channel: 'web',
  workChannel: 'ticket',
  priority: 'normal',
  declined: [],
}

function choose(
  colleagues: readonly Colleague[],
  settings: Parameters<typeof routingSettingsSchema.parse>[0] = {},
  changes: Partial<AssignableWork> = {},
) {
  const terms = { settings: routingSettingsSchema.parse(settings), policyVersion: 'p' }
  return chooseAgent({ ...wanted, ...changes }, colleagues, terms, monday)
}
const chosen = (choice: ReturnType<typeof choose>) => (choice.kind === 'chosen' ? choice.colleague.id : choice.reason)

describe('the score of 004', () => {
  it('is 40 for the speciality, 20 for the language, 30 minus the tickets, five times the rating, 10 for being online', () => {
    const choice = choose([
      colleague('all', { specialities: ['technical_support'], languages: ['fr'], tickets: 4, rating: 9 }),
      colleague('none', { specialities: ['billing'], languages: ['en'], tickets: 29, rating: 0 }),
    ])
    expect(choice).toMatchObject({
      parts: ['speciality', 'language', 'workload', 'rating', 'online'],
      candidates: [
        { agentId: 'all', score: 141, parts: [40, 20, 26, 45, 10] },
        { agentId: 'none', score: 11, parts: [0, 0, 1, 0, 10] },
      ],
    })
    expect(chosen(choice)).toBe('all')
  })

  it('gives nothing for a workload beyond 30', () => {
    const busy = colleague('a', { tickets: 45, capacity: { ticket: 100, chat: 3, phone: 1 } })
    expect(choose([busy])).toMatchObject({ candidates: [{ parts: [0, 0, 0, 25, 10] }] })
  })

  it('applies a speciality to its subcategories, but not to categories that only begin with its name', () => {
    const at = (category: string) =>
      choose([colleague('a', { specialities: ['technical_support/login'] })], {}, { category })
    expect(at('technical_support/login/sso')).toMatchObject({ candidates: [{ parts: [40, 0, 30, 25, 10] }] })
    expect(at('technical_support/login_issues')).toMatchObject({ candidates: [{ parts: [0, 0, 30, 25, 10] }] })
  })

  it('accepts a speaker of a language for its regions', () => {
    const choice = choose([colleague('a', { languages: ['fr-CA'] })], {}, { language: 'fr-FR' })
    expect(choice).toMatchObject({ candidates: [{ parts: [0, 20, 30, 25, 10] }] })
  })
})

describe('among equals', () => {
  it('chooses the agent whose last work is the longest ago, then the smaller id', () => {
    expect(chosen(choose([colleague('b', { lastGiven: 5 }), colleague('a', { lastGiven: 9 })]))).toBe('b')
    expect(chosen(choose([colleague('b'), colleague('a')]))).toBe('a')
  })

  it('lists equal agents in order with their last work, and nobody when none is equal', () => {
    const [early, late] = [Date.parse(monday), Date.parse(monday) + 1]
    const equals = [
      colleague('c', { lastGiven: late }),
      colleague('b', { lastGiven: early }),
      colleague('d'),
      colleague('best', { rating: 4 }),
    ]
    expect(choose(equals)).toMatchObject({
      equals: [
        { agentId: 'd' },
        { agentId: 'b', lastGivenAt: monday },
        { agentId: 'c', lastGivenAt: later(monday, 1) },
      ],
    })
    expect(choose(equals.slice(0, 1))).toMatchObject({ equals: [] })
  })

  it('lists the first five', () => {
    const many = Array.from({ length: 30 }, (_, n) => colleague(`a${n}`, { lastGiven: 100 - n }))
    const choice = choose(many, { strategy: 'round_robin' })
    expect(choice.kind === 'chosen' && choice.equals.map(({ agentId }) => agentId)).toEqual(
      Array.from({ length: 5 }, (_, n) => `a${29 - n}`),
    )
  })
})

describe('the other strategies', () => {
  const three = [
    colleague('a', { tickets: 2, lastGiven: 30, rating: 10 }),
    colleague('b', { tickets: 1, lastGiven: 20 }),
    colleague('c', { tickets: 9, lastGiven: 10 }),
  ]
  it('rotate, or choose the agent with the least work', () => {
    expect(chosen(choose(three))).toBe('a')
    expect(chosen(choose(three, { strategy: 'round_robin' }))).toBe('c')
    expect(chosen(choose(three, { strategy: 'least_loaded' }))).toBe('b')
  })
})

describe('no candidate is', () => {
  const alone = (known: ProfileParts, settings = {}, changes = {}) =>
    choose([colleague('a', known)], settings, changes).excluded

  it('an agent who is not available, is full, or has declined at the known version', () => {
    expect(alone({ availability: 'break' })).toEqual({ unavailable: 1 })
    expect(alone({ tickets: 30 })).toEqual({ full: 1 })
    const declined = [{ agentId: 'a', agentVersion: 3, reason: 'agent_full' }]
    expect(alone({ version: 3 }, {}, { declined })).toEqual({ declined: 1 })
    expect(alone({ version: 4 }, {}, { declined })).toEqual({})
  })

  it('an agent who lacks what the category requires, by the longest path', () => {
    const requirements = {
      technical_support: { minLevel: 2, skills: { diagnostics: 3 } },
      'technical_support/login_issues': { skills: { identity: 4 } },
    }
    expect(alone({ level: 1 }, { requirements })).toEqual({ skill: 1 })
    expect(alone({ skills: { identity: 3 } }, { requirements })).toEqual({ skill: 1 })
    expect(alone({ skills: { identity: 4 } }, { requirements })).toEqual({})
    const other = { category: 'technical_support/other' }
    expect(alone({ skills: { diagnostics: 5 } }, { requirements }, other)).toEqual({ level: 1 })
    expect(alone({}, { requirements: { technical_support: { speciality: true } } })).toEqual({ speciality: 1 })
    expect(alone({}, { language: 'required' })).toEqual({ language: 1 })
  })

  it('an agent of another centre, when a rule requires one', () => {
    const centres = [{ centres: ['paris'], languages: ['fr'], who: 'only' }]
    expect(alone({ centre: 'toronto' }, { centres })).toEqual({ centre: 1 })
    expect(alone({ centre: 'toronto' }, { centres }, { language: 'en' })).toEqual({})
  })

  it('an agent who comes after the preferred ones', () => {
    const two = [colleague('here', { centre: 'paris', rating: 0 }), colleague('there', { rating: 10 })]
    const centres = [{ centres: ['paris'] }]
    expect(chosen(choose(two, { centres }))).toBe('here')
    expect(choose(two, { centres }).excluded).toEqual({ centre: 1 })
    expect(chosen(choose(two.slice(1), { centres }))).toBe('there')
    const speaker = colleague('speaker', { languages: ['fr'], rating: 0 })
    expect(chosen(choose([...two, speaker], { language: 'first' }))).toBe('speaker')
    expect(chosen(choose([...two, speaker], { strategy: 'language_first' }))).toBe('speaker')
    expect(chosen(choose(two, { strategy: 'language_first' }))).toBe('there')
    const specialist = colleague('specialist', { specialities: ['technical_support'], languages: ['en'] })
    expect(chosen(choose([specialist, speaker]))).toBe('specialist')
    expect(chosen(choose([specialist, speaker], { strategy: 'language_first' }))).toBe('speaker')
  })
})

describe.each([{ strategy: 'language_first' }, { language: 'first' }, { strategy: 'round_robin', language: 'first' }])(
  'those who speak the language, by %j,',
  (settings) => {
    const english = colleague('english', { languages: ['en'], rating: 10, centre: 'toronto' })
    const french = colleague('french', { languages: ['fr'], rating: 0, level: 2, centre: 'paris', lastGiven: 9 })

    it('come before a lower level', () => {
      const choice = choose([english, french], settings)
      expect(choice).toMatchObject({ colleague: { id: 'french' }, excluded: { language: 1 } })
      expect(chosen(choose([english, french], settings, { language: 'en' }))).toBe('english')
      expect(chosen(choose([english, french]))).toBe('english')
    })

    it('are of the lowest level among themselves', () => {
      const first = colleague('first', { languages: ['fr'], rating: 0, lastGiven: 99 })
      expect(choose([english, french, first], settings)).toMatchObject({
        colleague: { id: 'first' },
        excluded: { language: 1, level: 1 },
      })
    })

    it('come before the centre that a rule prefers, and the crew that takes over', () => {
      const centres = [{ centres: ['toronto'] }]
      expect(chosen(choose([english, french], { ...settings, centres }))).toBe('french')
      expect(chosen(choose([english, french], { centres }))).toBe('english')
      const towards = { kind: 'centre', name: 'toronto' } as const
      expect(chosen(choose([english, french], settings, { towards }))).toBe('french')
    })

    it('exclude agents whom a rule or the level of the ticket excludes', () => {
      const centres = [{ centres: ['toronto'], who: 'only' }]
      expect(chosen(choose([english, french], { ...settings, centres }))).toBe('english')
      expect(chosen(choose([english, french], settings, { level: 3 }))).toBe('no_suitable_agent')
    })

    it('come after the level that somebody has handed the ticket down to', () => {
      expect(chosen(choose([english, french], settings, { level: 1, handedDown: true }))).toBe('english')
    })

    it('are nobody when nobody speaks it: all others come by their levels', () => {
      const german = colleague('german', { languages: ['de'], rating: 10, level: 2 })
      expect(chosen(choose([german, english], settings))).toBe('english')
    })
  },
)

describe('where services translate', () => {
  const translates = (one: string, other: string): boolean => [one, other].toSorted().join() === 'en,fr'
  const english = colleague('english', { languages: ['en'], rating: 0, skills: { translation: 1 } })
  const other = colleague('other', { languages: ['en'], rating: 10 })
  const german = colleague('german', { languages: ['de'], rating: 10, skills: { translation: 5 } })
  const among = (settings: object, colleagues: readonly Colleague[], services: object = { translates }) => {
    const terms = { settings: routingSettingsSchema.parse(settings), policyVersion: 'p', ...services }
    return chosen(chooseAgent(wanted, colleagues, terms, monday))
  }
  const translation = { skill: 'translation' }

  it('work that nobody available speaks goes to those who work with translation', () => {
    expect(among({ translation }, [other, german, english])).toBe('english')
    expect(among({ translation: {} }, [german, english])).toBe('english')
    expect(among({ translation, language: 'required' }, [other, german, english])).toBe('english')
    expect(among({ translation }, [other, german])).toBe('german')
    expect(among({ translation, language: 'required' }, [other, german])).toBe('no_suitable_agent')
  })

  it('who speak the language come first, as long as they can take it', () => {
    const french = colleague('french', { languages: ['fr-CA'], rating: 0, level: 2 })
    const full = colleague('french', { languages: ['fr-CA'], tickets: 30 })
    for (const language of ['points', 'first', 'required'] as const) {
      expect(among({ translation, language }, [other, english, french])).toBe('french')
      expect(among({ translation, language }, [english, full])).toBe('english')
    }
  })

  it('nothing changes without a service of the pair, or without the setting', () => {
    const french = colleague('french', { languages: ['fr'], rating: 0 })
    expect(among({}, [other, french], {})).toBe('other')
    expect(among({ translation }, [other, french], {})).toBe('other')
    expect(among({ translation }, [other, english, french], { translates: () => false })).toBe('other')
    expect(among({ translation }, [other, english], {})).toBe('other')
    expect(among({ translation, language: 'required' }, [english], { translates: () => false })).toBe(
      'no_suitable_agent',
    )
    expect(among({ language: 'required' }, [english])).toBe('no_suitable_agent')
    expect(among({}, [other, english])).toBe('other')
  })
})

describe('without a candidate', () => {
  it('reports whether anybody is suitable, and what they lack', () => {
    expect(chosen(choose([]))).toBe('no_suitable_agent')
    expect(chosen(choose([colleague('a', { availability: 'offline' })]))).toBe('nobody_available')
    expect(chosen(choose([colleague('a', { tickets: 30 }), colleague('b', { availability: 'busy' })]))).toBe(
      'everybody_full',
    )
    expect(chosen(choose([colleague('a', { tickets: 30 })], { language: 'required' }))).toBe('no_suitable_agent')
  })
})

describe('a ticket that was handed up', () => {
  const expert = colleague('expert', { level: 3, specialities: ['technical_support'] })
  const engineer = colleague('engineer', { level: 2 })
  const first = colleague('first', { level: 1, specialities: ['technical_support'], languages: ['fr'], rating: 10 })

  it('goes to agents of that level, or else above it', () => {
    expect(choose([first, engineer, expert], {}, { level: 2 })).toMatchObject({
      colleague: { id: 'engineer' },
      candidates: [{ agentId: 'engineer' }],
      excluded: { level: 2 },
    })
    expect(chosen(choose([first, expert], {}, { level: 2 }))).toBe('expert')
    expect(chosen(choose([first, engineer], {}, { level: 3 }))).toBe('no_suitable_agent')
  })

  it('goes above the usual levels of its category', () => {
    const requirements = { technical_support: { maxLevel: 1 } }
    expect(chosen(choose([first, engineer, expert], { requirements }))).toBe('first')
    expect(chosen(choose([first, engineer, expert], { requirements }, { level: 2 }))).toBe('engineer')
  })

  it('goes to the crew that takes over from a shift that has ended, and to others when none of it can take it', () => {
    const [tony, pia] = [colleague('tony', { centre: 'toronto' }), colleague('pia', { centre: 'paris', rating: 10 })]
    const towards = { kind: 'centre', name: 'toronto' } as const
    expect(chosen(choose([tony, pia], {}, { towards }))).toBe('tony')
    expect(choose([tony, pia], {}, { towards }).excluded).toEqual({ crew: 1 })
    expect(chosen(choose([pia], {}, { towards }))).toBe('pia')
    const night = colleague('night', { shift: 'toronto' })
    expect(chosen(choose([pia, night], {}, { towards: { kind: 'shift', name: 'toronto' } }))).toBe('night')
  })

  it('goes to agents of the level that it is handed down to, and to others when none of them can take it', () => {
    const handedDown = { level: 2, handedDown: true } as const
    for (const levels of ['lowest_first', 'any']) {
      expect(chosen(choose([first, engineer, expert], { levels }, handedDown))).toBe('engineer')
      expect(chosen(choose([first, expert], { levels }, handedDown))).toBe('expert')
    }
  })
})

describe('an ordinary ticket', () => {
  const expert = colleague('expert', { level: 3, specialities: ['technical_support'], languages: ['fr'], rating: 10 })
  const engineer = colleague('engineer', { level: 2, rating: 9 })
  const first = colleague('first', { rating: 0 })
  const full = colleague('full', { tickets: 30 })

  it('goes to the lowest level with an agent who can take it now', () => {
    expect(choose([expert, engineer, first], {}, { priority: 'low' })).toMatchObject({
      colleague: { id: 'first' },
      candidates: [{ agentId: 'first' }],
      excluded: { level: 2 },
    })
    expect(choose([expert, engineer, full])).toMatchObject({
      colleague: { id: 'engineer' },
      excluded: { level: 1, full: 1 },
    })
  })

  it('goes to the best of all levels when the settings say so', () => {
    expect(choose([expert, engineer, first], { levels: 'any' })).toMatchObject({
      colleague: { id: 'expert' },
      candidates: [{ agentId: 'expert' }, { agentId: 'engineer' }, { agentId: 'first' }],
    })
  })
})

describe('the specialities of a centre', () => {
  const centreSpecialities = new Map([['montreal', ['technical_support']]])
  const among = (settings: object, ...colleagues: Colleague[]) => {
    const terms = { settings: routingSettingsSchema.parse(settings), policyVersion: 'p', centreSpecialities }
    return chosen(chooseAgent(wanted, colleagues, terms, monday))
  }
  const [there, elsewhere] = [colleague('z', { centre: 'montreal' }), colleague('a', { centre: 'toronto' })]

  it('apply to its agents', () => {
    expect(among({}, there, elsewhere)).toBe('z')
    expect(chosen(choose([there, elsewhere]))).toBe('a')
    const requirements = { technical_support: { speciality: true } }
    expect(among({ requirements }, there)).toBe('z')
    expect(among({ requirements }, elsewhere)).toBe('no_suitable_agent')
  })
})
