import { expect, it } from 'vitest'
import type { EventEnvelope } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { personIdsAt } from '../reaction/person-ids.ts'
import { removeTranslations } from './remove-translations.ts'

const ana = { by: { kind: 'agent', id: 'ana' } } as const

it('forgets all but what is left of a message', async () => {
  const desk = deskInMemory()
  const opened = {
    type: 'open',
    subject: 'Help',
    messageId: 'first',
    body: 'my card 4111',
    customer: { id: 'zoe' },
  } as const
  await desk.execute('ticket', 'a', opened, ana)
  await desk.execute('ticket', 'a', { type: 'redactMessage', messageId: 'first', remainder: 'my card …' }, ana)
  const calls: unknown[] = []
  const record = (...call: readonly unknown[]): void => void calls.push(call)
  const reaction = removeTranslations(
    {
      forget: async (message, left) => record(message, left),
      erase: async (ids) => calls.push([ids]),
      eraseConversation: async (stream) => record(stream),
    },
    personIdsAt({ reached: async () => true, withMerged: async (id) => [id] }),
  )
  const history: readonly EventEnvelope[] = await desk.store.readStream('ticket-a')
  await reaction.react(
    history.filter(({ event }) => reaction.on.includes(event.type)),
    desk,
  )
  expect(calls).toEqual([[{ stream: 'ticket-a', messageId: 'first' }, 'my card …']])
})
