import { describe, expect, it } from 'vitest'
import { later } from '../kernel/time.ts'
import { camille, chatEvent, chatStarted, monday } from '../testing/examples.ts'
import { sampleData } from '../testing/sample-event.ts'
import type { ChatMessage, ChatMessageChange } from './changed-message.ts'
import { changedMessage, withoutContent } from './changed-message.ts'
import type { ChatEvent, ChatEventData } from './events.ts'
import { chatEvents } from './events.ts'

const names = { messageId: 'm', inReplyTo: 'n' }
const textAt = (path: string): string => `4111 in ${path}`
const data = sampleData(chatEvents, 'ChatMessageSent', { given: names, textAt }) as ChatEventData<'ChatMessageSent'>
const sent = chatEvent('ChatMessageSent', data, { by: camille })
const edited = chatEvent('ChatMessageEdited', { messageId: 'm', body: 'carte 4111', internal: false })
const chosen = chatEvent('ChatActionChosen', { messageId: 'm', actionId: 'pay 4111', label: 'Payer' }, { by: camille })
const redacted = chatEvent('ChatMessageRedacted', { messageId: 'm', internal: false }, { at: later(monday, 9) })

const after = (...events: readonly ChatEvent[]): ChatMessage => events.reduce<ChatMessage>(changedMessage, sent)

describe('a message of a chat', () => {
  it('has its last text and what was chosen', () => {
    const { body, chosen: choice, editedAt } = after(edited, chosen)
    expect({ body, choice, editedAt }).toEqual({ body: 'carte 4111', choice: 'pay 4111', editedAt: monday })
  })

  it('has no text of any field of its event after a redaction, but when, by whom, in reply to what and of which article it was sent', () => {
    expect(JSON.stringify(sent).match(/4111/g)?.length).toBeGreaterThan(10)
    const { at, by, type } = sent
    const left = {
      type,
      at,
      by,
      kind: data.kind,
      ...names,
      article: data.article,
      body: '',
      editedAt: monday,
      redactedAt: redacted.at,
    }
    expect(JSON.parse(JSON.stringify(after(edited, chosen, redacted)))).toEqual(left)
    const { editedAt: _, redactedAt: __, ...unchanged } = left
    expect(JSON.parse(JSON.stringify(withoutContent(sent)))).toEqual(unchanged)
  })

  it('is changed by the fields that events have changed as by the events', () => {
    for (const events of [[edited], [chosen, edited], [edited, chosen, redacted]]) {
      expect({ ...sent, ...events.reduce<ChatMessageChange>(changedMessage, {}) }).toEqual(after(...events))
    }
  })

  it('is the same object after an event that changes none', () => {
    expect(after(chatStarted())).toBe(sent)
  })
})
