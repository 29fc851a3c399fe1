import { describe, expect, it } from 'vitest'
import type { LikelyIncident, ProactiveSettingsInput, Spread } from '@guichet/domain'
import { configurationSchema, hours, later } from '@guichet/domain'
import { monday } from '@guichet/domain/testing'
import type { IncidentParts } from './incident-alerts.ts'
import { lookForIncidents } from './incident-alerts.ts'

/** What many customers have, and what a look has told the team of it. */
class Scene {
  readonly recorded: LikelyIncident[] = []
  readonly alerts: string[] = []
  rank: number | undefined = 1
  readonly #spreads: readonly Spread[]

  constructor(...spreads: readonly Spread[]) {
    this.#spreads = spreads
  }

  async look(proactive: ProactiveSettingsInput = {}): Promise<void> {
    const parts: IncidentParts = {
      trouble: {
        sharedBy: async (customers) =>
          this.#spreads
            .map((spread, index) => ({ kind: 'error_occurred', code: `E_${index}`, spread }))
            .filter(({ spread }) => spread.lately >= customers),
        whereabouts: async () => ({ since: later(monday, -hours(3)), pages: ['/pay'], versions: ['2.1'] }),
      },
      incidents: {
        rankOf: async () => this.rank,
        record: async (incident) => void this.recorded.push(incident),
      },
      alert: async ({ fingerprint }, _, isLast) => void this.alerts.push(`${fingerprint}${isLast ? ', the last' : ''}`),
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
})
