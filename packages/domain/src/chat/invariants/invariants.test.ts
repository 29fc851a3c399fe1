import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatDeadlineKinds } from '../deadlines.ts'
import { chatEvents } from '../events.ts'
import { chatStatuses } from '../vocabulary.ts'
import {
  callInvariants,
  deadlineInvariants,
  escalationInvariants,
  historyInvariants,
  messageInvariants,
  openingInvariants,
  queueInvariants,
  statusInvariants,
} from './invariants.ts'
import { lives } from './lives.ts'

const invariants = {
  ...statusInvariants,
  ...queueInvariants,
  ...openingInvariants,
  ...messageInvariants,
  ...deadlineInvariants,
  ...escalationInvariants,
  ...callInvariants,
  ...historyInvariants,
}
const document = readFileSync(new URL('../../../../../docs/lifecycle.md', import.meta.url), 'utf8')

describe('every random life of a chat keeps', () => {
  it.each(Object.entries(invariants))('%s', (_number, holds) => {
    fc.assert(fc.property(lives, holds), { numRuns: 100 })
  })

  it('every invariant that docs/lifecycle.md numbers, and no other', () => {
    const numbered = [...document.matchAll(/^- \*\*(C\d+)\*\*/gm)].map(([, number]) => number)
    expect(numbered.toSorted()).toEqual(Object.keys(invariants).toSorted())
  })
})

describe('random lives', () => {
  it('reach every status, fire every kind of deadline, and have every type of event', () => {
    const statuses = new Set<string>()
    const fired = new Set<string>()
    const types = new Set<string>()
    for (const life of fc.sample(lives, { numRuns: 2_000, seed: 1 })) {
      for (const { command, events, after } of life) {
        statuses.add(after.status)
        if (command.type === 'fire' && events.length > 0) fired.add(command.kind)
        for (const { type } of events) types.add(type)
      }
    }
    expect(statuses).toEqual(new Set(['absent', ...chatStatuses]))
    expect(fired).toEqual(new Set(chatDeadlineKinds))
    expect(types).toEqual(new Set(Object.keys(chatEvents)))
  })
})
