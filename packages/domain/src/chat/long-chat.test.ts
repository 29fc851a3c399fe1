import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import { fold } from '../kernel/decider.ts'
import type { StoredEvent } from '../kernel/event.ts'
import { decodeEvent } from '../kernel/event.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { alex, camille, chatEvent, chatOfLength } from '../testing/examples.ts'
import { chatAggregate } from './chat.ts'
import type { ChatEvent } from './events.ts'
import { chatEvents } from './events.ts'
import { defaultChatSettings } from './settings.ts'
import type { Chat } from './state.ts'

const chat = chatAggregate.under(() => ({
  settings: defaultChatSettings,
  hours: () => undefined,
  policy: defaultTicketPolicy,
}))
const stateAfter = (events: number): Chat => fold(chat, chatOfLength(events)) as Chat

/** The fields of all objects of a value that are not part of an earlier one: what its making has copied. */
function copied(value: unknown, earlier: ReadonlySet<unknown>): number {
  if (typeof value !== 'object' || value === null || earlier.has(value)) return 0
  const fields: unknown[] = Object.values(value)
  return fields.reduce<number>((sum, field) => sum + copied(field, earlier), fields.length)
}

function objectsIn(value: unknown, into = new Set<unknown>()): ReadonlySet<unknown> {
  if (typeof value !== 'object' || value === null) return into
  into.add(value)
  for (const field of Object.values(value)) objectsIn(field, into)
  return into
}

/** The same value, counting every field that is read of it or below it. */
function counted<T extends object>(value: T, count: { reads: number }): T {
  return new Proxy(value, {
    get: (target, key, receiver) => {
      count.reads++
      const field: unknown = Reflect.get(target, key, receiver)
      return typeof field === 'object' && field !== null ? counted(field, count) : field
    },
    ownKeys: (target) => {
      const keys = Reflect.ownKeys(target)
      count.reads += keys.length
      return keys
    },
  })
}

it('folds and decides the ten-thousandth message with the work of the first ones', () => {
  const work = [10, 1_000, 10_000].map((events) => {
    const before = stateAfter(events)
    const known = objectsIn(before)
    const message = chatEvent('ChatMessageSent', { messageId: 'next', kind: 'text', body: 'Oui' }, { by: camille })
    const reads = { reads: 0 }
    const command = { type: 'send', messageId: 'next', kind: 'text', body: 'Oui' } as const
    const metadata = { at: before.updatedAt, by: alex, commandId: 'c', aggregateId: 'C1' }
    expect(chat.decide({ ...command, ...metadata }, counted(before, reads))).toMatchObject({ ok: true })
    chat.deadlines?.(counted(before, reads))
    return { copied: copied(chat.evolve(before, message), known), reads: reads.reads }
  })
  for (const { copied: fields, reads } of work) {
    expect(fields).toBeLessThan(150)
    expect(reads).toBeLessThan(100)
  }
})

it('keeps of a message a few words, however long its text is', () => {
  const begun = stateAfter(3)
  const long = chatEvent('ChatMessageSent', { messageId: 'm', kind: 'text', body: 'x'.repeat(10_000) }, { by: camille })
  const more = JSON.stringify(chat.evolve(begun, long)).length - JSON.stringify(begun).length
  expect(more).toBeLessThan(250)
})

/**
 * The fold of the sample history, which has every type of event, and the fields of a message, of which its fingerprint
 * is made by name. When either changes, snapshots that are stored no longer equal what their streams lead to, or those
 * of processes that do not know the field yet: raise the number in `snapshots.fold` of the aggregate, then record it
 * here.
 */
it('names its fold anew when the same events lead to another state, and with each new field of a message', () => {
  const sample = readFileSync(new URL('../../../projections/src/testing/sample-history.jsonl', import.meta.url), 'utf8')
  const states = new Map<string, ReturnType<typeof chat.evolve>>()
  for (const line of sample.trimEnd().split('\n')) {
    const { stream, stored } = JSON.parse(line) as { readonly stream: string; readonly stored: StoredEvent }
    if (!stream.startsWith('chat-')) continue
    const event = decodeEvent(guichetEvents, stored) as ChatEvent
    states.set(stream, chat.evolve(states.get(stream) ?? chat.initial, event))
  }
  const fields = Object.keys(chatEvents.ChatMessageSent.schema.shape).sort()
  expect({ [chat.snapshots?.fold ?? '']: [fingerprintOf([...states]), fields.join(' ')] }).toEqual({
    'chat-9': [
      '934e1d663f563f0cc8e23d25173ba5a0',
      'actions article attachments body card inReplyTo kind messageId metadata original',
    ],
  })
})
