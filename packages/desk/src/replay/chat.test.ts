import fc from 'fast-check'
import type { ChatCommandInput, ChatEvent, ChatState, Desk, Instant } from '@guichet/domain'
import { createDesk, evolveChat, fold, guichetEvents, inMemoryStore, later } from '@guichet/domain'
import { alex, camille, monday } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import { printChat, replayChat } from './chat.ts'

async function deskWithChat(commands: readonly (readonly [ChatCommandInput, 'camille' | 'alex'])[]): Promise<Desk> {
  let id = 0
  let at: Instant = monday
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => at, newId: () => `id-${id++}` })
  const setup = { by: { kind: 'system', id: 'setup' } } as const
  await desk.execute('agent', 'alex', { type: 'register', profile: { name: 'Alex', languages: ['fr'] } }, setup)
  await desk.execute('agent', 'alex', { type: 'setAvailability', availability: 'available' }, setup)
  await desk.startChat('C1', { customer: { id: 'camille', name: 'Camille' } }, { by: camille, commandId: 'start' })
  await desk.acceptChat('C1', { by: alex, commandId: 'accept' })
  for (const [command, by] of commands) {
    if (fc.hash(JSON.stringify(command)) % 3 > 0) at = later(at, 1_000)
    await desk.execute('chat', 'C1', command, { by: by === 'alex' ? alex : camille })
  }
  return desk
}

const messageId = fc.constantFrom('a', 'b', 'c')
const body = fc.constantFrom('Bonjour', 'secret 4111', 'Merci')
const commands = fc.array(
  fc.tuple(
    fc.oneof(
      fc.record({ type: fc.constant('send' as const), messageId, body }),
      fc.record({ type: fc.constant('send' as const), messageId, body, kind: fc.constant('note' as const) }),
      fc.record({ type: fc.constant('edit' as const), messageId, body }),
      fc.record({ type: fc.constant('redact' as const), messageId }),
      fc.record({ type: fc.constant('close' as const), reason: fc.constant('solved' as const) }),
      fc.constant({ type: 'reopen' as const }),
    ),
    fc.constantFrom('camille' as const, 'alex' as const),
  ),
  { minLength: 3, maxLength: 20 },
)

it('shows a chat at every instant as the fold of the events until then, and nothing that was removed since', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (acts) => {
      const desk = await deskWithChat(acts)
      const events = (await desk.store.readStream('chat-C1')).map(({ event }) => event as ChatEvent)
      const removed = new Set(events.flatMap((event) => (event.type === 'ChatMessageRedacted' ? event.messageId : [])))
      for (const at of new Set(events.map((event) => event.at))) {
        const until = events.filter((event) => event.at <= at)
        const replay = await replayChat(desk, 'C1', at)
        const { messages: _, ...state } = fold<ChatEvent, ChatState>(
          { initial: { status: 'absent' }, evolve: evolveChat },
          until,
        ) as Extract<ChatState, { messages: unknown }>
        expect(replay?.state).toEqual(state)
        expect(replay?.entries.map(({ type }) => type)).toEqual(until.map(({ type }) => type))
        for (const { data, said, type } of replay?.entries ?? []) {
          const isRemoved = removed.has(String(data['messageId'])) && type !== 'ChatMessageRedacted'
          expect([said, data['body']].includes('secret 4111') && isRemoved).toBe(false)
        }
      }
    }),
    { numRuns: 30 },
  )
})

it('prints who did what, and that a content was removed', async () => {
  const desk = await deskWithChat([
    [{ type: 'send', messageId: 'm', body: 'secret 4111' }, 'camille'],
    [{ type: 'redact', messageId: 'm', reason: 'a card' }, 'alex'],
  ])
  const replay = await replayChat(desk, 'C1')
  if (!replay) throw new Error('no chat')
  const lines = printChat(replay).join('\n')
  expect(lines).toMatch(/Alex Martin \[agent\] +removed the content of the message m — a card/)
  expect(lines).toContain('(content removed)')
  expect(lines).toContain('status       active')
  expect(lines + JSON.stringify(replay)).not.toContain('4111')
})

it('says of an instant before the start that nothing had happened, and has no chat that was never started', async () => {
  const desk = await deskWithChat([])
  const before = await replayChat(desk, 'C1', later(monday, -1))
  expect(before && printChat(before)).toEqual([`chat C1 as of ${later(monday, -1)}: nothing had happened yet`])
  expect(await replayChat(desk, 'C2')).toBeUndefined()
})
