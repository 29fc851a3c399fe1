import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { accountSchema } from '../../account.ts'
import { refuse, repeat, to } from '../../kernel/lifecycle.ts'
import { minutes } from '../../kernel/time.ts'
import { line, nameSchema, personId, priorities, text as textUpTo } from '../../kernel/values.ts'
import { customerSchema, language, limits } from '../../ticket/vocabulary.ts'
import { chatAgentSchema, chatChannels, chatFactsSchema, chatMessageFields } from '../vocabulary.ts'
import {
  anywhere,
  at,
  chatCommand,
  chatEvent,
  count,
  freeText,
  named,
  person,
  text,
  reservation,
  untilClosed,
} from './definition.ts'

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

const offered = { round: count, agent: person }

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
    schema: z.object({
      customer: z.object({ id: text, name: text.optional(), email: text.optional(), firstName: text.optional() }),
      channel: z.enum(chatChannels),
      language: text,
      priority: z.enum(priorities),
      category: text.optional(),
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
    sentence: ({ channel, customer }) => ({ what: `${named(customer)} started the chat (${channel})` }),
  }),
  /** The reservation was taken over: by it, or an earlier one, the chat can no longer be started or reopened. */
  ChatFenced: chatEvent({
    schema: z.object({ reservation: count }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: () => ({ what: 'gave up an opening of the chat that was not completed' }),
  }),
  ChatOffered: chatEvent({
    schema: z.object({ ...offered, agentVersion: count, expiresAt: at }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentence: ({ agent, round, expiresAt }) => ({
      what: `offered to ${named(agent)}, round ${round}, until ${expiresAt}`,
    }),
  }),
  ChatOfferDeclined: chatEvent({
    schema: z.object({ ...offered, agentVersion: count, reason: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent', reason: freeText },
    sentence: ({ agent, reason }) => ({ what: `${named(agent)} declined`, why: reason }),
  }),
  ChatOfferExpired: chatEvent({
    schema: z.object({ ...offered, agentVersion: count, expiresAt: at }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentence: ({ agent, expiresAt }) => ({ what: `${named(agent)} did not answer the offer by ${expiresAt}` }),
  }),
  ChatOfferWithdrawn: chatEvent({
    schema: z.object({ ...offered, agentVersion: count, reason: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentence: ({ agent, reason }) => ({ what: `the offer to ${named(agent)} was withdrawn`, why: reason }),
  }),
  ChatAccepted: chatEvent({
    schema: z.object(offered),
    statusAfter: 'active',
    shownToCustomers: true,
    personal: { agent: 'agent' },
    sentence: ({ agent }) => ({ what: `${named(agent)} accepted the chat` }),
  }),
  ChatRequeued: chatEvent({
    schema: z.object({ from: person.optional(), reason: text }),
    statusAfter: 'waiting',
    shownToCustomers: true,
    personal: { from: 'agent', reason: freeText },
    sentence: ({ reason }) => ({ what: 'put back into the queue', why: reason }),
  }),
  ChatCustomerDisconnected: chatEvent({
    schema: z.object({}),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: () => ({ what: 'the customer is no longer connected' }),
  }),
  ChatCustomerReconnected: chatEvent({
    schema: z.object({}),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: () => ({ what: 'the customer is connected again' }),
  }),
  /** The visitor who began the chat is a customer. */
  ChatCustomerIdentified: chatEvent({
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
    sentence: ({ customer }) => ({ what: `the visitor is the customer ${named(customer)}` }),
  }),
  ChatPriorityChanged: chatEvent({
    schema: z.object({ from: z.enum(priorities), to: z.enum(priorities) }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ from, to }) => ({ what: `changed the priority from ${from} to ${to}` }),
  }),
  ChatCategorized: chatEvent({
    schema: z.object({ from: text.optional(), to: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ to }) => ({ what: `put into the category ${to}` }),
  }),
} as const
