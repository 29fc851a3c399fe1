import { describe, expect, it } from 'vitest'
import type { ProactiveSettingsInput, Spread } from '@guichet/domain'
import { CommandRefused, configurationSchema, hours, later, refusal } from '@guichet/domain'
import { monday } from '@guichet/domain/testing'
import type { IncidentParts } from './incident-alerts.ts'
import { lookForIncidents } from './incident-alerts.ts'
import type { CountedIncident } from './likely-incidents.ts'

/** What many customers have, and what a look has told the team of it. */
class Scene {
  readonly recorded: CountedIncident[] = []
  readonly alerts: string[] = []
  readonly reports: unknown[] = []
  rank: number | undefined = 1
  byVisitors = false
  /** What the alert to the first trouble fails with. */
  failure: Error | undefined
  readonly #spreads: readonly Spread[]

  constructor(...spreads: readonly Spread[]) {
    this.#spreads = spreads
  }

  async look(proactive: ProactiveSettingsInput = {}): Promise<void> {
    const parts: IncidentParts = {
      trouble: {
        sharedTroubles: async (customers) =>
          this.#spreads
            .map((spread, index) => ({ kind: 'error_occurred', code: `E_${index}`, spread }))
            .map((each) => ({ ...each, byVisitors: this.byVisitors }))
            .filter(({ spread }) => spread.lately >= customers),
        whereabouts: async () => ({ since: later(monday, -hours(3)), pages: ['/pay'], versions: ['2.1'] }),
      },
      incidents: {
        rankOf: async () => this.rank,
        record: async (incident) => void this.recorded.push(incident),
      },
      alert: async ({ fingerprint, code }, _, isLast) => {
        if (this.failure && code === 'E_0') throw this.failure
        this.alerts.push(`${fingerprint}${isLast ? ', the last' : ''}`)
      },
      onError: (error) => void this.reports.push(error),
    }
    await lookForIncidents(parts, configurationSchema.parse({ proactive }).proactive, monday)
  }
}

const many: Spread = { lately: 30, usual: 0 }

describe('a look for likely incidents', () => {
  it('records the trouble of many, with where they have it', async () => {
    const scene = new Scene(many)
    await scene.look()
    expect(scene.recorded).toEqual([
      {
        fingerprint: 'error_occurred:E_0',
        kind: 'error_occurred',
        code: 'E_0',
        since: later(monday, -hours(3)),
        pages: ['/pay'],
        versions: ['2.1'],
        lately: 30,
        usual: 0,
        byVisitors: false,
      },
    ])
  })

  it('passes over trouble that is usual, or of which nobody knows what is usual', async () => {
    const scene = new Scene({ lately: 30, usual: 11 }, { lately: 30, usual: undefined }, { lately: 30, usual: 10 })
    await scene.look()
    expect(scene.recorded.map(({ code }) => code)).toEqual(['E_2'])
  })

  it('finds nothing while analyses are turned off, nor of kinds that mean no trouble', async () => {
    const scene = new Scene(many)
    await scene.look({ enabled: false })
    await scene.look({ critical: ['login_failed'] })
    expect([scene.recorded, scene.alerts]).toEqual([[], []])
  })

  it.each<[string, number | undefined, readonly string[]]>([
    ['for the first one', 1, ['error_occurred:E_0']],
    ['with a word that it is the last for the twentieth', 20, ['error_occurred:E_0, the last']],
    ['no more for the others', 21, []],
    ['not again for one that is recorded', undefined, []],
  ])('alerts the desk %s of the day', async (_, rank, alerts) => {
    const scene = new Scene(many)
    scene.rank = rank
    await scene.look()
    expect(scene.alerts).toEqual(alerts)
    expect(scene.recorded).toHaveLength(1)
  })

  it.each<[string, number, readonly string[]]>([
    ['to the fifth', 5, ['error_occurred:E_0']],
    ['to no other one', 6, []],
  ])('alerts the desk %s of those that visitors alone have met', async (_, rank, alerts) => {
    const scene = new Scene(many)
    scene.byVisitors = true
    scene.rank = rank
    await scene.look()
    expect(scene.alerts).toEqual(alerts)
    expect(scene.recorded).toMatchObject([{ byVisitors: true }])
  })

  it('reports an alert that is refused, and goes on', async () => {
    const scene = new Scene(many, many)
    scene.failure = new CommandRefused(refusal('command_too_large'))
    await scene.look()
    expect(scene.reports).toEqual([scene.failure])
    expect(scene.alerts).toEqual(['error_occurred:E_1'])
    expect(scene.recorded.map(({ code }) => code)).toEqual(['E_0', 'E_1'])
  })

  it('is over with any other failure, and records nothing that the next one has to alert to', async () => {
    const scene = new Scene(many, many)
    scene.failure = new Error('the event store is away')
    await expect(scene.look()).rejects.toBe(scene.failure)
    expect([scene.alerts, scene.recorded, scene.reports]).toEqual([[], [], []])
  })
})
