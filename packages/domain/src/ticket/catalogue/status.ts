import { z } from 'zod'
import { fireSchema, internal, senders } from '../../kernel/command.ts'
import { refuse, repeat, to } from '../../kernel/lifecycle.ts'
import { id } from '../../kernel/values.ts'
import { closeReasons, manualCloseReasons, ticketStatuses } from '../vocabulary.ts'
import {
  at,
  ends,
  fired,
  freeText,
  message,
  reason,
  storedId,
  storedNote,
  text,
  ticketCommand,
  ticketEvent,
  wasDue,
} from './definition.ts'

const startReasons = {
  manual: 'by hand',
  agent_reply: 'an agent replied',
  wait: 'to wait for the customer',
  resolve: 'to resolve it',
} as const

const waitEndReasons = {
  customer_reply: 'the customer replied',
  agent_reply: 'an agent replied',
  manual: 'by hand',
  merge: 'another ticket brought a question along',
} as const

const reopenReasons = {
  customer_reply: 'the customer replied',
  manual: undefined,
  merge: 'another ticket brought a question along',
} as const

/** The events that change a ticket's status. */
export const statusEvents = {
  TicketStarted: ticketEvent({
    description: 'Work on the ticket began.',
    schema: z.object({ reason: z.enum(['manual', 'agent_reply', 'wait', 'resolve']) }),
    statusAfter: 'in_progress',
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: {},
    sentence: (event) => ({ what: 'status new → in_progress', why: startReasons[event.reason] }),
  }),
  CustomerWaitStarted: ticketEvent({
    description: 'The desk began to wait for the customer.',
    schema: z.object({}),
    statusAfter: 'waiting_customer',
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: {},
    sentence: () => ({ what: 'status → waiting_customer' }),
  }),
  CustomerWaitEnded: ticketEvent({
    description: 'The wait for the customer ended.',
    schema: z.object({ reason: z.enum(['customer_reply', 'agent_reply', 'manual', 'merge']) }),
    statusAfter: 'in_progress',
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: {},
    sentence: (event) => ({ what: 'status waiting_customer → in_progress', why: waitEndReasons[event.reason] }),
  }),
  ChaseSent: ticketEvent({
    description: 'The customer was reminded that the desk is waiting for a reply.',
    schema: z.object({
      step: z.int().positive(),
      ...fired,
      dueAt: at.describe('When it was due.'),
      ...message,
      language: internal(text),
      policyVersion: text.describe('The version of the configuration that decided it.'),
    }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['dueAt', 'policyVersion'],
    personal: { body: 'customer' },
    sentence: ({ step, dueAt, body }) => ({
      what: `chased the customer (chase ${step})`,
      why: wasDue(dueAt),
      said: body,
    }),
  }),
  /** Somebody of the desk reminded the customer. It is no step of the wait: neither its reminders nor its end move. */
  CustomerChased: ticketEvent({
    description: 'Somebody of the desk reminded the customer that it is waiting for a reply.',
    schema: z.object({
      ...message,
      language: internal(text),
      policyVersion: text.describe('The version of the configuration whose text it is.'),
    }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['policyVersion'],
    personal: { body: 'customer' },
    sentence: ({ body }) => ({ what: 'chased the customer', why: 'by hand', said: body }),
  }),
  TicketResolved: ticketEvent({
    description: 'The ticket was resolved.',
    schema: z.object({ summary: text.optional().describe('The summary.') }),
    statusAfter: 'resolved',
    shownToCustomers: true,
    hiddenFromCustomers: ['summary'],
    personal: { summary: freeText },
    sentence: ({ summary }) => ({ what: 'status → resolved', why: summary }),
  }),
  TicketReopened: ticketEvent({
    description: 'The ticket was reopened.',
    schema: z.object({
      from: z.enum(ticketStatuses),
      reason: z.enum(['customer_reply', 'manual', 'merge']),
      note: storedNote,
    }),
    statusAfter: 'in_progress',
    shownToCustomers: true,
    hiddenFromCustomers: ['note'],
    personal: { note: freeText },
    sentence: ({ from, reason: because, note }) => ({
      what: `reopened: status ${from} → in_progress`,
      why: note ?? reopenReasons[because],
    }),
  }),
  TicketClosed: ticketEvent({
    description: 'The ticket was closed.',
    schema: z.object({
      from: z.enum(ticketStatuses),
      reason: z.enum(closeReasons),
      note: storedNote,
      dueAt: at.optional().describe('When the closing was due, if the clock closed it.'),
      message: z.object({ ...message, language: text }).optional(),
      policyVersion: internal(text.optional()),
    }),
    statusAfter: 'closed',
    shownToCustomers: true,
    hiddenFromCustomers: ['note', 'dueAt'],
    personal: { note: freeText, 'message.body': 'customer' },
    sentence: ({ from, reason: because, note, dueAt, message: sent }) => ({
      what: `status ${from} → closed`,
      why: [because, note, dueAt && wasDue(dueAt)].filter(Boolean).join('; '),
      said: sent?.body,
    }),
  }),
  /** The import that opened the ticket was undone: the ticket no longer exists, unless it is opened anew. */
  TicketImportWithdrawn: ticketEvent({
    description: 'The import that created the ticket was taken back, so the ticket no longer exists.',
    schema: z.object({ importId: storedId }),
    statusAfter: 'closed',
    shownToCustomers: false,
    personal: {},
    sentence: ({ importId }) => ({ what: `taken back with the import ${importId}` }),
  }),
} as const

const note = reason.optional().describe('A note.')

/** The commands that change a ticket's status. */
export const statusCommands = {
  start: ticketCommand({
    description: 'Starts work on a ticket.',
    schema: z.strictObject({ type: z.literal('start') }),
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: to('in_progress'),
      in_progress: repeat,
      waiting_customer: to('in_progress'),
      resolved: refuse('ticket_resolved'),
      closed: refuse('ticket_closed'),
    },
  }),
  waitForCustomer: ticketCommand({
    description: 'Waits for the customer, and schedules the reminders and the closing of the ticket.',
    schema: z.strictObject({ type: z.literal('waitForCustomer') }),
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: to('waiting_customer'),
      in_progress: to('waiting_customer'),
      waiting_customer: repeat,
      resolved: refuse('ticket_resolved'),
      closed: refuse('ticket_closed'),
    },
  }),
  chase: ticketCommand({
    description:
      'Reminds the customer that the desk is waiting for a reply. The reminders and the closing that are scheduled stay as they are.',
    schema: z.strictObject({ type: z.literal('chase') }),
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: refuse('ticket_not_waiting'),
      in_progress: refuse('ticket_not_waiting'),
      waiting_customer: to('waiting_customer'),
      resolved: refuse('ticket_resolved'),
      closed: refuse('ticket_closed'),
    },
  }),
  resolve: ticketCommand({
    description: 'Resolves a ticket.',
    schema: z.strictObject({
      type: z.literal('resolve'),
      summary: reason.optional().describe('A summary of the solution.'),
    }),
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: to('resolved'),
      in_progress: to('resolved'),
      waiting_customer: to('resolved'),
      resolved: repeat,
      closed: refuse('ticket_closed'),
    },
  }),
  confirm: ticketCommand({
    description: 'Confirms the solution as the customer, which closes the ticket.',
    schema: z.strictObject({ type: z.literal('confirm') }),
    sentBy: senders.customers,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: refuse('ticket_not_resolved'),
      in_progress: refuse('ticket_not_resolved'),
      waiting_customer: refuse('ticket_not_resolved'),
      resolved: to('closed'),
      closed: repeat,
    },
  }),
  close: ticketCommand({
    description: 'Closes a ticket.',
    schema: z.strictObject({
      type: z.literal('close'),
      reason: z.enum(manualCloseReasons).default('other').describe('The reason; other unless given.'),
      note,
    }),
    sentBy: senders.desk,
    lifecycle: { ...ends, closed: repeat },
  }),
  reopen: ticketCommand({
    description: 'Reopens a resolved or closed ticket.',
    schema: z.strictObject({ type: z.literal('reopen'), note }),
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: refuse('ticket_not_closed'),
      in_progress: repeat,
      waiting_customer: refuse('ticket_not_closed'),
      resolved: to('in_progress'),
      closed: to('in_progress'),
    },
  }),
  markSpam: ticketCommand({
    description: 'Closes a ticket as spam, without a message to its sender.',
    schema: z.strictObject({ type: z.literal('markSpam') }),
    sentBy: senders.desk,
    lifecycle: ends,
  }),
  withdrawImport: ticketCommand({
    description:
      'Undoes the import that opened the ticket. The sender checks whether it may be undone, and sends `expectedVersion`.',
    schema: z.strictObject({ type: z.literal('withdrawImport'), importId: id }),
    sentBy: senders.system,
    lifecycle: {
      absent: repeat,
      new: to('absent'),
      in_progress: to('absent'),
      waiting_customer: to('absent'),
      resolved: to('absent'),
      closed: to('absent'),
    },
  }),
  fire: ticketCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
    lifecycle: {
      absent: repeat,
      new: to('new'),
      in_progress: to('in_progress'),
      waiting_customer: to('waiting_customer', 'closed'),
      resolved: to('closed'),
      closed: repeat,
    },
    acceptedWhenMerged: true,
  }),
} as const
