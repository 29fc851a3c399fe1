import { z } from 'zod'
import { fireSchema, internal, senders } from '../../kernel/command.ts'
import { refuse, repeat, to } from '../../kernel/lifecycle.ts'
import { line, personId, priorities, text as textUpTo } from '../../kernel/values.ts'
import { emailSchema, id, limits } from '../../ticket/vocabulary.ts'
import { chatCloseReasons, chatStatuses, deskCloseReasons } from '../vocabulary.ts'
import { anywhere, at, chatCommand, chatEvent, count, freeText, reservation, text } from './definition.ts'

const stars = z.int().min(1).max(5)
const ends = { absent: refuse('chat_not_found'), waiting: to('closed'), active: to('closed'), closed: repeat } as const

/** The end of a chat and what follows it: the commands. */
export const endingCommands = {
  end: chatCommand({
    description: 'Ends your own chat.',
    schema: z.strictObject({ type: z.literal('end') }),
    sentBy: senders.customers,
    lifecycle: ends,
  }),
  close: chatCommand({
    description: 'Closes a chat.',
    schema: z.strictObject({
      type: z.literal('close'),
      reason: z.enum(deskCloseReasons).default('solved').describe('Why it ends; solved unless given.'),
      note: textUpTo(limits.reason).optional().describe('A note for the desk.'),
      continuedIn: internal(id.optional().describe('The chat of the same customer in which they go on.')),
    }),
    sentBy: senders.desk,
    lifecycle: ends,
  }),
  reopen: chatCommand({
    description: 'Reopens a closed chat, which waits for an agent again.',
    schema: z.strictObject({
      type: z.literal('reopen'),
      reservation: internal(reservation.optional()),
      reservedFor: internal(personId.optional().describe('The customer on whose stream it was reserved.')),
    }),
    sentBy: senders.anyone,
    lifecycle: { absent: refuse('chat_not_found'), waiting: repeat, active: repeat, closed: to('waiting') },
  }),
  rate: chatCommand({
    description: 'Rates a chat that has ended.',
    schema: z.strictObject({
      type: z.literal('rate'),
      rating: stars.describe('The chat as a whole, 1 to 5.'),
      waitRating: stars.optional().describe('The wait, 1 to 5.'),
      agentRating: stars.optional().describe('The agent, 1 to 5.'),
      resolved: z.boolean().optional().describe('Whether the matter is settled.'),
      comment: textUpTo(limits.reason).optional().describe('A comment.'),
    }),
    sentBy: senders.customers,
    lifecycle: { ...anywhere, waiting: refuse('chat_not_closed'), active: refuse('chat_not_closed') },
  }),
  sendTranscript: chatCommand({
    description:
      'Sends the transcript of a chat, as its customer may read it, to the e-mail address of the customer; at most five times.',
    schema: z.strictObject({
      type: z.literal('sendTranscript'),
      address: internal(emailSchema.optional().describe('The address of the customer, from the chat or their record.')),
    }),
    sentBy: senders.anyone,
    lifecycle: anywhere,
  }),
  convert: chatCommand({
    description: 'Turns a chat into a ticket that contains its transcript. An open chat is closed.',
    schema: z.strictObject({
      type: z.literal('convert'),
      subject: line(limits.subject).describe('The subject of the ticket.'),
    }),
    sentBy: senders.desk,
    lifecycle: { ...ends, closed: to('closed') },
  }),
  linkTicket: chatCommand({
    description: 'Records that the ticket of a converted chat exists.',
    schema: z.strictObject({ type: z.literal('linkTicket'), ticketId: id }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  declineTicket: chatCommand({
    description: 'Records that the ticket of a converted chat could not be opened: `reason` is the refusal.',
    schema: z.strictObject({
      type: z.literal('declineTicket'),
      attempt: z.int().positive(),
      reason: line(limits.name),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  fire: chatCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
    lifecycle: {
      absent: refuse('chat_not_found'),
      waiting: to('waiting', 'closed'),
      active: to('active', 'closed'),
      closed: repeat,
    },
  }),
} as const

/** The end of a chat and what follows it: the events. */
export const endingEvents = {
  /** Nobody had answered by `dueAt`. The reply is still awaited. */
  ChatAnswerOverdue: chatEvent({
    schema: z.object({ first: z.boolean(), since: at, dueAt: at }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ first, dueAt }) => ({ what: `${first ? 'the first' : 'an'} answer was due at ${dueAt}` }),
  }),
  /** The team that is alerted to an overdue answer, and the priority of the chat before and after: once for each overdue answer. */
  ChatEscalated: chatEvent({
    schema: z.object({
      first: z.boolean(),
      since: at,
      dueAt: at,
      team: text,
      from: z.enum(priorities),
      to: z.enum(priorities),
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ team, from, to }) => ({
      what: `escalated to ${team}${from === to ? '' : `, the priority was raised from ${from} to ${to}`}`,
    }),
  }),
  ChatInactivityWarned: chatEvent({
    schema: z.object({ dueAt: at, closesAt: at }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentence: ({ closesAt }) => ({ what: `warned the customer: the chat closes at ${closesAt}` }),
  }),
  ChatClosed: chatEvent({
    schema: z.object({
      from: z.enum(chatStatuses),
      reason: z.enum(chatCloseReasons),
      note: text.optional(),
      /** The chat in which the customer goes on. */
      continuedIn: text.optional(),
    }),
    statusAfter: 'closed',
    shownToCustomers: true,
    personal: { note: freeText },
    sentence: ({ reason, note, continuedIn }) => ({
      what: `closed the chat (${continuedIn === undefined ? reason : `continued in ${continuedIn}`})`,
      why: note,
    }),
  }),
  ChatReopened: chatEvent({
    schema: z.object({ reservation: count.optional() }),
    statusAfter: 'waiting',
    shownToCustomers: true,
    personal: {},
    sentence: () => ({ what: 'reopened the chat' }),
  }),
  ChatRated: chatEvent({
    schema: z.object({
      rating: count,
      waitRating: count.optional(),
      agentRating: count.optional(),
      resolved: z.boolean().optional(),
      comment: text.optional(),
    }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { comment: 'customer' },
    sentence: ({ rating, comment }) => ({ what: `rated the chat ${rating} of 5`, said: comment }),
  }),
  /** It is sent as it is when the e-mail is made. */
  ChatTranscriptRequested: chatEvent({
    schema: z.object({ address: text }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { address: 'customer' },
    sentence: () => ({ what: 'asked for the transcript by e-mail' }),
  }),
  ChatConversionRequested: chatEvent({
    schema: z.object({ ticketId: text, subject: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { subject: freeText },
    sentence: ({ ticketId }) => ({ what: `asked for the ticket ${ticketId}` }),
  }),
  ChatConverted: chatEvent({
    schema: z.object({ ticketId: text }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentence: ({ ticketId }) => ({ what: `became the ticket ${ticketId}` }),
  }),
  ChatConversionRefused: chatEvent({
    schema: z.object({ ticketId: text, reason: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ ticketId, reason }) => ({ what: `the ticket ${ticketId} could not be opened`, why: reason }),
  }),
} as const
