import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { accountSchema } from '../../account.ts'
import { refuse, repeat, to } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { minutes } from '../../kernel/time.ts'
import { language, line, nameSchema, personId, priorities, text as textUpTo } from '../../kernel/values.ts'
import { customerSchema } from '../../person.ts'
import { chatAgentSchema, chatChannels, chatFactsSchema, chatMessageFields } from '../vocabulary.ts'
import {
  agent,
  anywhere,
  chatCommand,
  chatEvent,
  count,
  expiresAt,
  freeText,
  named,
  person,
  priority,
  text,
  reservation,
  untilClosed,
} from './definition.ts'
import { french } from './french.ts'

const reason = textUpTo(limits.reason)
const round = z.int().positive()
const firstMessage = z
  .strictObject({ messageId: chatMessageFields.messageId, body: chatMessageFields.body.unwrap().min(1) })
  .optional()
  .describe('The first message.')

/** How many alerts of a customer are active when their chat starts, and how many of them are critical. */
const alertCounts = internal(
  z.strictObject({ active: z.int().nonnegative(), critical: z.int().nonnegative() }).optional(),
)

/** The start of a chat, and how it finds its agent: the commands. */
export const queueCommands = {
  start: chatCommand({
    description: 'Starts a chat, which waits for an agent. A customer has one chat at a time.',
    schema: z.strictObject({
      type: z.literal('start'),
      customer: customerSchema.describe('The customer.'),
      channel: z.enum(chatChannels).default('web').describe('How the customer chats; web unless given.'),
      language: language.optional().describe('The language of the chat; that of the desk unless given.'),
      priority: z.enum(priorities).default('normal').describe('The priority; normal unless given.'),
      category: line(limits.name).optional().describe('The path of a category of the desk.'),
      plan: nameSchema.optional().describe('The plan of the customer.'),
      message: firstMessage,
      account: accountSchema,
      alerts: alertCounts,
      context: chatFactsSchema.optional().describe('What the visitor was doing, such as the page.'),
      reservation: internal(reservation.optional()),
    }),
    sentBy: senders.customers,
    addedByDesk: ['language', 'alerts', 'reservation'],
    lifecycle: {
      absent: to('waiting'),
      waiting: refuse('chat_already_started'),
      active: refuse('chat_already_started'),
      closed: refuse('chat_already_started'),
    },
  }),
  fence: chatCommand({
    description: 'Keeps a chat that is not open from being started or reopened by a reservation up to this one.',
    schema: z.strictObject({ type: z.literal('fence'), reservation }),
    sentBy: senders.system,
    addedByDesk: ['reservation'],
    lifecycle: { absent: to('absent'), waiting: repeat, active: repeat, closed: to('closed') },
  }),
  offer: chatCommand({
    description: 'Offers a chat to an agent, who may accept it for a while. Rounds are counted from 1.',
    schema: z.strictObject({
      type: z.literal('offer'),
      round,
      agent: chatAgentSchema,
      agentVersion: z.int().nonnegative(),
      team: line(limits.name).nullish().describe('The team of an agent who takes the chat themselves.'),
      level: z.int().positive().optional().describe('The support level of an agent who takes the chat themselves.'),
    }),
    sentBy: senders.desk,
    addedByDesk: ['agent.name'],
    lifecycle: untilClosed,
  }),
  withdrawOffer: chatCommand({
    description: 'Takes an offer back: the agent has no place for it.',
    schema: z.strictObject({ type: z.literal('withdrawOffer'), round, reason: line(limits.name) }),
    sentBy: senders.system,
    lifecycle: untilClosed,
  }),
  accept: chatCommand({
    description: 'Accepts a chat that is offered to you, or takes one from the queue.',
    schema: z.strictObject({ type: z.literal('accept') }),
    sentBy: senders.agents,
    lifecycle: { ...untilClosed, waiting: to('active') },
  }),
  decline: chatCommand({
    description: 'Declines a chat that is offered to you. It is offered to somebody else.',
    schema: z.strictObject({
      type: z.literal('decline'),
      reason: reason.optional().describe('The reason, for the desk.'),
    }),
    sentBy: senders.agents,
    lifecycle: untilClosed,
  }),
  requeue: chatCommand({
    description: 'Puts an active chat back into the queue, before those that came later.',
    schema: z.strictObject({ type: z.literal('requeue'), reason: reason.describe('The reason, for the desk.') }),
    sentBy: senders.desk,
    lifecycle: { ...untilClosed, waiting: repeat, active: to('waiting') },
  }),
  disconnect: chatCommand({
    description: 'Records that the customer is no longer connected.',
    schema: z.strictObject({ type: z.literal('disconnect') }),
    sentBy: senders.system,
    lifecycle: { ...untilClosed, closed: repeat },
  }),
  reconnect: chatCommand({
    description: 'Records that the customer is connected again.',
    schema: z.strictObject({ type: z.literal('reconnect') }),
    sentBy: senders.system,
    lifecycle: { ...untilClosed, closed: repeat },
  }),
  identify: chatCommand({
    description: 'Records that the visitor who began a chat is a customer: the chat is that customer’s from then on.',
    schema: z.strictObject({
      type: z.literal('identify'),
      visitorId: personId,
      customer: customerSchema,
      plan: nameSchema.optional(),
      reservation: reservation.optional(),
    }),
    sentBy: senders.system,
    addedByDesk: ['reservation'],
    lifecycle: anywhere,
  }),
  changePriority: chatCommand({
    description: 'Changes the priority of a chat.',
    schema: z.strictObject({
      type: z.literal('changePriority'),
      priority: z.enum(priorities).describe('The priority.'),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  categorize: chatCommand({
    description: 'Puts a chat into a category.',
    schema: z.strictObject({
      type: z.literal('categorize'),
      category: line(limits.name).describe('The path of a category of the desk.'),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
} as const

const offered = { round: count, agent }
const category = text.describe('The path of the category, at the start and after a change.')

/** The times of a chat, in milliseconds, as its start records them. */
const times = z.object({
  offerFor: count,
  offerAgainAfter: count,
  firstAnswerWithin: count,
  nextAnswerWithin: count,
  warnAfter: count,
  closeAfter: count,
  transferFor: count.default(minutes(2)),
  keepPlaceFor: count,
  reopenWithin: count,
})

/** The start of a chat, and how it finds its agent: the events. */
export const queueEvents = {
  /** `times` apply to the chat until its end, even if the configuration changes. */
  ChatStarted: chatEvent({
    description: 'It was started.',
    schema: z.object({
      customer: z.object({ id: text, name: text.optional(), email: text.optional(), firstName: text.optional() }),
      channel: z.enum(chatChannels),
      language: text,
      priority,
      category: category.optional(),
      plan: text.optional(),
      /** The customer's organisation at that moment. */
      organisationId: text.optional(),
      context: z.record(text, text).optional(),
      /** The number of the customer's reservation for it. */
      reservation: count.optional(),
      times,
      /** The row of the table of answer times; absent in chats from before there was one. */
      slaPolicy: text.optional(),
      policyVersion: text,
    }),
    statusAfter: 'waiting',
    shownToCustomers: true,
    personal: { customer: 'customer', context: 'customer' },
    sentences: {
      en: ({ channel, customer }) => ({ what: `${named(customer)} started the chat (${channel})` }),
      fr: ({ customer, channel }) => ({
        what: `${named(customer)} a ouvert la conversation (${french.channels[channel]})`,
      }),
    },
  }),
  /** The reservation was taken over: by it, or an earlier one, the chat can no longer be started or reopened. */
  ChatFenced: chatEvent({
    description: 'An opening of it that was not completed was given up.',
    schema: z.object({ reservation: count }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: () => ({ what: 'gave up an opening of the chat that was not completed' }),
      fr: () => ({ what: 'a renoncé à une ouverture de la conversation restée inachevée' }),
    },
  }),
  ChatOffered: chatEvent({
    description: 'It was offered to an agent.',
    schema: z.object({ ...offered, agentVersion: count, expiresAt }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ agent, round, expiresAt }, format) => ({
        what: `offered to ${named(agent)}, round ${round}, until ${format(expiresAt)}`,
      }),
      fr: ({ agent, round, expiresAt }, format) => ({
        what: `proposée à ${named(agent)}, tour ${round}, jusqu’à ${format(expiresAt)}`,
      }),
    },
  }),
  ChatOfferDeclined: chatEvent({
    description: 'An agent declined an offer.',
    schema: z.object({ ...offered, agentVersion: count, reason: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent', reason: freeText },
    sentences: {
      en: ({ agent, reason }) => ({ what: `${named(agent)} declined`, why: reason }),
      fr: ({ agent, reason }) => ({ what: `${named(agent)} a décliné`, why: reason }),
    },
  }),
  ChatOfferExpired: chatEvent({
    description: 'An agent did not answer an offer in time.',
    schema: z.object({ ...offered, agentVersion: count, expiresAt }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ agent, expiresAt }, format) => ({
        what: `${named(agent)} did not answer the offer by ${format(expiresAt)}`,
      }),
      fr: ({ agent, expiresAt }, format) => ({
        what: `${named(agent)} n’a pas répondu à la proposition avant ${format(expiresAt)}`,
      }),
    },
  }),
  ChatOfferWithdrawn: chatEvent({
    description: 'An offer was taken back.',
    schema: z.object({ ...offered, agentVersion: count, reason: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ agent, reason }) => ({ what: `the offer to ${named(agent)} was withdrawn`, why: reason }),
      fr: ({ agent, reason }) => ({ what: `la proposition à ${named(agent)} a été retirée`, why: reason }),
    },
  }),
  ChatAccepted: chatEvent({
    description: 'An agent accepted it.',
    schema: z.object(offered),
    statusAfter: 'active',
    shownToCustomers: true,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ agent }) => ({ what: `${named(agent)} accepted the chat` }),
      fr: ({ agent }) => ({ what: `${named(agent)} a pris la conversation` }),
    },
  }),
  ChatRequeued: chatEvent({
    description: 'It was put back into the queue.',
    schema: z.object({ from: person.optional(), reason: text }),
    statusAfter: 'waiting',
    shownToCustomers: true,
    personal: { from: 'agent', reason: freeText },
    sentences: {
      en: ({ reason }) => ({ what: 'put back into the queue', why: reason }),
      fr: ({ reason }) => ({ what: 'remise dans la file d’attente', why: reason }),
    },
  }),
  ChatCustomerDisconnected: chatEvent({
    description: 'The waiting customer was disconnected.',
    schema: z.object({}),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: () => ({ what: 'the customer is no longer connected' }),
      fr: () => ({ what: 'le client n’est plus connecté' }),
    },
  }),
  ChatCustomerReconnected: chatEvent({
    description: 'The waiting customer is connected again.',
    schema: z.object({}),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: () => ({ what: 'the customer is connected again' }),
      fr: () => ({ what: 'le client est de nouveau connecté' }),
    },
  }),
  /** The visitor who began the chat is a customer. */
  ChatCustomerIdentified: chatEvent({
    description: 'The visitor who began it is a customer: it is theirs.',
    schema: z.object({
      visitorId: text,
      customer: person.extend({ firstName: text.optional(), email: text.optional() }),
      plan: text.optional(),
      /** The number of the customer's reservation for it, if it is open. */
      reservation: count.optional(),
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { visitorId: 'customer', customer: 'customer', plan: 'customer' },
    sentences: {
      en: ({ customer }) => ({ what: `the visitor is the customer ${named(customer)}` }),
      fr: ({ customer }) => ({ what: `le visiteur est le client ${named(customer)}` }),
    },
  }),
  ChatPriorityChanged: chatEvent({
    description: 'The priority was changed.',
    schema: z.object({ from: z.enum(priorities), to: priority }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: ({ from, to }) => ({ what: `changed the priority from ${from} to ${to}` }),
      fr: ({ from, to }) => ({ what: `priorité changée de ${french.priorities[from]} à ${french.priorities[to]}` }),
    },
  }),
  ChatCategorized: chatEvent({
    description: 'It was put into a category.',
    schema: z.object({ from: text.optional(), to: category }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: ({ to }) => ({ what: `put into the category ${to}` }),
      fr: ({ to }) => ({ what: `rangée dans la catégorie ${to}` }),
    },
  }),
} as const
