import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { chatChannels, chatStatuses, limits, line, mergedCustomersOf, personId, priorities } from '@guichet/domain'
import type { ChatChannel } from '@guichet/domain'
import type { ChatRow, ExpectedWait } from '@guichet/projections'
import { chatSearchModels, projectionsBehind } from '@guichet/projections'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { ChatView } from './chat.ts'
import { addChatType, readChat } from './chat.ts'
import { addChatEnums } from './chat-enums.ts'
import { messagesThen } from './chat-event.ts'
import { addChatMessageType } from './chat-message.ts'
import { seesOwnOnly, viewerOf, visibilityOf } from '../context.ts'
import { list, readFilter } from '../filter.ts'
import { connectionOf, namesOf, sliceOf } from '../paging.ts'
import { placeInQueue } from '../loaders.ts'
import type { ApiContext, ChatQueuePlace } from '../services.ts'
import { sharedOrganisation } from '../shared-access.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, changeDetector } from '../subscription.ts'
import { costOfFilter, searchSchema } from '../ticket/ticket-filter.ts'
import { addVocabulary, enumOf } from '../vocabulary.ts'

const filterSchema = z.object({
  status: list(z.enum(chatStatuses)),
  channel: list(z.enum(chatChannels)),
  priority: list(z.enum(priorities)),
  category: list(line(limits.name).nullable()),
  customerId: list(personId),
  agentId: list(personId.nullable()),
  mine: z.boolean().optional(),
  overdue: z.boolean().optional(),
  search: searchSchema,
})

const orders = ['latest', 'earliest', 'wait'] as const

/** Adds `chats`, the messages of a chat, its place in the queue, and the subscriptions to both. */
export function addChatQueries({ builder, use }: SchemaParts): void {
  const chat = use(addChatType)
  const filterInput = use(addChatFilter)
  const order = enumOf(builder, 'ChatOrder', orders, {
    description: 'The order of a list of chats.',
    describe: (word) => orderNames[word],
  })
  builder.queryField('chats', (t) =>
    t.connection(
      {
        type: chat,
        description: 'Chats; customers see their own, and those that their organisation shares with them.',
        extensions: { costOfArguments: ({ filter }: Readonly<Record<string, unknown>>) => costOfFilter(filter) },
        args: {
          filter: t.arg({ type: filterInput }),
          orderBy: t.arg({ type: order, description: 'The order; the latest first unless given.' }),
        },
        resolve: (_, { filter, orderBy, ...args }, context) => listOf(context, filter, orderBy ?? 'latest', args),
      },
      ...namesOf('Chat'),
    ),
  )
  use(addMessagesOfChat)
  use(addPlaceOfChat)
  addSubscription(builder, 'chatsChanged', {
    type: chat,
    description: 'The chats that you have, are offered or take part in, whenever one changes; or all chats.',
    args: builder.args((t) => ({
      all: t.boolean({ description: 'All chats of the desk; false unless given.' }),
    })),
    source: ({ all }, context) => changedChats(context, all ?? false),
  })
}

const orderNames: Readonly<Record<(typeof orders)[number], string>> = {
  latest: 'The latest start first.',
  earliest: 'The earliest start first.',
  wait: 'Open chats only: those in which the reply of the desk is awaited first, the longest wait first.',
}

/** Adds `ChatFilter`. */
function addChatFilter({ builder, use }: SchemaParts) {
  const { priority } = use(addVocabulary)
  const enums = use(addChatEnums)
  return builder.inputType('ChatFilter', {
    description: 'Conditions on chats, all of which must hold.',
    fields: (t) => ({
      status: t.field({ type: [enums.status], description: 'Any of these statuses.' }),
      channel: t.field({ type: [enums.channel], description: 'Any of these channels.' }),
      priority: t.field({ type: [priority], description: 'Any of these priorities.' }),
      category: t.field({
        type: t.listRef('String', { required: false }),
        description: 'Paths of categories, each including its subcategories; null matches chats without one.',
      }),
      customerId: t.idList({
        description: 'Any of these customers, also under the ids that they were merged with. Not for customers.',
      }),
      agentId: t.field({
        type: t.listRef('ID', { required: false }),
        description: 'The agents who have it; null matches chats without one. Not for customers.',
      }),
      mine: t.boolean({
        description:
          'Whether you have it, are offered it, or take part in it; for customers, whether it is their own, and not shared.',
      }),
      overdue: t.boolean({ description: 'Whether the desk is late with an answer. Not for customers.' }),
      search: t.string({
        description:
          'Words in the messages, and in the name, e-mail or id of the customer, all of which must match, as in the search of tickets. What was removed is not found. For customers, the words to compare with are those of their own chats.',
      }),
    }),
  })
}

/** Adds `Chat.messages`. */
function addMessagesOfChat({ builder, use }: SchemaParts): void {
  const chat = use(addChatType)
  const message = use(addChatMessageType)
  builder.objectField(chat, 'messages', (t) =>
    t.connection(
      {
        type: message,
        description: 'The messages, oldest first, with their present texts. Customers do not see notes.',
        extensions: { cost: 5 },
        resolve: ({ id, ...view }, args, context) =>
          view.then
            ? connectionOf(`chatMessagesThen/${visibilityOf(context)}`, args, async (page) =>
                sliceOf(await messagesThen(context, { ...view, id }), page, ({ id: value }) => ({ value, id: '' })),
              )
            : connectionOf(`chatMessages/${visibilityOf(context)}`, args, (page) =>
                context.budget.page(
                  async () => (await context.read('chatMessages')).ofChat(id, page, visibilityOf(context)),
                  ({ rows }) => context.budget.texts(rows.reduce((sum, { row }) => sum + row.body.length, 0)),
                ),
              ),
      },
      ...namesOf('ChatMessage'),
    ),
  )
}

/** Adds `Chat.place` and `chatPlaceChanged`. */
function addPlaceOfChat({ builder, use }: SchemaParts): void {
  const chat = use(addChatType)
  const place = use(addChatPlaceType)
  builder.objectField(chat, 'place', (t) =>
    t.field({
      type: place,
      nullable: true,
      description: 'Its place in the queue; null unless it waits, and for a chat as it was.',
      extensions: { cost: 5 },
      resolve: ({ id, status, then }, _, { loaders }) =>
        status === 'waiting' && !then ? loaders.chatPlace.load(id) : null,
    }),
  )
  addSubscription(builder, 'chatPlaceChanged', {
    type: place,
    nullable: true,
    description: 'The place of a waiting chat in the queue, now and whenever it changes; null once it no longer waits.',
    args: builder.args((t) => ({ chatId: t.id({ required: true }) })),
    source: async ({ chatId }, context) => {
      const view = await readChat(chatId, context)
      if (!view) throw edgeError('chat_unknown')
      return placesOf(context, view)
    },
  })
}

/** Adds `ChatPlace`. */
function addChatPlaceType({ builder }: SchemaParts) {
  const wait = builder.objectRef<ExpectedWait>('ExpectedWait').implement({
    description: 'An expected wait, in milliseconds. Two of three chats wait between `from` and `to`.',
    fields: (t) => ({
      mean: t.exposeFloat('mean', { description: 'The mean.' }),
      from: t.exposeFloat('from', { description: 'The lower end.' }),
      to: t.exposeFloat('to', { description: 'The upper end.' }),
    }),
  })
  return builder.objectRef<ChatQueuePlace>('ChatPlace').implement({
    description: 'The place of a waiting chat in the queue.',
    fields: (t) => ({
      position: t.int({
        nullable: true,
        description: 'The position, from 1; null for customers of a channel that does not show it.',
        resolve: async ({ queued: { position, channel } }, _, context) =>
          (await showsPosition(channel, context)) ? position : null,
      }),
      queuedSince: t.field({
        type: 'DateTime',
        description: 'Since when it counts.',
        resolve: ({ queued }) => queued.queuedSince,
      }),
      expectedWait: t.field({
        type: wait,
        nullable: true,
        description: 'The expected wait; null without agents, or while too few chats have ended in the last hour.',
        resolve: ({ queued }) => queued.expectedWait,
      }),
      meanFirstAnswer: t.float({
        nullable: true,
        description: 'After how long chats were answered on average in the last hour, in milliseconds.',
        resolve: ({ pace }) => pace.meanFirstAnswer,
      }),
    }),
  })
}

type PageArgs = Parameters<typeof connectionOf>[1]

async function listOf(context: ApiContext, input: unknown, by: (typeof orders)[number], args: PageArgs) {
  const { mine, customerId: person, ...filter } = readFilter(filterSchema, input)
  const { id } = viewerOf(context)
  const seesOwn = seesOwnOnly(context)
  const forbidden = seesOwn && (person ?? filter.agentId ?? filter.overdue) !== undefined
  if (forbidden) throw edgeError('forbidden', 'filter: customers see their own chats, and filter by no people')
  const order = by === 'wait' ? { by } : ({ by: 'startedAt', direction: by === 'latest' ? 'desc' : 'asc' } as const)
  return connectionOf(`chats/${by}`, args, async (page) => {
    const sharedBy = seesOwn && !mine ? await sharedOrganisation(context) : undefined
    const seen =
      sharedBy === undefined
        ? seesOwn && { customerId: await mergedCustomersOf(context.services.desk, id) }
        : { memberOf: sharedBy }
    const conditions = { ...filter, person, ...seen, ...(mine && !seesOwn && { involving: id }) }
    const models = [
      ...projectionsBehind.chats,
      ...(filter.search === undefined ? [] : chatSearchModels),
      ...(person === undefined ? [] : projectionsBehind.customers),
    ]
    return (await context.read('chats', models)).list(conditions, order, page, visibilityOf(context))
  })
}

/** The desk sees every position, customers where the channel shows it. */
const showsPosition = async (channel: ChatChannel, context: ApiContext): Promise<boolean> =>
  !seesOwnOnly(context) || (await context.services.channelWatch.now(channel)).abilities.queuePosition

/** The shortest time between two changes that a visitor is sent, in milliseconds. */
const spacingMs = 1_000

/**
 * The place of a chat whenever it changes. The queue is read for all who wait; one that does not yet have the chat, because the read model
 * has not come so far, says nothing about it.
 */
export function placesOf(
  context: ApiContext,
  { id, version, status, channel }: ChatView,
): Source<ChatQueuePlace | null> {
  let place: ChatQueuePlace | null | undefined = status === 'waiting' ? undefined : null
  const hasChanged = changeDetector()
  return {
    listen: (wake) =>
      context.services.chatWatch.follow(({ chats, queue }) => {
        const newPlace = placeInQueue(queue, id)
        const isOver = place !== undefined || chats.some((row) => row.id === id && row.version >= version)
        if (!newPlace && !isOver) return
        place = newPlace
        wake()
      }),
    values: async function* () {
      const position = (await showsPosition(channel, context)) ? place?.queued.position : place && 'waiting'
      if (place === undefined || !hasChanged([position, place?.queued.expectedWait])) return
      yield place
      await delay(spacingMs, undefined, { ref: false })
    },
  }
}

/** How many changed chats are held for a reader who is behind; of the others their ids. */
const mostHeld = 100

/** How many chats of a reader are known when they begin to follow them; nobody has nearly as many. */
const mostOwn = 200

/** How many chats are read at a time that are not held. */
const readAtOnce = 50

/**
 * The chats that change. A slow reader gets the latest state of each chat only; of one who has stopped reading a hundred
 * rows are held, and the ids of the rest, which are read again when they are asked for.
 */
export function changedChats(context: ApiContext, all: boolean): Source<ChatRow> {
  const { id } = viewerOf(context)
  const waiting = new Map<string, ChatRow | undefined>()
  let heldCount = 0
  const hold = (row: ChatRow): void => {
    const isHeld = waiting.get(row.id) !== undefined
    if (!isHeld && heldCount === mostHeld) return void waiting.set(row.id, undefined)
    waiting.set(row.id, row)
    if (!isHeld) heldCount++
  }
  const next = async (): Promise<readonly ChatRow[]> => {
    const [[first, row] = []] = waiting
    if (first === undefined) return []
    if (row) {
      waiting.delete(first)
      heldCount--
      return [row]
    }
    const ids = [...waiting].flatMap(([chatId, each]) => (each ? [] : [chatId])).slice(0, readAtOnce)
    for (const chatId of ids) waiting.delete(chatId)
    return (await (await context.read('chats')).byIds(ids)).filter((each) => each !== undefined)
  }
  const involved = new Set<string>()
  return {
    listen: (wake) =>
      context.services.chatWatch.follow(({ chats }) => {
        for (const row of chats) {
          if (!all) {
            const wasInvolved = involved.delete(row.id)
            if (involves(row, id)) {
              if (row.status !== 'closed') involved.add(row.id)
            } else if (!wasInvolved) continue
          }
          hold(row)
        }
        if (waiting.size > 0) wake()
      }),
    begin: async () => {
      if (!all) for (const chatId of await openOf(context, id)) involved.add(chatId)
    },
    values: async function* () {
      while (waiting.size > 0) yield* await next()
    },
  }
}

/** The open chats that involve somebody. */
async function openOf(context: ApiContext, involving: string): Promise<readonly string[]> {
  const chats = await context.read('chats')
  const order = { by: 'startedAt', direction: 'desc' } as const
  const { rows } = await chats.list(
    { involving, status: ['waiting', 'active'] },
    order,
    { limit: mostOwn },
    visibilityOf(context),
  )
  return rows.map(({ row }) => row.id)
}

/** Whether somebody has a chat, is offered it, takes part in it, or is asked to take it over. */
const involves = ({ agent, offer, participants, transfer }: ChatRow, agentId: string): boolean =>
  [agent?.id, offer?.agent.id, transfer?.to.agent?.id].includes(agentId) ||
  participants.some((each) => each.agent.id === agentId)
