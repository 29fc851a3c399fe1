import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ChatEvent, ChatState, Instant } from '@guichet/domain'
import { createChatBoard, evolveChat, instant } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import type { Counted, CountedChat } from '../testing/counted-chats.ts'
import { count, paceAt, queueOf, unreadOf, waitOf } from '../testing/counted-chats.ts'
import { figuresOf, partOf } from '../testing/counted-figures.ts'
import { inBatches } from '../testing/harness.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { carryOutChats, randomChatActs } from '../testing/random-chats.ts'

const parameters = { numRuns: 6, endOnFailure: true } as const

/** Projects a history event by event, and counts it beside. */
async function following(
  events: readonly RecordedEvent[],
  check: (history: ProjectedHistory, counted: Counted, now: Instant, event: RecordedEvent) => Promise<void>,
): Promise<void> {
  const counted: Counted = { chats: new Map(), agents: new Map() }
  const history = await projectHistory([])
  let now = instant('2026-03-27T00:00:00Z')
  try {
    for (const event of events) {
      await history.project([[event]])
      count(counted, event)
      if (event.event.at > now) now = event.event.at
      await check(history, counted, now, event)
    }
  } finally {
    await history.drop()
  }
}

it('has the same rows whether a history comes in small batches, across restarts, or at once', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(randomChatActs, sizes, async (acts, cuts) => {
      const events = await carryOutChats(acts)
      const opened: ProjectedHistory[] = []
      try {
        const rebuilt = await projectHistory([events], { replaying: true })
        opened.push(rebuilt)
        const live = await projectHistory([])
        opened.push(live)
        for (const batch of inBatches(events, cuts)) {
          await live.project([batch])
          if (batch.length % 2 === 0) live.restart()
        }
        expect(await live.rows()).toEqual(await rebuilt.rows())
      } finally {
        await Promise.all(opened.map((each) => each.drop()))
      }
    }),
    parameters,
  )
})

/** The chat of each event, folded up to it. */
function foldingChats() {
  const states = new Map<string, ChatState>()
  return ({ stream, event }: RecordedEvent): [id: string, ChatState] => {
    const id = stream.replace(/^chat-/, '')
    const before = states.get(stream) ?? { status: 'absent' }
    const after = stream.startsWith('chat-') ? evolveChat(before, event as ChatEvent) : before
    states.set(stream, after)
    return [id, after]
  }
}

it('has the queue that is counted from the events, at every step', async () => {
  let runs = 0
  let waits = 0
  await fc.assert(
    fc.asyncProperty(randomChatActs, async (acts) => {
      const faster = runs++ % 2 === 0 ? 40 : 1
      const sooner = acts.map((act) => ({ ...act, seconds: Math.round(act.seconds / faster) }))
      const [board, folded] = [createChatBoard(), foldingChats()]
      await following(await carryOutChats(sooner, 10), async ({ models }, counted, now, event) => {
        const { chats, ...pace } = await models.chatQueue.queue(now)
        board.updateChat(...folded(event))
        const toOffer = chats.filter(({ offeredTo, disconnected }) => offeredTo === undefined && !disconnected)
        expect(toOffer.map(({ chatId }) => chatId)).toEqual(board.waiting().map(({ id }) => id))
        waits += chats.filter(({ expectedWait }) => expectedWait !== undefined).length
        expect(pace).toEqual(paceAt(counted, now))
        let unplaced = 0
        expect(chats).toEqual(
          queueOf(counted).map(({ id, customer, channel, priority, queued, offered, away }, index) => ({
            chatId: id,
            customerId: customer,
            channel,
            priority,
            position: index + 1,
            queuedSince: instant(new Date(queued)),
            offeredTo: offered,
            disconnected: away,
            expectedWait: waitOf(offered === undefined ? (away ? unplaced + 1 : ++unplaced) : 0, paceAt(counted, now)),
          })),
        )
      })
    }),
    parameters,
  )
  expect(waits).toBeGreaterThan(0)
})

it('lists what the events say of chats and their messages, at every step', async () => {
  await fc.assert(
    fc.asyncProperty(randomChatActs, async (acts) => {
      await following(await carryOutChats(acts), async ({ models }, { chats }, _, { stream }) => {
        if (!stream.startsWith('chat-')) return
        const id = stream.slice('chat-'.length)
        const [row] = await models.chats.byIds([id])
        const chat = chats.get(id)
        if (!row || !chat) throw new Error(`no row of ${id}`)
        const { messages } = chat
        expect(row).toMatchObject({ id, status: chat.status, priority: chat.priority, lastNumber: chat.shown })
        expect(row).toMatchObject({ messages: messages.size, publicMessages: shownOf(chat).length })
        const { read: marks } = row
        const unread = (side: 'customer' | 'desk') => unreadOf(chat, side, marks[side])
        expect(row.unread).toEqual({ customer: unread('customer'), desk: unread('desk') })
        expect(row.lastMessage?.messageId).toBe([...messages.keys()].at(-1))
        expect(row.lastPublicMessage?.messageId).toBe(shownOf(chat).at(-1)?.[0])
        const read = async (visibility: 'all' | 'public') => {
          const { rows } = await models.chatMessages.ofChat(id, { limit: 1_000 }, visibility)
          return rows.map(({ row: { id: messageId, number, body, redactedAt } }) => {
            return [messageId, { number, body, redacted: redactedAt === undefined ? undefined : true }]
          })
        }
        const told = (all: readonly (readonly [string, { body: string; number: number | undefined }])[]) =>
          all.map(([messageId, { number, body, ...more }]) => {
            return [messageId, { number, body, redacted: (more as { redacted?: true }).redacted }]
          })
        expect(await read('all')).toEqual(told([...messages]))
        expect(await read('public')).toEqual(told(shownOf(chat)))
      })
    }),
    parameters,
  )
})

const shownOf = ({ messages }: CountedChat) => [...messages].filter(([, { number }]) => number !== undefined)

it('has the figures of an independent count of the events, in whatever batches they came', async () => {
  await fc.assert(
    fc.asyncProperty(randomChatActs, fc.nat(600), async (acts, later) => {
      const counted: Counted = { chats: new Map(), agents: new Map() }
      const events = await carryOutChats(acts)
      for (const event of events) count(counted, event)
      const last = events.reduce(
        (latest, { event }) => (event.at > latest ? event.at : latest),
        events[0]?.event.at ?? '',
      )
      const now = instant(new Date(Date.parse(last) + later * 1_000))
      const chats = [...counted.chats.values()]
      const history = await projectHistory(inBatches(events, [7]))
      try {
        const { chatFigures } = history.models
        expect(await chatFigures.figures({}, now)).toEqual(figuresOf(chats, now))
        const byChannel = await chatFigures.figuresBy('channel', {}, now)
        expect(byChannel).toEqual(groupedBy(chats, ({ channel }) => channel, now))
        const byCategory = await chatFigures.figuresBy('category', {}, now)
        expect(byCategory).toEqual(groupedBy(chats, ({ category }) => category, now))
        const byAgent = await chatFigures.figuresBy('agent', {}, now)
        expect(byAgent).toEqual(groupedByAgent(chats, now))
        const hours = await chatFigures.hours(instant('2026-03-27T09:00:00Z'), 120, now)
        for (const { from, figures } of hours) {
          const begins = Date.parse(from)
          const own = chats.filter(({ started }) => started >= begins && started < begins + 3_600_000)
          expect(figures).toEqual(figuresOf(own, now))
        }
        const days = await chatFigures.days('2026-03-27', '2026-04-05', 'Asia/Kathmandu', now)
        expect(days.reduce((sum, { figures }) => sum + figures.total, 0)).toBe(chats.length)
      } finally {
        await history.drop()
      }
    }),
    parameters,
  )
})

function groupedByAgent(chats: readonly CountedChat[], now: Instant) {
  const known = [...new Set(chats.flatMap(({ had, answeredBy = [] }) => [...had.keys()].concat(answeredBy)))].sort()
  return [...known, undefined].flatMap((agent) => {
    const own = chats.filter((chat) => partOf(chat, agent) !== undefined)
    const part = (chat: CountedChat) => partOf(chat, agent) ?? none
    return own.length === 0 ? [] : [{ value: agent ?? null, figures: figuresOf(own, now, part) }]
  })
}

const none = { last: false, first: false, answered: false, rated: false }

function groupedBy(chats: readonly CountedChat[], key: (chat: CountedChat) => string | undefined, now: Instant) {
  const values = [...new Set(chats.map(key))].sort((a, b) =>
    a === undefined ? 1 : b === undefined ? -1 : a < b ? -1 : 1,
  )
  return values.map((value) => ({
    value: value ?? null,
    figures: figuresOf(
      chats.filter((chat) => key(chat) === value),
      now,
    ),
  }))
}
