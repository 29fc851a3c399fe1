import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { days, elapsed, hours, later } from '../kernel/time.ts'
import { exampleSuspicion, monday } from '../testing/examples.ts'
import { asSent } from '../testing/specification.ts'
import { draftAggregate, suspectCommand } from './draft.ts'
import type { DraftEvent } from './draft-catalogue.ts'
import type { ProactiveSettingsInput } from './settings.ts'
import { proactiveSettingsSchema } from './settings.ts'

const engine: Actor = { kind: 'system', id: 'analysis' }
const text = { subject: 'Une erreur qui revient', body: 'Elle revient.', language: 'fr' }

const suspect = (fingerprint: string) => suspectCommand({ ...exampleSuspicion(), fingerprint }, 'rules', text)

const draftsUnder = (settings: ProactiveSettingsInput) =>
  draftAggregate.under(() => proactiveSettingsSchema.parse({ holdout: 0, ...settings }))

describe('whatever happens to the drafts of a customer', () => {
  const troubles = ['login_failed', 'faq_search', 'form_error:constructor', '*']
  const types = [
    'suspect',
    'approve',
    'withhold',
    'open',
    'dismiss',
    'settle',
    'reopen',
    'report',
    'off',
    'on',
  ] as const
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 60 }).map((count) => hours(count)),
    type: fc.constantFrom(...types),
    trouble: fc.constantFrom(...troubles),
    number: fc.integer({ min: 1, max: 4 }),
  })
  type Step = {
    readonly wait: number
    readonly type: (typeof types)[number]
    readonly trouble: string
    readonly number: number
  }

  /** The events of steps one after the other, between which deadlines fire when they fall due. */
  function happen(steps: readonly Step[], settings: ProactiveSettingsInput): readonly DraftEvent[] {
    const drafts = draftsUnder(settings)
    const decider = asSent(draftAggregate.schema, drafts)
    const history: DraftEvent[] = []
    let at = monday
    const send = (command: Parameters<typeof decider.decide>[0]) => {
      const decision = decider.decide(command, fold(decider, history))
      if (decision.ok) history.push(...decision.value)
    }
    for (const { wait, type, trouble, number } of steps) {
      at = later(at, wait)
      const metadata = { commandId: 'c', aggregateId: 'camille', by: engine }
      for (const deadline of drafts.deadlines?.(fold(decider, history)) ?? []) {
        if (deadline.dueAt <= at) send({ type: 'fire', ...deadline, ...metadata, at: deadline.dueAt })
      }
      const latest = Math.max(1, fold(decider, history).count - number + 1)
      const ticketId = `T${latest}`
      if (type === 'suspect') send({ ...suspect(trouble), ...metadata, at })
      else if (type === 'off') send({ type: 'switchOff', ...metadata, at })
      else if (type === 'on') send({ type: 'switchOn', ...metadata, at })
      else if (type === 'settle') send({ type, ticketId, outcome: 'resolved', ...metadata, at })
      else if (type === 'reopen') send({ type, ticketId, ...metadata, at })
      else if (type === 'report') send({ type, ticketId: 'their own', openedAt: at, ...metadata, at })
      else if (type === 'open') send({ type, number: latest, ticketId, ...metadata, at })
      else send({ type, number: latest, ...metadata, at })
    }
    return history
  }

  const fingerprintsOf = (history: readonly DraftEvent[]): ReadonlyMap<number, string> =>
    new Map(
      history.flatMap((each) =>
        each.type === 'TroubleSuspected' ? [[each.number, each.suspicion.fingerprint] as const] : [],
      ),
    )

  it('no trouble is suspected twice: neither while its draft or its ticket is open, nor while it is silent', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, review) => {
        const history = happen(steps, { review, silentFor: '4d' })
        const fingerprints = fingerprintsOf(history)
        for (const [index, each] of history.entries()) {
          if (each.type !== 'TroubleSuspected') continue
          const before = history
            .slice(0, index)
            .filter((one) => 'number' in one && fingerprints.get(one.number) === each.suspicion.fingerprint)
          const last = before.at(-1)
          // After a report nothing is silent: its sender sees the ticket, and suspects nothing while it is open.
          if (!last || last.type === 'DraftReported') continue
          expect(['DraftWithheld', 'DraftDismissed', 'DraftLapsed', 'DraftSettled']).toContain(last.type)
          expect('silentUntil' in last && last.silentUntil <= each.at).toBe(true)
        }
      }),
    )
  })

  it('a person is offered one draft a day at most, and each of them once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, review) => {
        const offers = happen(steps, { review, silentFor: '1h' }).filter(({ type }) => type === 'DraftOffered')
        for (const [index, { at }] of offers.entries()) {
          const before = offers[index - 1]
          expect(before === undefined || elapsed(before.at, at) >= days(1)).toBe(true)
        }
        expect(new Set(offers.map((each) => 'number' in each && each.number)).size).toBe(offers.length)
      }),
    )
  })
})
