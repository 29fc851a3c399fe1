import { z } from 'zod'
import type { Chat, chatCardSchema } from '@guichet/domain'
import { chatAggregate, chatMessageOf, id, line, personId, refusal, streamName } from '@guichet/domain'
import type { Principal } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { CustomerAlert } from '../../live-data/customer-alerts.ts'
import { alertSeverities } from '../../live-data/customer-alerts.ts'
import type { LiveDataRead, SourcedCard } from '../../live-data/live-data.ts'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds, splitIds } from '../builder.ts'
import { addChatType, readOwnChat } from './chat.ts'
import { addCardValue } from './chat-message.ts'
import { addChatPayload } from './chat-mutations.ts'
import type { CommandInput, CommandResult } from '../command.ts'
import { commandFields, refused, send, takeMessage } from '../command.ts'
import { viewerOf } from '../context.ts'
import { alertsOf } from './customer-alerts.ts'
import { customerKnownAs } from './customer-known-as.ts'
import { addMutation } from '../mutation.ts'
import { loadNodes } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, changeDetector } from '../subscription.ts'
import { enumOf } from '../vocabulary.ts'
import { addInputs } from '../inputs.ts'

type AlertsOfCustomer = { readonly alerts: readonly CustomerAlert[] }

const severityNames: Readonly<Record<(typeof alertSeverities)[number], string>> = {
  info: 'Worth knowing.',
  warning: 'To be looked at.',
  critical: 'To be dealt with now.',
}

const { messageId, body } = chatAggregate.schemas.send.shape
const schema = z.strictObject({
  messageId,
  source: line(50).describe('The source of the card.'),
  cardId: id.describe('The card.'),
  body,
})

/** A card about the customer of a chat. */
type CardOfCustomer = SourcedCard & { readonly customerId: string }

type LiveDataOfChat = Pick<LiveDataRead, 'failedSources'> & { readonly cards: readonly CardOfCustomer[] }

/** Adds `Chat.liveData`, `Chat.alerts`, `sendLiveDataCard` and `customerAlertsChanged`, for the desk only. */
export function addLiveData({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const cardValue = use(addCardValue)
  const severity = enumOf(builder, 'AlertSeverity', alertSeverities, {
    description: 'How much an alert matters.',
    describe: (word) => severityNames[word],
  })
  const card = builder.objectRef<CardOfCustomer>('LiveDataCard').implement({
    description: 'What another system knows of a customer at a moment.',
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ source, cardId, customerId }) => globalId('LiveDataCard', joinIds(source, cardId, customerId)),
      }),
      cardId: t.exposeID('cardId', { description: 'The id, unique at the source.' }),
      source: t.exposeString('source', { description: 'The source.' }),
      title: t.exposeString('title', { description: 'The title.' }),
      fields: t.field({ type: [cardValue], description: 'The values.', resolve: ({ fields }) => fields }),
      asOf: t.expose('asOf', { type: 'DateTime', description: 'When the values were measured.' }),
    }),
  })
  const liveData = builder.objectRef<LiveDataOfChat>('ChatLiveData').implement({
    description: 'What other systems know of the customer of a chat now.',
    fields: (t) => ({
      cards: t.field({
        type: [card],
        description: 'The cards of the sources that answered.',
        resolve: ({ cards }) => cards,
      }),
      failedSources: t.stringList({
        description: 'The sources that did not answer in time, or not as they should.',
        resolve: ({ failedSources }) => failedSources,
      }),
    }),
  })
  const alert = builder.objectRef<CustomerAlert>('CustomerAlert')
  builder.node(alert, {
    description: 'An alert of another system about a customer.',
    id: { resolve: ({ source, alertId, customerId }) => joinIds(source, alertId, customerId) },
    loadMany: loadNodes('customerAlertsChanged', async (nodeId, context) => {
      const [source, alertId, ...customer] = splitIds(nodeId)
      const customerId = joinIds(...customer)
      if (!personId.safeParse(customerId).success) return undefined
      const active = await alertsOf(customerId, context)
      return active.find((each) => each.source === source && each.alertId === alertId && each.customerId === customerId)
    }),
    fields: (t) => ({
      alertId: t.exposeID('alertId', { description: 'The id, unique for the customer at the source.' }),
      source: t.exposeString('source', { description: 'The source.' }),
      severity: t.expose('severity', { type: severity, description: 'How much it matters.' }),
      title: t.exposeString('title', { description: 'What it says.' }),
      since: t.expose('since', { type: 'DateTime', nullable: true, description: 'Since when it is active.' }),
      asOf: t.expose('asOf', { type: 'DateTime', description: 'When the source last said so.' }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'When it ends unless the source says it again.',
      }),
    }),
  })
  const alerts = builder.objectRef<AlertsOfCustomer>('CustomerAlerts').implement({
    description: 'The active alerts of a customer.',
    fields: (t) => ({
      alerts: t.field({
        type: [alert],
        description: 'The critical ones first, then the latest.',
        resolve: ({ alerts: active }) => active,
      }),
    }),
  })
  builder.objectFields(use(addChatType), (t) => ({
    liveData: t.field({
      type: liveData,
      nullable: true,
      description: 'What other systems know of its customer now: they are asked. Null for customers.',
      extensions: { ...deskOnly, cost: 500 },
      resolve: async ({ customer }, _, context) => {
        const answer = await context.services.liveData?.read(await customerKnownAs(customer.id, context))
        const cards = (answer?.cards ?? []).map((each) => ({ ...each, customerId: customer.id }))
        return { cards, failedSources: answer?.failedSources ?? [] }
      },
    }),
    alerts: t.field({
      type: [alert],
      description: 'The active alerts of its customer; empty for customers.',
      extensions: { ...deskOnly, cost: 20 },
      resolve: async ({ customer }, _, context) => [...(await alertsOf(customer.id, context))],
    }),
  }))

  addMutation(builder, inputs, 'sendLiveDataCard', {
    description:
      'Sends a card of live data as a message. The source is asked again, so that its values are those of now; a repeat of a card that was sent changes nothing.',
    payload: use(addChatPayload),
    schema,
    fields: (t) => ({ chatId: t.id({ required: true }), ...commandFields(t, 'the chat') }),
    resolve: (card, { chatId, ...input }, context) => sendCard(chatId, input, card, context),
  })
  addSubscription(builder, 'customerAlertsChanged', {
    type: alerts,
    description: 'The active alerts of a customer, now and whenever they change.',
    args: builder.args((t) => ({ customerId: t.id({ required: true, description: 'The customer.' }) })),
    source: ({ customerId }, context) => {
      if (!personId.safeParse(customerId).success)
        throw edgeError('malformed_input', 'customerId: is no id of a person')
      return alertsTo(customerId, context)
    },
  })
}

async function sendCard(
  chatId: string,
  sent: CommandInput,
  { messageId: chosen, source, cardId, body: text }: z.input<typeof schema>,
  context: ApiContext,
): Promise<CommandResult> {
  const chat = await readOwnChat(chatId, context)
  if (!chat) return refused(refusal('chat_not_found'))
  const viewer = viewerOf(context)
  const before = alreadySent(chatId, chat, chosen, viewer)
  if (before) return before
  takeMessage(context)
  const { liveData } = context.services
  const answer = await liveData?.read(await customerKnownAs(chat.customer.id, context), source)
  if (answer && answer.failedSources.length > 0) return refused(refusal('live_data_unavailable', { field: 'source' }))
  const card = answer?.cards.find((each) => each.cardId === cardId)
  if (!card) return refused(refusal('live_data_card_not_found', { field: 'cardId' }))
  const { title, fields } = card
  const cardInput: z.input<typeof chatCardSchema> = { source, title, fields: [...fields] }
  const command = { type: 'send' as const, kind: 'card' as const, messageId: chosen, card: cardInput }
  const result = await send(context, 'chat', chatId, { ...command, ...(text && { body: text }) }, sent)
  if (result.executed) return result
  // Of two repeats at once, which may have been given other values, one is stored.
  const now = await readOwnChat(chatId, context)
  return (now && alreadySent(chatId, now, chosen, viewer)) ?? result
}

/** The outcome of a card that was sent before: its values may have changed since. */
function alreadySent(
  chatId: string,
  chat: Chat,
  chosen: string,
  { id: viewerId }: Pick<Principal, 'id'>,
): CommandResult | undefined {
  const message = chatMessageOf(chat, chosen)
  if (message?.kind !== 'card' || message.by.id !== viewerId) return undefined
  const { version } = chat
  const stream = streamName('chat', chatId)
  const executed = { stream, version, position: undefined, events: [], repeated: true, state: chat }
  return { id: chatId, executed, userErrors: [] }
}

/** The shortest sleep until alerts expire, in milliseconds: the clock of the database may be behind. */
const leastSleepMs = 1_000

function alertsTo(customerId: string, context: ApiContext): Source<AlertsOfCustomer> {
  const hasChanged = changeDetector()
  return {
    listen: async (wake) => {
      const { id: survivor, formerIds } = await customerKnownAs(customerId, context)
      const { liveData } = context.services
      const leave = [survivor, ...formerIds].map((each) => liveData?.alerts.follow(each, wake))
      return () => leave.forEach((each) => each?.())
    },
    values: async function* () {
      const alerts = await alertsOf(customerId, context)
      if (hasChanged(alerts)) yield { alerts }
      const ends = alerts.map(({ expiresAt }) => Date.parse(expiresAt) - Date.now())
      return ends.length === 0 ? undefined : Math.max(leastSleepMs, Math.min(...ends))
    },
  }
}
