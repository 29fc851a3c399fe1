import type { ChatEvent, EventEnvelope, Position } from '@guichet/domain'
import { defaultChatSettings, instant } from '@guichet/domain'
import { expect, it } from 'vitest'
import type { ProjectionContext } from '../runner/projection.ts'
import { createChatFolding } from './chat-facts.ts'

const at = instant('2026-03-27T09:00:00Z')
const by = { kind: 'customer', id: 'customer-1' } as const

const started: ChatEvent = {
  type: 'ChatStarted',
  at,
  by,
  customer: { id: 'customer-1' },
  channel: 'web',
  language: 'fr',
  priority: 'normal',
  times: defaultChatSettings.times,
  policyVersion: 'policy-1',
}

const message = (number: number): ChatEvent => ({
  type: 'ChatMessageSent',
  at,
  by,
  messageId: `m-${number}`,
  kind: 'text',
  body: 'Bonjour',
})

const recorded = (event: ChatEvent, index: number): EventEnvelope<ChatEvent> => ({
  event,
  id: `event-${index}`,
  stream: 'chat-1',
  version: index + 1,
  position: `${index + 1}` as Position,
  recordedAt: at,
  commandId: `command-${index}`,
  correlationId: 'correlation-1',
  causationId: 'causation-1',
  schemaVersion: 1,
})

/** The state of a chat that the desk has read, as text, after so many messages of its customer. */
async function factsAfter(messages: number): Promise<string> {
  const read: ChatEvent = {
    type: 'ChatMessagesRead',
    at,
    by: { kind: 'agent', id: 'agent-1' },
    side: 'desk',
    upTo: messages + 1,
  }
  const events = [started, ...Array.from({ length: messages }, (_, number) => message(number)), read].map(recorded)
  const nothing = {
    // eslint-disable-next-line require-yield
    async *read() {
      throw new Error('no history is read')
    },
  }
  const steps = await createChatFolding().steps(events, { tx: {} as ProjectionContext['tx'], history: nothing })
  return JSON.stringify(steps.at(-1)?.after)
}

it('takes the same memory for a chat however many messages it has', async () => {
  const [short, long] = await Promise.all([factsAfter(10), factsAfter(5_000)])
  expect(long.length - short.length).toBeLessThan(50)
})
