import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alex, camille } from '../testing/examples.ts'
import { sampleData } from '../testing/sample-event.ts'
import type { TicketEventData } from './events.ts'
import { ticketEvents } from './events.ts'
import type { MessageContent } from './messages.ts'
import { isSame, messageOf, noMessages, withMessage } from './messages.ts'

const said = (messageId: string, body = 'Bonjour'): MessageContent => ({
  type: 'AgentReplied',
  by: alex,
  messageId,
  body,
})

describe('the messages of a ticket', () => {
  it('are found by their ids, whatever the ids are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'id', '0'))),
        (ids) => {
          const messages = ids.reduce((held, id) => withMessage(held, said(id)), noMessages)
          for (const id of ids) expect(messageOf(messages, id)?.id).toBe(id)
          expect(messageOf(messages, `${ids.join()}?`)).toBeUndefined()
          expect(JSON.parse(JSON.stringify(messages))).toEqual(messages)
        },
      ),
    )
  })

  it('stay separate when their ids have the same hash', () => {
    const [first, second] = ['costarring', 'liquid'].map((id) => said(id))
    if (!first || !second) return
    const messages = withMessage(withMessage(noMessages, first), second)
    expect([messageOf(messages, 'costarring')?.id, messageOf(messages, 'liquid')?.id]).toEqual(['costarring', 'liquid'])
  })

  it('keep the first message of an id', () => {
    const messages = withMessage(withMessage(noMessages, said('m', 'a')), said('m', 'b'))
    const known = messageOf(messages, 'm')
    expect(known && [isSame(known, said('m', 'a')), isSame(known, said('m', 'b'))]).toEqual([true, false])
  })

  it('are distinguished by text, author and kind', () => {
    const known = messageOf(withMessage(noMessages, said('m')), 'm')
    const others: MessageContent[] = [
      said('m', 'bonjour'),
      { ...said('m'), by: camille },
      { ...said('m'), type: 'InternalNoteAdded' },
    ]
    expect(known && others.map((other) => isSame(known, other))).toEqual([false, false, false])
  })

  it.each(['AgentReplied', 'CustomerReplied', 'InternalNoteAdded'] as const)(
    'are distinguished by every field of %s, but for its template, its article, its original and where it led to',
    (type) => {
      const textAt = (path: string): string => `a text in ${path}`
      const data = sampleData(ticketEvents, type, { textAt }) as TicketEventData<typeof type>
      const sent: MessageContent = { type, by: alex, ...data }
      const stored = messageOf(withMessage(noMessages, sent), sent.messageId)
      const others = ['messageId', 'template', 'then', 'article', 'original']
      const telling = Object.keys(data).filter((field) => !others.includes(field))
      expect(telling).toContain('body')
      for (const field of telling) expect(stored && isSame(stored, { ...sent, [field]: 'other' })).toBe(false)
      expect(stored && isSame(stored, { ...sent, template: 'other' })).toBe(true)
    },
  )

  it('are added in a time that hardly grows with their number', () => {
    const before = Array.from({ length: 20_000 }, (_, n) => said(`m${n}`)).reduce(withMessage, noMessages)
    const nodes = (messages: object): number => Math.max(Object.keys(messages).length, 0)
    let depth = 0
    for (let node: unknown = before; typeof node === 'object' && node !== null && !('print' in node); depth++) {
      expect(nodes(node)).toBeLessThanOrEqual(16)
      node = Object.values(node)[0]
    }
    expect(depth).toBeLessThanOrEqual(8)
  })
})
