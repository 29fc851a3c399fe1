import { z } from 'zod'
import {
  chatChannels,
  chatTargets,
  formatDuration,
  elapsed,
  instant,
  limits,
  line,
  personId,
  priorities,
} from '@guichet/domain'
import type { ChatTargetDimension, ChatTargetRow } from '@guichet/projections'
import { chatTargetDimensions, chatTargetStates } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { addChatType } from './chat.ts'
import { addChatEnums } from './chat-enums.ts'
import { addTimeRange, list, readFilter, timeRangeSchema } from '../filter.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import { periodOf } from '../desk/reports.ts'
import { addSla } from '../ticket/sla.ts'
import { addVocabulary, enumOf } from '../vocabulary.ts'

const nameOrNone = line(limits.name).nullable()

const filterSchema = z.object({
  target: list(z.enum(chatTargets)),
  state: list(z.enum(chatTargetStates)),
  open: z.boolean().optional(),
  channel: list(z.enum(chatChannels)),
  priority: list(z.enum(priorities)),
  category: list(nameOrNone),
  plan: list(nameOrNone),
  policy: list(line(limits.name)),
  agentId: list(personId.nullable()),
  dueAt: timeRangeSchema,
})

/** Adds `chatTargets` and `chatSlaDashboard`: the answers that are awaited from the desk in chats, and how many came in time. */
export function addChatSla({ builder, use }: SchemaParts): void {
  const { record, connection } = use(addTargetsOfChat)
  const filterInput = use(addChatTargetFilter)
  const dashboard = use(addSla)
  const dimension = enumOf(builder, 'ChatTargetDimension', chatTargetDimensions, {
    description: 'What targets of chats are grouped by.',
    describe: (word) => dimensionNames[word],
  })
  builder.queryFields((t) => ({
    chatTargets: t.connection(
      {
        type: record,
        description: 'Targets of chats, ordered by due time.',
        args: { filter: t.arg({ type: filterInput, description: 'Which targets; all unless given.' }) },
        extensions: { cost: 100 },
        resolve: (_, { filter, ...args }, { read }) =>
          connectionOf('chatTargets', args, async (page) =>
            (await read('chatTargets')).list(readFilter(filterSchema, filter), page, instant(new Date())),
          ),
      },
      connection,
    ),
    chatSlaDashboard: t.field({
      type: dashboard,
      description: 'The answers awaited in chats now, and how many came in time in a period, grouped by a dimension.',
      args: {
        by: t.arg({
          type: dimension,
          defaultValue: 'channel',
          description: 'The dimension; the channel unless given.',
        }),
        filter: t.arg({ type: filterInput, description: 'Which targets; all unless given.' }),
        from: t.arg({ type: 'DateTime', description: 'The start of the period, included.' }),
        to: t.arg({ type: 'DateTime', description: 'The end of the period, not included.' }),
      },
      extensions: { cost: 200 },
      resolve: async (_, { by, filter, from, to }, { read }) => {
        const question = {
          by: by ?? ('channel' as const),
          filter: readFilter(filterSchema, filter),
          period: periodOf({ from, to }),
        }
        return (await read('chatTargets')).dashboard(question, instant(new Date()))
      },
    }),
  }))
}

const dimensionNames: Readonly<Record<ChatTargetDimension, string>> = {
  channel: 'How the customer chats.',
  target: 'The target.',
  priority: 'The priority.',
  category: 'The category.',
  plan: 'The plan of the customer.',
  policy: 'The row of the table of answer times.',
  agent: 'Who answered in time; else whose chat it was when the answer fell due or was cancelled, or whose it is.',
}

/** Adds `Chat.targets`. */
function addTargetsOfChat({ builder, use }: SchemaParts) {
  const chat = use(addChatType)
  const record = use(addChatTargetRecord)
  const connection = builder.connectionObject(
    { type: record, ...namesOf('ChatTargetRecord')[0] },
    namesOf('ChatTargetRecord')[1],
  )
  builder.objectField(chat, 'targets', (t) =>
    t.connection(
      {
        type: record,
        description: 'The targets of the chat, in the order in which they began. Empty for customers.',
        extensions: { ...deskOnly, cost: 3 },
        resolve: ({ id }, args, { loaders }) =>
          connectionOf(`chatTargets:${id}`, args, (page) => loaders.chatTargets.load({ chatId: id, page })),
      },
      connection,
    ),
  )
  return { record, connection }
}

/** Adds `ChatTargetRecord`. */
function addChatTargetRecord({ builder, use }: SchemaParts) {
  const { priority, slaState } = use(addVocabulary)
  const enums = use(addChatEnums)
  const chat = use(addChatType)
  const target = use(addChatTarget)
  const record = builder.objectRef<ChatTargetRow>('ChatTargetRecord')
  builder.node(record, {
    id: { resolve: ({ chatId, cycle }) => joinIds(chatId, cycle) },
    loadMany: loadNodes('chatTargets', async (id, { loaders }) => {
      const [chatId = '', cycle = ''] = splitIds(id)
      if (!/^[1-9]\d{0,8}$/.test(cycle)) return undefined
      const after = { value: String(Number(cycle) - 1), id: '' }
      const { rows } = await loaders.chatTargets.load({ chatId, page: { limit: 1, after } })
      return rows.map(({ row }) => row).find((row) => joinIds(row.chatId, row.cycle) === id)
    }),
    description:
      'An answer that is, or was, awaited from the desk in a chat: whether it came in time, and why it was due then.',
    fields: (t) => ({
      target: t.expose('target', { type: target, description: 'Which answer.' }),
      cycle: t.exposeInt('cycle', { description: 'The number of the wait in the chat.' }),
      state: t.expose('state', {
        type: slaState,
        description: 'The state. The clock of a chat is never paused, and nobody is warned of it.',
      }),
      open: t.exposeBoolean('open', { description: 'Whether it is still awaited, in time or not.' }),
      since: t.expose('since', { type: 'DateTime', description: 'Since when the customer waits.' }),
      dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When it is or was due. An answer then is late.' }),
      breachedAt: t.expose('breachedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was due, if it was missed.',
      }),
      metAt: t.expose('metAt', { type: 'DateTime', nullable: true, description: 'When it came, if in time.' }),
      answeredAt: t.expose('answeredAt', { type: 'DateTime', nullable: true, description: 'When it came, if late.' }),
      cancelledAt: t.expose('cancelledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the chat ended without it.',
      }),
      policy: t.exposeString('policy', {
        description: 'The row of the table of answer times; `default` for the times of the desk.',
      }),
      policyVersion: t.exposeString('policyVersion', {
        description: 'The version of the configuration in force at the start of the chat.',
      }),
      why: t.string({ description: 'A sentence that explains when it is due.', resolve: whyDue }),
      channel: t.expose('channel', { type: enums.channel, description: 'How the customer chats.' }),
      priority: t.expose('priority', {
        type: priority,
        description: 'The priority of the chat. Like category and plan, it is as it was when the target ended.',
      }),
      category: t.exposeString('category', { nullable: true, description: 'The category of the chat.' }),
      plan: t.exposeString('plan', { nullable: true, description: 'The plan of the customer.' }),
      agentId: t.exposeID('agentId', {
        nullable: true,
        description:
          'Who answered in time; else whose chat it was when the answer fell due or was cancelled, or whose it is.',
      }),
      chat: t.field({
        type: chat,
        nullable: true,
        description: 'The chat.',
        resolve: ({ chatId }, _, { loaders }) => loaders.chat.load(chatId),
      }),
    }),
  })
  return record
}

/** Adds `ChatTargetFilter`. */
function addChatTargetFilter({ builder, use }: SchemaParts) {
  const { priority, slaState } = use(addVocabulary)
  const enums = use(addChatEnums)
  const timeRange = use(addTimeRange)
  const target = use(addChatTarget)
  return builder.inputType('ChatTargetFilter', {
    description: 'Conditions on targets of chats, all of which must hold.',
    fields: (t) => ({
      target: t.field({ type: [target], description: 'Any of these targets.' }),
      state: t.field({ type: [slaState], description: 'Any of these states.' }),
      open: t.boolean({ description: 'Whether it is still awaited.' }),
      channel: t.field({ type: [enums.channel], description: 'Any of these channels.' }),
      priority: t.field({ type: [priority], description: 'Any of these priorities.' }),
      category: t.field({
        type: t.listRef('String', { required: false }),
        description: 'Paths of categories, each including its subcategories; null matches chats without one.',
      }),
      plan: t.field({
        type: t.listRef('String', { required: false }),
        description: 'The plan of the customer; null matches chats without one.',
      }),
      policy: t.stringList({ description: 'Any of these rows of the table of answer times.' }),
      agentId: t.field({
        type: t.listRef('ID', { required: false }),
        description: 'The agents of the targets; null matches targets that were nobody’s.',
      }),
      dueAt: t.field({ type: timeRange, description: 'When it is or was due.' }),
    }),
  })
}

/** Adds `ChatTarget`. */
function addChatTarget({ builder }: SchemaParts) {
  return enumOf(builder, 'ChatTarget', chatTargets, {
    description: 'A target of a chat.',
    describe: (word) => (word === 'first_answer' ? 'The first answer of a person.' : 'A later answer.'),
  })
}

function whyDue({ target, policy, policyVersion, since, dueAt }: ChatTargetRow): string {
  const answer = target === 'first_answer' ? 'a first answer' : 'an answer'
  return `policy ${policy} of ${policyVersion}: ${answer} within ${formatDuration(elapsed(since, dueAt))}, since ${since}`
}
