import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slaTargets } from '../../sla/settings.ts'
import { ticketDeadlineKinds, targetDue } from '../targets.ts'
import { ticketStatuses } from '../vocabulary.ts'
import {
  deadlinesInvariants,
  historyInvariants,
  levelsInvariants,
  promisesInvariants,
  statusInvariants,
} from './invariants.ts'
import { keepingPromises, lives } from './lives.ts'
import { silenceInvariants } from './silence.ts'
import type { Step } from './step.ts'
import { isTicket, policyOf } from './step.ts'

const invariants = {
  ...statusInvariants,
  ...historyInvariants,
  ...silenceInvariants,
  ...deadlinesInvariants,
  ...promisesInvariants,
  ...levelsInvariants,
}
const document = readFileSync(new URL('../../../../../docs/lifecycle.md', import.meta.url), 'utf8')

describe('every random life of a ticket keeps', () => {
  it.each(Object.entries(invariants))('%s', (_number, holds) => {
    fc.assert(fc.property(lives, holds), { numRuns: 100 })
  })

  it('every invariant that docs/lifecycle.md numbers, and no other', () => {
    const numbered = [...document.matchAll(/^- \*\*(L\d+)\*\*/gm)].map(([, number]) => number)
    expect(numbered.toSorted()).toEqual(Object.keys(invariants).toSorted())
  })
})

const anyTarget = new RegExp(`^(${slaTargets.join('|')})_`)

/** Whether a target has been missed although the policy that now applies does not promise it. */
function isMissedUnpromised(step: Step, target: (typeof slaTargets)[number]): boolean {
  const { after, timeline } = step
  const breached = isTicket(after) && after.clocks.targets[target]?.breached !== undefined
  return breached && policyOf(step) === keepingPromises && !targetDue(after, timeline, target)
}

describe('random lives', () => {
  it('reach every status, fire every kind of deadline, are classified, change levels, become feature requests, receive incident updates and outlive policies', () => {
    const statuses = new Set<string>()
    const fired = new Set<string>()
    let [classifications, raised, lowered, wishes, unpromised, outlived, relayed] = [0, 0, 0, 0, 0, 0, 0]
    for (const life of fc.sample(lives, { numRuns: 2_000, seed: 1 })) {
      for (const step of life) {
        const { command, events, after } = step
        statuses.add(after.status)
        if (slaTargets.some((target) => isMissedUnpromised(step, target))) unpromised++
        if (command.type === 'fire' && events.length > 0) fired.add(command.kind.replace(anyTarget, 'target_'))
        if (command.type === 'classify') classifications += events.length
        if (step.timeline.length > 2 && events.some(({ type }) => type === 'TargetBreached')) outlived++
        for (const event of events) {
          if (event.type === 'TicketEscalated' && event.level !== event.fromLevel) raised++
          if (event.type === 'TicketDeescalated') lowered++
          if (event.type === 'FeatureRequestNoted') wishes++
          if (event.type === 'UpdateRelayed') relayed++
        }
      }
    }
    expect(classifications).toBeGreaterThan(10)
    for (const count of [unpromised, outlived, relayed]) expect(count).toBeGreaterThan(20)
    for (const count of [raised, lowered, wishes]) expect(count).toBeGreaterThan(3)
    expect(statuses).toEqual(new Set(['absent', ...ticketStatuses]))
    expect(fired).toEqual(new Set(ticketDeadlineKinds.map((kind) => kind.replace(anyTarget, 'target_'))))
  })
})
