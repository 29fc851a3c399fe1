import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { chatChannels, chatStatuses, instant, limits, line, personId, priorities } from '@guichet/domain'
import type { ChatQueue, ChatRow, ExpectedWait } from '@guichet/projections'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import type { ChatTypes, ChatView, ChatWords } from './chat.ts'
import { readChat } from './chat.ts'
import { seesOwnOnly, viewerOf, visibilityOf } from './context.ts'
import { list, readFilter } from './filter.ts'
import { connectionOf, namesOf } from './paging.ts'
import { placeInQueue } from './loaders.ts'
import type { ApiContext, ChatQueuePlace } from './services.ts'
import { subscribed } from './subscription.ts'
import type { Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

const filterSchema = z.object({
  status: list(z.enum(chatStatuses)),
  channel: list(z.enum(chatChannels)),
  priority: list(z.enum(priorities)),
  category: list(line(limits.name).nullable()),
  customerId: list(personId),
  agentId: list(personId.nullable()),
  mine: z.boolean().optional(),
  overdue: z.boolean().optional(),
})

const orders = ['latest', 'earliest', 'wait'] as const

/** Adds `chats`, the messages of a chat, its place in the queue, and the subscriptions to both. */
export function addChatQueries(
  builder: ApiBuilder,
  { priority }: Vocabulary,
  words: ChatWords,
  { chat, message }: ChatTypes,
): void {
  const filterInput = builder.inputType('ChatFilter', {
    description: 'Conditions on chats, all of which must hold.',
    fields: (t) => ({
      status: t.field({ type: [words.status], description: 'Any of these statuses.' }),
      channel: t.field({ type: [words.channel], description: 'Any of these channels.' }),
      priority: t.field({ type: [priority], description: 'Any of these priorities.' }),
      category: t.field({
        type: t.listRef('String', { required: false }),
        description: 'Paths of categories, each including its subcategories; null matches chats without one.',
      }),
      customerId: t.idList({ description: 'Any of these customers. Not for customers.' }),
      agentId: t.field({
        type: t.listRef('ID', { required: false }),
        description: 'The agents who have it; null matches chats without one. Not for customers.',
      }),
      mine: t.boolean({ description: 'Whether you have it, are offered it, or take part in it. Not for customers.' }),
      overdue: t.boolean({ description: 'Whether the desk is late with an answer. Not for customers.' }),
    }),
  })
  const order = enumOf(builder, 'ChatOrder', orders, {
    description: 'The order of a list of chats.',
    describe: (word) => orderNames[word],
  })
  builder.queryField('chats', (t) =>
    t.connection(
      {
        type: chat,
        description: 'Chats; customers see their own.',
        args: {
          filter: t.arg({ type: filterInput }),
          orderBy: t.arg({ type: order, description: 'The order; the latest first unless given.' }),
        },
        resolve: (_, { filter, orderBy, ...args }, context) => listOf(context, filter, orderBy ?? 'latest', args),
      },
      ...namesOf('Chat'),
    ),
  )

  builder.objectField(chat, 'messages', (t) =>
    t.connection(
      {
        type: message,
        description: 'The messages, oldest first, with their present texts. Customers do not see notes.',
        extensions: { cost: 5 },
        resolve: ({ id }, args, context) =>
          connectionOf(`chatMessages/${visibilityOf(context)}`, args, (page) =>
            context.budget.page(
              async () => (await context.read('chatMessages')).ofChat(id, page, visibilityOf(context)),
              ({ rows }) => context.budget.texts(rows.reduce((sum, { row }) => sum + row.body.length, 0)),
            ),
          ),
      },
      ...namesOf('ChatMessage'),
    ),
  )

  const wait = builder.objectRef<ExpectedWait>('ExpectedWait').implement({
    description: 'An expected wait, in milliseconds. Two of three chats wait between `from` and `to`.',
    fields: (t) => ({
      mean: t.exposeFloat('mean', { description: 'The mean.' }),
      from: t.exposeFloat('from', { description: 'The lower end.' }),
      to: t.exposeFloat('to', { description: 'The upper end.' }),
    }),
  })
  const place = builder.objectRef<ChatQueuePlace>('ChatPlace').implement({
    description: 'The place of a waiting chat in the queue.',
    fields: (t) => ({
      position: t.int({ description: 'The position, from 1.', resolve: ({ queued }) => queued.position }),
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
  builder.objectField(chat, 'place', (t) =>
    t.field({
      type: place,
      nullable: true,
      description: 'Its place in the queue; null unless it waits.',
      extensions: { cost: 5 },
      resolve: ({ id, status }, _, { loaders }) => (status === 'waiting' ? loaders.chatPlace.load(id) : null),
    }),
  )

  builder.subscriptionField('chatPlaceChanged', (t) =>
    t.field({
      type: place,
      nullable: true,
      description:
        'The place of a waiting chat in the queue, now and whenever it changes; null once it no longer waits.',
      args: { chatId: t.arg.id({ required: true }) },
      subscribe: async (_, { chatId }, context) => {
        const view = await readChat(chatId, context)
        if (!view) throw edgeError('chat_unknown')
        return placesOf(context, view)
      },
      resolve: (value: PlaceChange) => value.place,
    }),
  )

  builder.subscriptionField('chatsChanged', (t) =>
    t.field({
      type: chat,
      description: 'The chats that you have, are offered or take part in, whenever one changes; or all chats.',
      args: { all: t.arg.boolean({ description: 'All chats of the desk; false unless given.' }) },
      subscribe: (_, { all }, context) => changedChats(context, all ?? false),
      resolve: (value: ChatRow) => value,
    }),
  )
}

const orderNames: Readonly<Record<(typeof orders)[number], string>> = {
  latest: 'The latest start first.',
  earliest: 'The earliest start first.',
  wait: 'Open chats only: those that the desk owes an answer first, the longest wait first.',
}

type PageArgs = Parameters<typeof connectionOf>[1]

function listOf(context: ApiContext, input: unknown, by: (typeof orders)[number], args: PageArgs) {
  const { mine, ...filter } = readFilter(filterSchema, input)
  const { id } = viewerOf(context)
  const own = seesOwnOnly(context)
  const forbidden = own && (filter.customerId ?? filter.agentId ?? mine ?? filter.overdue) !== undefined
  if (forbidden) throw edgeError('forbidden', 'filter: customers see their own chats, and filter by no people')
  const conditions = { ...filter, ...(own && { customerId: [id] }), ...(mine && { involving: id }) }
  const order = by === 'wait' ? { by } : ({ by: 'startedAt', direction: by === 'latest' ? 'desc' : 'asc' } as const)
  return connectionOf(`chats/${by}`, args, async (page) =>
    (await context.read('chats')).list(conditions, order, page, visibilityOf(context)),
  )
}

type PlaceChange = { readonly place: ChatQueuePlace | null }

/** The shortest time between two changes that a visitor is sent, in milliseconds. */
const spacingMs = 1_000

function placesOf(context: ApiContext, { id }: ChatView): AsyncIterableIterator<PlaceChange> {
  const { chatWatch, readModels } = context.services
  let queue: ChatQueue | undefined
  return subscribed(
    context,
    (wake) =>
      chatWatch.follow((changes) => {
        ;({ queue } = changes)
        wake()
      }),
    async function* (sleep) {
      let sent: string | undefined
      for (;;) {
        const present = queue ?? (await readModels.chatQueue.queue(instant(new Date())))
        const place = placeInQueue(present, id)
        const shown = JSON.stringify([place?.queued.position, place?.queued.expectedWait])
        if (shown !== sent) {
          yield { place }
          sent = shown
          await delay(spacingMs, undefined, { ref: false })
        }
        await sleep()
      }
    },
  )
}

/** A slow reader gets the latest state of each chat only. */
function changedChats(context: ApiContext, all: boolean): AsyncIterableIterator<ChatRow> {
  const { id } = viewerOf(context)
  const waiting = new Map<string, ChatRow>()
  const involved = new Set<string>()
  return subscribed(
    context,
    (wake) =>
      context.services.chatWatch.follow(({ chats }) => {
        for (const row of chats) {
          if (!all) {
            if (involves(row, id)) involved.add(row.id)
            else if (!involved.delete(row.id)) continue
          }
          waiting.set(row.id, row)
        }
        if (waiting.size > 0) wake()
      }),
    async function* (sleep) {
      for (;;) {
        for (const [chatId, row] of waiting) {
          waiting.delete(chatId)
          yield row
        }
        await sleep()
      }
    },
  )
}

/** Whether somebody has a chat, is offered it, takes part in it, or is asked to take it over. */
const involves = ({ agent, offer, participants, transfer }: ChatRow, agentId: string): boolean =>
  [agent?.id, offer?.agent.id, transfer?.to.agent?.id].includes(agentId) ||
  participants.some((each) => each.agent.id === agentId)
