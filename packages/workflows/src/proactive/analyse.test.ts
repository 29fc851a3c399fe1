import { describe, expect, it } from 'vitest'
import type { AnalysedActivity, Desk, Instant, ProactiveSettingsInput, RefusalCode } from '@guichet/domain'
import { configurationSchema, days, defaultProactiveSettings, deny, later, minutes, refusal } from '@guichet/domain'
import { deskAround, deskInMemory, Died, monday } from '@guichet/domain/testing'
import type { AnalysisParts } from './analyse.ts'
import { analysePerson } from './analyse.ts'
import type { PersonReader, PersonTicket } from './person-context.ts'

const ana = { kind: 'agent', id: 'ana' } as const
const { signal } = new AbortController()

/** Activities as they were reported, by the id of whoever reported them. */
type Reported = AnalysedActivity & { readonly personId: string }

/** Errors of a person: the first some minutes before a moment, the others an hour and a half apart. */
const errors = (personId: string, code: string, count: number, before: Instant): readonly Reported[] =>
  Array.from({ length: count }, (_, index) => ({
    personId,
    kind: 'error_occurred',
    code,
    at: later(before, -minutes(5 + 90 * index)),
    page: undefined,
    version: undefined,
    detail: {},
  }))

/** A desk on Monday whose clock can be moved, its activities, and how often an analysis has read a person's context. */
class Scene {
  now: Instant = monday
  readonly desk: Desk = deskInMemory({ now: () => this.now })
  readonly reported: Reported[] = []
  contexts = 0
  readonly #survivors: Readonly<Record<string, string>>

  constructor(survivors: Readonly<Record<string, string>> = {}) {
    this.#survivors = survivors
  }

  parts(changes: Partial<AnalysisParts> = {}): AnalysisParts {
    const people: PersonReader = {
      identify: async (personId) => {
        const id = this.#survivors[personId] ?? personId
        const merged = Object.keys(this.#survivors).filter((each) => this.#survivors[each] === id)
        return { id, ids: [id, ...merged], plan: undefined, language: 'en', timeZone: 'UTC' }
      },
      ticketsOf: async () => {
        this.contexts += 1
        return []
      },
      colleaguesOf: async () => [],
      isCurrent: async () => true,
    }
    return {
      desk: this.desk,
      settings: async () => (await this.desk.configuration())?.proactive ?? defaultProactiveSettings,
      trouble: {
        activitiesOf: async (personIds, since) =>
          this.reported.filter(({ personId, at }) => personIds.includes(personId) && at >= since),
        troubleSpells: async () => new Map(),
        spreads: async () => new Map(),
        countsAmong: async () => new Map(),
        rates: async () => () => 0.05,
      },
      people,
      openIncidents: async () => new Set(),
      analysers: () => [],
      onError: (error) => {
        throw error
      },
      ...changes,
    }
  }

  async configure(proactive: ProactiveSettingsInput = {}): Promise<this> {
    const configuration = configurationSchema.parse({ proactive: { holdout: 0, ...proactive } })
    const applied = await this.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana })
    expect(applied).toMatchObject({ ok: true })
    return this
  }

  analyse(personId: string, changes: Partial<AnalysisParts> = {}, isRepeated = false): Promise<Instant | undefined> {
    return analysePerson(this.parts(changes), { personId, signal, isHeld: async () => true, isRepeated })
  }

  async suspected(personId: string): Promise<readonly string[]> {
    const { state } = await this.desk.read('draft', personId)
    return state.drafts.map(({ suspicion }) => suspicion.code)
  }

  async send(personId: string, command: { type: 'dismiss'; number: number } | { type: 'switchOff' }): Promise<void> {
    const by = { kind: 'customer', id: personId } as const
    expect(await this.desk.execute('draft', personId, command, { by })).toMatchObject({ ok: true })
  }
}

describe('an analysis', () => {
  it('suspects other trouble while that of a dismissed draft is silent', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 10, scene.now))
    await scene.analyse('zoe')
    await scene.send('zoe', { type: 'dismiss', number: 1 })
    scene.now = later(scene.now, days(2))
    scene.reported.push(...errors('zoe', 'E_A', 10, scene.now))
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
    scene.reported.push(...errors('zoe', 'E_B', 4, scene.now))
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual(['E_A', 'E_B'])
  })

  it('suspects no trouble about which an open incident was declared, and other trouble beside it', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 10, scene.now), ...errors('zoe', 'E_B', 4, scene.now))
    const openIncidents: AnalysisParts['openIncidents'] = async (fingerprints) =>
      new Set(fingerprints.filter((fingerprint) => fingerprint.endsWith('E_A')))
    await scene.analyse('zoe', { openIncidents })
    expect(await scene.suspected('zoe')).toEqual(['E_B'])
  })

  it('suspects the same trouble again once it is silent no more, although it began before', async () => {
    const scene = await new Scene().configure({ within: '6d', silentFor: '1d' })
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    await scene.analyse('zoe')
    await scene.send('zoe', { type: 'dismiss', number: 1 })
    scene.now = later(scene.now, days(2))
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    await scene.analyse('zoe')
    const { state } = await scene.desk.read('draft', 'zoe')
    const [first, second] = state.drafts.map(({ suspicion }) => suspicion)
    expect(second).toMatchObject({ code: 'E_A', count: 8, since: first?.since })
  })

  it('suspects one finding once when two processes analyse it at the same time', async () => {
    const scene = await new Scene().configure()
    const other = deskInMemory({ now: () => scene.now, store: scene.desk.store })
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    await Promise.all([scene.analyse('zoe'), scene.analyse('zoe', { desk: other })])
    await scene.analyse('zoe', { desk: other })
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
  })

  it('counts the newest activity also where the clock of its process is behind', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 3, later(scene.now, minutes(10))))
    expect(scene.reported.map(({ at }) => at > scene.now)).toEqual([true, false, false])
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
  })

  it('is over for a minute, and cheap, where no draft may follow', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    expect(await scene.analyse('zoe')).toBeUndefined()
    const { contexts } = scene
    expect(await scene.analyse('zoe')).toBe(later(scene.now, minutes(1)))
    await scene.send('zoe', { type: 'switchOff' })
    expect(await scene.analyse('zoe')).toBe(later(scene.now, minutes(1)))
    expect(scene.contexts).toBe(contexts)
  })

  it('is cheap where there are too few activities', async () => {
    const scene = await new Scene().configure({ threshold: 3 })
    scene.reported.push(...errors('zoe', 'E_A', 2, scene.now), ...errors('zoe', 'E_A', 4, later(scene.now, -days(2))))
    expect(await scene.analyse('zoe')).toBeUndefined()
    expect([scene.contexts, await scene.suspected('zoe')]).toEqual([0, []])
  })

  it('asks how many others have the fifty most frequent of the recent troubles', async () => {
    const scene = await new Scene().configure()
    for (let code = 1; code <= 60; code++) scene.reported.push(...errors('zoe', `E_${code}`, 1, scene.now))
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now), ...errors('zoe', 'E_B', 4, later(scene.now, -days(2))))
    const asked: string[] = []
    const { trouble } = scene.parts()
    const spreads: typeof trouble.spreads = async (troubles) => {
      asked.push(...troubles.map(({ code }) => code))
      return new Map()
    }
    await scene.analyse('zoe', { trouble: { ...trouble, spreads } })
    expect([asked.length, asked[0], asked.includes('E_B')]).toEqual([50, 'E_A', false])
  })

  it('suspects nothing once it is not held any more', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    await analysePerson(scene.parts(), { personId: 'zoe', signal, isHeld: async () => false, isRepeated: false })
    expect(await scene.suspected('zoe')).toEqual([])
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
  })

  it.each<[string, RefusalCode, number]>([
    ['reports that what it suspects is refused', 'command_too_large', 1],
    ['does not report that the same trouble is recorded already', 'command_id_reused', 0],
  ])('%s', async (_, code, reports) => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    const failures: string[] = []
    const onError = (error: unknown): void => void failures.push(String(error))
    const desk = deskAround(scene.desk, () => ({ execute: async () => deny(refusal(code)) }))
    await scene.analyse('zoe', { desk, onError })
    expect(failures).toHaveLength(reports)
  })

  it('is repeated when the tickets are behind, and suspects nothing that they show then', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    const { people } = scene.parts()
    const behind: PersonReader = { ...people, isCurrent: async () => false }
    await expect(scene.analyse('zoe', { people: behind })).rejects.toThrow('the read models are behind')
    let isShown = false
    const ticket = { id: 't1', openedAt: scene.now, isOpen: true, isFromDraft: false }
    const following: PersonReader = {
      ...people,
      ticketsOf: async () => (isShown ? [ticket] : []),
      isCurrent: async () => (isShown = true),
    }
    await scene.analyse('zoe', { people: following })
    expect([isShown, await scene.suspected('zoe')]).toEqual([true, []])
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
  })

  /** What becomes of a draft beside which tickets are opened, or were before. */
  const statusBeside = async (before: readonly PersonTicket[], beside: readonly PersonTicket[]) => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    const people: PersonReader = {
      ...scene.parts().people,
      ticketsOf: async () => ((await scene.suspected('zoe')).length === 0 ? before : [...before, ...beside]),
    }
    await scene.analyse('zoe', { people })
    const { state } = await scene.desk.read('draft', 'zoe')
    return state.drafts.map(({ status }) => status)
  }
  const report: PersonTicket = { id: 't1', openedAt: monday, isOpen: true, isFromDraft: false }

  it('ends its draft where a ticket about the trouble is opened while that is recorded', async () => {
    expect(await statusBeside([], [report])).toEqual(['reported'])
  })

  it('leaves its draft beside tickets that were opened before, or from drafts', async () => {
    const solved = { ...report, id: 't2', openedAt: later(monday, -minutes(200)), isOpen: false }
    const older = { ...report, id: 't3', openedAt: later(monday, -days(2)) }
    expect(await statusBeside([solved], [older, { ...report, isFromDraft: true }])).toEqual(['offered'])
  })

  it.each<[string, PersonTicket, string]>([
    ['ends its draft where a ticket was opened beside it, and the process died before it could', report, 'reported'],
    ['leaves its draft beside a ticket from before', { ...report, openedAt: later(monday, -minutes(2)) }, 'offered'],
    ['leaves its draft beside a ticket from a draft', { ...report, isFromDraft: true }, 'offered'],
  ])('that is repeated %s', async (_, ticket, status) => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    const dying = deskAround(scene.desk, (entry) => ({
      execute: async (...command) => {
        const outcome = await entry.execute(...command)
        if (command[2].type === 'suspect') throw new Died()
        return outcome
      },
    }))
    await expect(scene.analyse('zoe', { desk: dying })).rejects.toThrow(Died)
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
    const people: PersonReader = { ...scene.parts().people, ticketsOf: async () => [ticket] }
    await scene.analyse('zoe', { people }, true)
    const { state } = await scene.desk.read('draft', 'zoe')
    expect(state.drafts).toMatchObject([{ status }])
  })

  it('is repeated when its command may be accepted then', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    const desk = deskAround(scene.desk, () => ({ execute: async () => deny(refusal('too_many_conflicts')) }))
    await expect(scene.analyse('zoe', { desk })).rejects.toThrow('the stream changes faster')
  })

  it('ends with the reason of the signal when that aborts, and no other analyser decides', async () => {
    const scene = await new Scene().configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    const stopping = new AbortController()
    const reason = new Error('stopping')
    const model = {
      name: 'model',
      analyse: async () => {
        stopping.abort(reason)
        throw new Error('broken off')
      },
    } as const
    const failures: unknown[] = []
    const parts = scene.parts({ analysers: () => [model], onError: (error) => void failures.push(error) })
    const claimed = { personId: 'zoe', signal: stopping.signal, isHeld: async () => true, isRepeated: false }
    await expect(analysePerson(parts, claimed)).rejects.toBe(reason)
    expect([failures, await scene.suspected('zoe')]).toEqual([[], []])
  })
})

describe('the activities of somebody who was merged', () => {
  const merged = { z2: 'zoe' }

  it('are analysed as those of the customer who survives', async () => {
    const scene = await new Scene(merged).configure()
    scene.reported.push(
      ...errors('z2', 'E_A', 2, scene.now),
      ...errors('zoe', 'E_A', 2, later(scene.now, -minutes(30))),
    )
    await scene.analyse('z2')
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual(['E_A'])
    expect(await scene.suspected('z2')).toEqual([])
  })

  it('suspect nothing where drafts of the one or the other are switched off', async () => {
    const scene = await new Scene(merged).configure()
    scene.reported.push(...errors('zoe', 'E_A', 4, scene.now))
    await scene.send('z2', { type: 'switchOff' })
    await scene.analyse('zoe')
    expect(await scene.suspected('zoe')).toEqual([])
  })

  it('suspect nothing that was dismissed before the merge, and one thing a day', async () => {
    const before = await new Scene().configure()
    before.reported.push(...errors('z2', 'E_A', 4, before.now))
    await before.analyse('z2')
    await before.send('z2', { type: 'dismiss', number: 1 })

    const scene = new Scene(merged)
    const parts = { desk: before.desk }
    scene.reported.push(...errors('zoe', 'E_A', 10, scene.now), ...errors('zoe', 'E_B', 4, scene.now))
    await scene.analyse('zoe', parts)
    expect(await before.suspected('zoe')).toEqual([])
    before.now = later(before.now, days(1))
    scene.reported.push(...errors('zoe', 'E_A', 10, before.now), ...errors('zoe', 'E_B', 4, before.now))
    await scene.analyse('zoe', parts)
    expect(await before.suspected('zoe')).toEqual(['E_B'])
  })
})
