import { z } from 'zod'
import { commandIdSchema } from '../../kernel/actor.ts'
import { internal, senders } from '../../kernel/command.ts'
import { to } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { instantSchema } from '../../kernel/time.ts'
import { id, line, personId } from '../../kernel/values.ts'
import { personSchema } from '../../person.ts'
import { relations, ticketLimits } from '../vocabulary.ts'
import {
  anywhere,
  at,
  ends,
  freeText,
  reason,
  storedId,
  text,
  ticketCommand,
  ticketEvent,
  untilClosed,
  waited,
} from './definition.ts'

/** The events of merging and splitting tickets. */
export const mergingEvents = {
  TicketMerged: ticketEvent({
    description: 'The ticket was merged into another one.',
    schema: z.object({
      into: storedId,
      /** Since when the customer waits for an answer, if they do. */
      waitingSince: internal(at.optional()),
    }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: {},
    sentence: ({ into }) => ({ what: `merged into ${into}` }),
  }),
  MergeDeclined: ticketEvent({
    description: 'The merge of this ticket into another one was declined.',
    schema: z.object({
      into: storedId,
      /** The command id of the merge, which can no longer take effect. */
      merge: internal(text),
      /** The code of the refusal that the merge met. */
      reason: text,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ into, reason: why }) => ({ what: `was not merged into ${into}`, why }),
  }),
  TicketAbsorbed: ticketEvent({
    description: 'The desk began to merge another ticket into this one.',
    schema: z.object({ source: storedId }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ source }) => ({ what: `took ${source} in` }),
  }),
  AbsorptionCompleted: ticketEvent({
    description: 'Another ticket was merged into this one.',
    schema: z.object({
      source: storedId,
      /** Since when the customer waits for an answer to their question on the other ticket, if they do. */
      waitingSince: internal(at.optional()),
    }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: {},
    sentence: ({ source }) => ({ what: `completed the merge of ${source}` }),
  }),
  AbsorptionReverted: ticketEvent({
    description: 'The merge of the other ticket into this one was reverted.',
    schema: z.object({ source: storedId, reason: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { reason: freeText },
    sentence: ({ source, reason: why }) => ({ what: `gave ${source} up again`, why }),
  }),
  /** A message was split off as a ticket of its own. */
  TicketSplit: ticketEvent({
    description: 'A message was split off into a new ticket.',
    schema: z.object({ messageId: storedId, into: storedId, subject: text, ...waited }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { subject: freeText },
    sentence: ({ messageId, into, subject }) => ({
      what: `split the message ${messageId} off as ticket ${into}`,
      why: subject === '' ? undefined : subject,
    }),
  }),
} as const

/** The steps of merging and splitting tickets. */
export const mergingCommands = {
  absorb: ticketCommand({
    description: 'Begins to merge another ticket into this one.',
    schema: z.strictObject({
      type: z.literal('absorb'),
      source: id,
      sourceCustomerId: personId,
      /** Whether the customers of both tickets are one by merges of customers. */
      isSameCustomer: internal(z.boolean().optional()),
    }),
    sentBy: senders.desk,
    addedByDesk: ['isSameCustomer'],
    lifecycle: untilClosed,
  }),
  completeAbsorption: ticketCommand({
    description:
      'Completes the merge of another ticket into this one, which takes over its open question, its watchers and its links.',
    schema: z.strictObject({
      type: z.literal('completeAbsorption'),
      source: id,
      waitingSince: instantSchema.optional(),
      /** When the last of its open questions was asked, if that was later. */
      askedAt: instantSchema.optional(),
      /** Those of the other ticket, which become this one's too. */
      watchers: z.array(personSchema).max(ticketLimits.watchers).optional(),
      links: z
        .array(z.strictObject({ to: id, relation: z.enum(relations) }))
        .max(ticketLimits.links)
        .optional(),
    }),
    sentBy: senders.desk,
    lifecycle: {
      ...anywhere,
      waiting_customer: to('in_progress', 'waiting_customer'),
      resolved: to('in_progress', 'resolved'),
      closed: to('in_progress', 'closed'),
    },
    acceptedWhenMerged: true,
  }),
  revertAbsorption: ticketCommand({
    description: 'Reverts the merge of another ticket into this one.',
    schema: z.strictObject({ type: z.literal('revertAbsorption'), source: id, reason }),
    sentBy: senders.desk,
    lifecycle: anywhere,
    acceptedWhenMerged: true,
  }),
  mergeInto: ticketCommand({
    description: 'Merges a ticket into another one of the same customer, and ends it.',
    schema: z.strictObject({ type: z.literal('mergeInto'), target: id.describe('The ticket that it is merged into.') }),
    sentBy: senders.desk,
    lifecycle: ends,
    acceptedWhenMerged: true,
  }),
  declineMerge: ticketCommand({
    description:
      'Rules out that the merge with this command id ever takes effect: `reason` is the refusal that it met.',
    schema: z.strictObject({
      type: z.literal('declineMerge'),
      target: id,
      merge: commandIdSchema,
      reason: line(limits.name),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
    acceptedWhenMerged: true,
  }),
  split: ticketCommand({
    description:
      'Splits a message of the customer off into a new ticket, with its attachments. The customer has waited since they wrote it, unless it was answered.',
    schema: z.strictObject({
      type: z.literal('split'),
      messageId: id.describe('A message of its customer, by the id that the conversation shows.'),
      into: id,
      subject: line(limits.subject).describe('The subject of the new ticket.'),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
} as const
