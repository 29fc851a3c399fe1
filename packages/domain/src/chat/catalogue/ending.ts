import { z } from 'zod'
import { fireSchema, internal, senders } from '../../kernel/command.ts'
import { refuse, repeat, to } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { id, line, personId, priorities, text as textUpTo } from '../../kernel/values.ts'
import { emailSchema } from '../../person.ts'
import { chatCloseReasons, chatStatuses, deskCloseReasons } from '../vocabulary.ts'
import {
  anywhere,
  at,
  chatCommand,
  chatEvent,
  count,
  freeText,
  priority,
  reservation,
  storedId,
  text,
} from './definition.ts'
import { french } from './french.ts'

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
    addedByDesk: ['reservation', 'reservedFor'],
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
    addedByDesk: ['address'],
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

const storedTicketId = storedId.describe('The ticket that the chat becomes.')

/** The end of a chat and what follows it: the events. */
export const endingEvents = {
  /** Nobody had answered by `dueAt`. The reply is still awaited. */
  ChatAnswerOverdue: chatEvent({
    description: 'The desk is late with an answer.',
    schema: z.object({ first: z.boolean(), since: at, dueAt: at }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: ({ first, dueAt }, format) => ({ what: `${first ? 'the first' : 'an'} answer was due at ${format(dueAt)}` }),
      fr: ({ first, dueAt }, format) => ({
        what: `${first ? 'la première' : 'une'} réponse était due à ${format(dueAt)}`,
      }),
    },
  }),
  /** The team that is alerted to an overdue answer, and the priority of the chat before and after: once for each overdue answer. */
  ChatEscalated: chatEvent({
    description: 'A team was alerted to a late answer; a waiting chat moved up in the queue.',
    schema: z.object({
      first: z.boolean(),
      since: at,
      dueAt: at,
      team: text,
      from: z.enum(priorities),
      to: priority,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: ({ team, from, to }) => ({
        what: `escalated to ${team}${from === to ? '' : `, the priority was raised from ${from} to ${to}`}`,
      }),
      fr: ({ team, from, to }) => ({
        what: `escaladée vers ${team}${from === to ? '' : `, la priorité passe de ${french.priorities[from]} à ${french.priorities[to]}`}`,
      }),
    },
  }),
  ChatInactivityWarned: chatEvent({
    description: 'The customer was warned that it will be closed.',
    schema: z.object({ dueAt: at, closesAt: at.describe('When the chat is closed unless the customer answers.') }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: ({ closesAt }, format) => ({ what: `warned the customer: the chat closes at ${format(closesAt)}` }),
      fr: ({ closesAt }, format) => ({
        what: `le client a été averti : la conversation se ferme le ${format(closesAt)}`,
      }),
    },
  }),
  ChatClosed: chatEvent({
    description: 'It was closed.',
    schema: z.object({
      from: z.enum(chatStatuses),
      reason: z.enum(chatCloseReasons),
      note: text.optional(),
      /** The chat in which the customer goes on. */
      continuedIn: storedId.optional(),
    }),
    statusAfter: 'closed',
    shownToCustomers: true,
    personal: { note: freeText },
    sentences: {
      en: ({ reason, note, continuedIn }) => ({
        what: `closed the chat (${continuedIn === undefined ? reason : `continued in ${continuedIn}`})`,
        why: note,
      }),
      fr: ({ reason, note }) => ({ what: `a fermé la conversation (${french.closeReasons[reason]})`, why: note }),
    },
  }),
  ChatReopened: chatEvent({
    description: 'It was reopened.',
    schema: z.object({ reservation: count.optional() }),
    statusAfter: 'waiting',
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: () => ({ what: 'reopened the chat' }),
      fr: () => ({ what: 'a rouvert la conversation' }),
    },
  }),
  ChatRated: chatEvent({
    description: 'The customer rated it.',
    schema: z.object({
      rating: count.describe('The rating, 1 to 5.'),
      waitRating: count.optional(),
      agentRating: count.optional(),
      resolved: z.boolean().optional(),
      comment: text.optional(),
    }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { comment: 'customer' },
    sentences: {
      en: ({ rating, comment }) => ({ what: `rated the chat ${rating} of 5`, said: comment }),
      fr: ({ rating, comment }) => ({ what: `a donné ${rating} sur 5 à la conversation`, said: comment }),
    },
  }),
  /** It is sent as it is when the e-mail is made. */
  ChatTranscriptRequested: chatEvent({
    description: 'Somebody asked for the transcript by e-mail.',
    schema: z.object({ address: text }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { address: 'customer' },
    sentences: {
      en: () => ({ what: 'asked for the transcript by e-mail' }),
      fr: () => ({ what: 'a demandé la transcription par e-mail' }),
    },
  }),
  ChatConversionRequested: chatEvent({
    description: 'Somebody asked for a ticket with its transcript.',
    schema: z.object({ ticketId: storedTicketId, subject: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { subject: freeText },
    sentences: {
      en: ({ ticketId }) => ({ what: `asked for the ticket ${ticketId}` }),
      fr: ({ ticketId }) => ({ what: `a demandé le ticket ${ticketId}` }),
    },
  }),
  ChatConverted: chatEvent({
    description: 'It became a ticket.',
    schema: z.object({ ticketId: storedTicketId }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: ({ ticketId }) => ({ what: `became the ticket ${ticketId}` }),
      fr: ({ ticketId }) => ({ what: `est devenue le ticket ${ticketId}` }),
    },
  }),
  ChatConversionRefused: chatEvent({
    description: 'The ticket that it should become could not be opened.',
    schema: z.object({ ticketId: storedTicketId, reason: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentences: {
      en: ({ ticketId, reason }) => ({ what: `the ticket ${ticketId} could not be opened`, why: reason }),
      fr: ({ ticketId, reason }) => ({
        what: `le ticket ${ticketId} n’a pas pu être ouvert`,
        why: reason,
      }),
    },
  }),
} as const
