import type { CannedTarget, CannedValues } from '@guichet/domain'
import { cannedTargets, cannedTextFor, instant, limits, line, macroActions, nameValues } from '@guichet/domain'
import type { CannedFilter, CannedReplyRow, ChatRow, MacroRow, TicketRow } from '@guichet/projections'
import { projectionsBehind, slaModels } from '@guichet/projections'
import { z } from 'zod'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { readOwnChat } from '../chat/chat.ts'
import { viewerOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import { alertCountsOf } from '../chat/customer-alerts.ts'
import { readFilter } from '../filter.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addPeople, addVocabulary, enumOf } from '../vocabulary.ts'

/** What a canned text is written into: a ticket, or a chat. */
export type Conversation = Pick<TicketRow | ChatRow, 'customer' | 'language' | 'plan' | 'category'> & {
  readonly kind: CannedTarget
  readonly id: string
  readonly ticket?: Pick<TicketRow, 'number' | 'subject'>
}

type RenderTarget = { readonly chatId?: string | null | undefined; readonly ticketId?: string | null | undefined }

/** The ticket or chat that arguments name; undefined if there is none. Throws `malformed_input` unless they name one. */
export async function conversationOf(
  { chatId, ticketId }: RenderTarget,
  context: ApiContext,
): Promise<Conversation | undefined> {
  if ((chatId == null) === (ticketId == null)) {
    throw edgeError('malformed_input', 'chatId, ticketId: give one of them')
  }
  if (chatId != null) {
    const chat = await readOwnChat(chatId, context)
    return chat && { ...chat, plan: chat.plan, category: chat.category, kind: 'chat', id: chatId }
  }
  const ticket = await context.loaders.ticket.load(ticketId ?? '')
  return ticket ? { ...ticket, kind: 'ticket', id: ticket.id, ticket } : undefined
}

/** The values of the placeholders of texts; those that cost a read are read only if a text has them. */
export async function cannedValuesOf(
  conversation: Conversation,
  texts: readonly string[],
  context: ApiContext,
): Promise<CannedValues> {
  const { kind, id, customer, plan, ticket } = conversation
  const has = (name: string): boolean => texts.some((text) => text.includes(name))
  const { policy } = await context.services.desk.terms()
  const place = kind === 'chat' && has('chat.queue') ? await context.loaders.chatPlace.load(id) : null
  const page = kind === 'chat' && has('chat.page') ? (await context.loaders.chat.load(id))?.context?.page : undefined
  const alerts = /customer\.(alerts|criticalAlerts)/.test(texts.join())
    ? await alertCountsOf(viewerOf(context), customer.id, context)
    : undefined
  return {
    ...nameValues(customer, viewerOf(context)),
    'customer.plan': plan,
    'customer.alerts': alerts?.active.toString(),
    'customer.criticalAlerts': alerts?.critical.toString(),
    'customer.openTickets': has('customer.openTickets') ? String(await openTickets(customer.id, context)) : undefined,
    'ticket.number': ticket?.number?.toString(),
    'ticket.subject': ticket?.subject,
    'chat.queue': place?.queued.position.toString(),
    'chat.page': page,
    'desk.signature': policy.signature,
  }
}

async function openTickets(customerId: string, { read }: ApiContext): Promise<number> {
  const customers = await read('customers', [...projectionsBehind.customers, ...slaModels])
  const [figures] = await customers.figures([{ id: customerId, now: instant(new Date()) }])
  return figures?.open ?? 0
}

/** The texts of canned replies, in the language of the viewer unless they ask for another one. */
async function languageOf(language: string | null | undefined, context: ApiContext): Promise<string> {
  return language ?? languageOfViewer(context)
}

/** Adds `CannedReply` and `Macro`, for the desk only. */
export function addCannedTypes({ builder, use }: SchemaParts) {
  const { priority } = use(addVocabulary)
  const { actor } = use(addPeople)
  const target = enumOf(builder, 'CannedTarget', cannedTargets, {
    description: 'Where a canned reply or a macro is used.',
    describe: (word) => (word === 'ticket' ? 'On tickets.' : 'In chats.'),
  })
  const action = enumOf(builder, 'MacroAction', macroActions, {
    description: 'What a step of a macro does.',
    describe: (word) => actionNames[word],
  })
  type Text = readonly [language: string, text: string]
  const text = builder.objectRef<Text>('CannedText').implement({
    description: 'A text in a language.',
    fields: (t) => ({
      language: t.string({ description: 'The language.', resolve: ([language]) => language }),
      text: t.string({ description: 'The text, with its placeholders.', resolve: ([, written]) => written }),
    }),
  })
  const reply = builder.objectRef<CannedReplyRow>('CannedReply')
  builder.node(reply, {
    description: 'A text that agents send often.',
    id: { description: 'The global id. Queries and mutations take it as well.', resolve: ({ id }) => id },
    loadMany: loadNodes('cannedReplies', async (id, { read }) => (await (await read('canned')).repliesByIds([id]))[0]),
    fields: (t) => ({
      version: t.exposeInt('version', { description: 'The version.' }),
      shortcut: t.exposeString('shortcut', { description: 'What an agent types after `/`.' }),
      title: t.exposeString('title', { description: 'What it is for.' }),
      texts: t.field({ type: [text], description: 'In each language.', resolve: ({ texts }) => Object.entries(texts) }),
      text: t.string({
        description: 'The text in the language closest to the given one, by default to yours. Placeholders stay.',
        args: { language: t.arg.string({ description: 'The language.' }) },
        resolve: async ({ texts }, { language }, context) => {
          const { defaultLanguage } = (await context.services.desk.terms()).policy
          const wantedLanguage = await languageOf(language, context)
          return texts[cannedTextFor(texts, { language: wantedLanguage, defaultLanguage, values: {} }).language] ?? ''
        },
      }),
      category: t.exposeString('category', { nullable: true, description: 'The category it is for; null for any.' }),
      team: t.exposeString('team', { nullable: true, description: 'The team that it is for; null for any.' }),
      targets: t.field({ type: [target], description: 'Where it is used.', resolve: ({ targets }) => targets }),
      savedAt: t.expose('savedAt', { type: 'DateTime', description: 'When it was last written.' }),
      savedBy: t.expose('savedBy', { type: actor, description: 'Who wrote it last.' }),
    }),
  })
  const step = builder.objectRef<MacroRow['steps'][number]>('MacroStep').implement({
    description: 'A step of a macro. Fields that its action does not have are null.',
    fields: (t) => ({
      action: t.expose('action', { type: action, description: 'What it does.' }),
      texts: t.field({
        type: [text],
        description: 'The text of a reply, in each language; empty for a canned reply.',
        resolve: ({ texts = {} }) => Object.entries(texts),
      }),
      cannedReplyId: t.exposeID('cannedReplyId', { nullable: true, description: 'The canned reply that is sent.' }),
      body: t.exposeString('body', { nullable: true, description: 'The text of a note.' }),
      category: t.exposeString('category', { nullable: true, description: 'The category.' }),
      priority: t.expose('priority', { type: priority, nullable: true, description: 'The priority.' }),
      tag: t.exposeString('tag', { nullable: true, description: 'The tag.' }),
      team: t.exposeString('team', { nullable: true, description: 'The team.' }),
      subject: t.exposeString('subject', { nullable: true, description: 'The subject of the ticket.' }),
      reason: t.exposeString('reason', { nullable: true, description: 'The reason, or a note for the desk.' }),
    }),
  })
  const macro = builder.objectRef<MacroRow>('Macro')
  builder.node(macro, {
    description: 'Commands that are carried out together on a ticket or a chat.',
    id: { description: 'The global id. Queries and mutations take it as well.', resolve: ({ id }) => id },
    loadMany: loadNodes('macros', async (id, { read }) => (await (await read('canned')).macrosByIds([id]))[0]),
    fields: (t) => ({
      version: t.exposeInt('version', { description: 'The version.' }),
      target: t.expose('target', { type: target, description: 'What it is run on.' }),
      shortcut: t.exposeString('shortcut', { description: 'What an agent types after `/`.' }),
      title: t.exposeString('title', { description: 'What it is for.' }),
      steps: t.field({ type: [step], description: 'The steps, in order.', resolve: ({ steps }) => steps }),
      team: t.exposeString('team', { nullable: true, description: 'The team that it is for; null for any.' }),
      savedAt: t.expose('savedAt', { type: 'DateTime', description: 'When it was last written.' }),
      savedBy: t.expose('savedBy', { type: actor, description: 'Who wrote it last.' }),
    }),
  })
  return { target, reply, macro }
}

const actionNames: Readonly<Record<(typeof macroActions)[number], string>> = {
  reply: 'Replies to the customer.',
  note: 'Writes a note for the desk.',
  categorize: 'Changes the category.',
  change_priority: 'Changes the priority.',
  tag: 'Adds a tag to a ticket.',
  untag: 'Removes a tag of a ticket.',
  transfer: 'Hands it over to a team.',
  wait: 'Waits for the customer of a ticket: the reminders and its closing are scheduled.',
  resolve: 'Resolves a ticket.',
  close: 'Closes it as solved.',
  convert: 'Turns a chat into a ticket.',
}

const name = line(limits.name).optional()
const filterSchema = z.object({
  search: line(100).optional(),
  target: z.enum(cannedTargets).optional(),
  category: name,
  team: name,
})

/** Adds `cannedReplies`, `macros`, and `renderCannedReply`. */
export function addCannedQueries({ builder, use }: SchemaParts): void {
  const { target, reply, macro } = use(addCannedTypes)
  const filterInput = builder.inputType('CannedFilter', {
    description: 'Conditions on canned replies or macros, all of which must hold.',
    fields: (t) => ({
      search: t.string({ description: 'The beginning of the shortcut, or a part of the title, in any case.' }),
      target: t.field({ type: target, description: 'For this kind of conversation.' }),
      category: t.string({ description: 'For this category, one above it, or any. Macros are for any.' }),
      team: t.string({ description: 'For this team, or any.' }),
    }),
  })
  const read = (filter: unknown): CannedFilter => readFilter(filterSchema, filter)
  /** A list in its order, which depends on what is searched for. */
  const inOrderOf = (list: string, { search }: CannedFilter): string =>
    search === undefined ? list : `${list}:${search}`
  const rendered = builder.objectRef<{ readonly language: string; readonly text: string }>('RenderedText').implement({
    description: 'A text in a language, with its placeholders filled: plain text, to be escaped where it is shown.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language.' }),
      text: t.exposeString('text', { description: 'The text.' }),
    }),
  })
  builder.queryFields((t) => ({
    cannedReplies: t.connection(
      {
        type: reply,
        description: 'Canned replies, those whose shortcut matches first, by their shortcuts.',
        args: { filter: t.arg({ type: filterInput, description: 'Which ones; all unless given.' }) },
        extensions: { cost: 100 },
        resolve: (_, { filter, ...args }, context) => {
          const conditions = read(filter)
          return connectionOf(inOrderOf('cannedReplies', conditions), args, async (page) =>
            (await context.read('canned')).replies(conditions, page),
          )
        },
      },
      ...namesOf('CannedReply'),
    ),
    macros: t.connection(
      {
        type: macro,
        description: 'Macros, those whose shortcut matches first, by their shortcuts.',
        args: { filter: t.arg({ type: filterInput, description: 'Which ones; all unless given.' }) },
        extensions: { cost: 100 },
        resolve: (_, { filter, ...args }, context) => {
          const conditions = read(filter)
          return connectionOf(inOrderOf('macros', conditions), args, async (page) =>
            (await context.read('canned')).macros(conditions, page),
          )
        },
      },
      ...namesOf('Macro'),
    ),
    renderCannedReply: t.field({
      type: rendered,
      nullable: true,
      description:
        'A canned reply as it would be sent: in the language of the ticket or chat, with its placeholders filled. Null if there is no such reply, ticket or chat.',
      args: {
        cannedReplyId: t.arg.id({ required: true, description: 'The canned reply.' }),
        chatId: t.arg.id({ description: 'The chat; give this or a ticket.' }),
        ticketId: t.arg.id({ description: 'The ticket; give this or a chat.' }),
      },
      extensions: { cost: 20 },
      resolve: async (_, { cannedReplyId, ...named }, context) => {
        const conversation = await conversationOf(named, context)
        const { state } = await context.services.desk.read('cannedReply', cannedReplyId)
        if (!conversation || state.status === 'absent') return null
        const { defaultLanguage } = (await context.services.desk.terms()).policy
        const values = await cannedValuesOf(conversation, Object.values(state.texts), context)
        return cannedTextFor(state.texts, { language: conversation.language, defaultLanguage, values })
      },
    }),
  }))
}
