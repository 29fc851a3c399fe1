import { z } from 'zod'
import type { CommandInput, CommandOf } from '../kernel/command.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import { limits } from '../kernel/limits.ts'
import { id, language, line, nameSchema, personId, text } from '../kernel/values.ts'
import { customerSchema } from '../person.ts'
import {
  customerChanges,
  customerDetails,
  customerLimits,
  emailAddress,
  externalIdSchema,
  fieldValues,
  identityValue,
  phoneNumber,
  verified,
} from './details.ts'

const emailSchema = z.strictObject({ address: emailAddress.describe('The e-mail address.'), verified })
const phoneSchema = z.strictObject({ number: phoneNumber.describe('The number.'), verified })

const emails = z.array(emailSchema).max(customerLimits.emails).default([])
const phones = z.array(phoneSchema).max(customerLimits.phones).default([])
const externalIds = z.array(externalIdSchema).max(customerLimits.externalIds).default([])

const reservation = z.int().positive()

const reason = line(limits.reason).optional().describe('The reason, for the desk.')

/** The definition of every command of a customer. */
export const customerCommands = {
  register: defineCommand({
    description: 'Registers a customer. One who is known already keeps their details and gets those that were missing.',
    schema: z.strictObject({
      type: z.literal('register'),
      ...z.strictObject(customerDetails).partial().shape,
      fields: fieldValues.default({}).describe('The values of own fields.'),
      emails: emails.describe('The e-mail addresses.'),
      phones: phones.describe('The telephone numbers.'),
      externalIds: externalIds.describe('The ids of the customer in other systems.'),
    }),
    sentBy: senders.desk,
  }),
  change: defineCommand({
    description: 'Changes the given details of a customer; null removes one.',
    schema: z.strictObject({ type: z.literal('change'), changes: customerChanges.partial() }),
    sentBy: senders.desk,
  }),
  addEmail: defineCommand({
    description: 'Adds an e-mail address to a customer, or records that it was verified.',
    schema: z.strictObject({ type: z.literal('addEmail'), ...emailSchema.shape }),
    sentBy: senders.desk,
  }),
  removeEmail: defineCommand({
    description: 'Removes an e-mail address of a customer.',
    schema: z.strictObject({ type: z.literal('removeEmail'), address: emailSchema.shape.address }),
    sentBy: senders.desk,
  }),
  addPhone: defineCommand({
    description: 'Adds a telephone number to a customer, or records that it was verified.',
    schema: z.strictObject({ type: z.literal('addPhone'), ...phoneSchema.shape }),
    sentBy: senders.desk,
  }),
  removePhone: defineCommand({
    description: 'Removes a telephone number of a customer.',
    schema: z.strictObject({ type: z.literal('removePhone'), number: phoneSchema.shape.number }),
    sentBy: senders.desk,
  }),
  addExternalId: defineCommand({
    description: 'Adds the id of a customer in another system.',
    schema: z.strictObject({ type: z.literal('addExternalId'), ...externalIdSchema.shape }),
    sentBy: senders.desk,
  }),
  removeExternalId: defineCommand({
    description: 'Removes the id of a customer in another system.',
    schema: z.strictObject({ type: z.literal('removeExternalId'), ...externalIdSchema.shape }),
    sentBy: senders.desk,
  }),
  addNote: defineCommand({
    description: 'Adds a note about a customer. Customers never see it.',
    schema: z.strictObject({ type: z.literal('addNote'), body: text(customerLimits.note).describe('The note.') }),
    sentBy: senders.desk,
  }),
  block: defineCommand({
    description: 'Blocks a customer, who can begin no chat then.',
    schema: z.strictObject({
      type: z.literal('block'),
      reason: line(limits.reason).describe('The reason, for the desk.'),
    }),
    sentBy: senders.desk,
  }),
  unblock: defineCommand({
    description: 'Unblocks a customer.',
    schema: z.strictObject({ type: z.literal('unblock'), reason }),
    sentBy: senders.desk,
  }),
  beginMerge: defineCommand({
    description: 'Begins to merge another customer into this one.',
    schema: z.strictObject({ type: z.literal('beginMerge'), source: personId }),
    sentBy: senders.desk,
  }),
  mergeInto: defineCommand({
    description: 'Merges a customer into another one, who survives. It can be split back.',
    schema: z.strictObject({ type: z.literal('mergeInto'), target: personId.describe('The customer who survives.') }),
    sentBy: senders.desk,
  }),
  completeMerge: defineCommand({
    description: 'Completes the merge of another customer into this one.',
    schema: z.strictObject({ type: z.literal('completeMerge'), source: personId }),
    sentBy: senders.desk,
  }),
  revertMerge: defineCommand({
    description: 'Gives up the merge of another customer into this one.',
    schema: z.strictObject({ type: z.literal('revertMerge'), source: personId }),
    sentBy: senders.desk,
  }),
  splitOff: defineCommand({
    description: 'Ends the merge of another customer into this one, who was split back.',
    schema: z.strictObject({ type: z.literal('splitOff'), source: personId }),
    sentBy: senders.desk,
  }),
  splitBack: defineCommand({
    description:
      'Takes back the merge of a customer into another one. What was removed meanwhile stays removed; tickets of both that were merged meanwhile stay merged, and are those of the customer of the ticket that survived.',
    schema: z.strictObject({ type: z.literal('splitBack') }),
    sentBy: senders.desk,
  }),
  keepIdentity: defineCommand({
    description: 'Records an identity that was claimed for the customer, whose own command was not stored in time.',
    schema: z.strictObject({
      type: z.literal('keepIdentity'),
      kind: z.enum(['email', 'phone', 'external']),
      value: identityValue,
    }),
    sentBy: senders.system,
  }),
  identify: defineCommand({
    description: 'Records that a visitor is a customer, as a token of the host says.',
    schema: z.strictObject({
      type: z.literal('identify'),
      customer: customerSchema,
      plan: nameSchema.optional(),
    }),
    sentBy: senders.system,
  }),
  detectLanguage: defineCommand({
    description: 'Records the language that the words of a customer are in, unless one is recorded already.',
    schema: z.strictObject({ type: z.literal('detectLanguage'), language }),
    sentBy: senders.system,
  }),
  withdrawImport: defineCommand({
    description: 'Removes a customer whom an import has registered and nobody has changed since.',
    schema: z.strictObject({ type: z.literal('withdrawImport'), importId: id }),
    sentBy: senders.system,
  }),
  reserveChat: defineCommand({
    description:
      'Reserves the one chat that a customer can have at a time, and registers the customer if there is none yet.',
    schema: z.strictObject({
      type: z.literal('reserveChat'),
      chatId: id,
      reservation: reservation
        .optional()
        .describe('The number of the reservation, given by the customer of the chat to those who survive their merge.'),
      begun: z
        .literal(true)
        .optional()
        .describe('Set if the chat has begun: then it is taken from a blocked customer too.'),
    }),
    sentBy: senders.system,
    addedByDesk: ['reservation'],
  }),
  releaseChat: defineCommand({
    description: 'Releases the reservation of exactly this chat, unless it is a later one.',
    schema: z.strictObject({ type: z.literal('releaseChat'), chatId: id, reservation }),
    sentBy: senders.system,
    addedByDesk: ['reservation'],
  }),
} as const

type Definitions = typeof customerCommands

/** The type of a command of a customer. */
export type CustomerCommandType = keyof Definitions

/** A command of a customer by its type, checked and with its defaults. */
export type CustomerCommandOf<T extends CustomerCommandType> = CommandOf<Definitions, T>

/** Any command of a customer, checked and with its defaults. */
export type CustomerCommand = CommandOf<Definitions>

/** Any command of a customer as a sender gives it, without defaults. */
export type CustomerCommandInput = CommandInput<Definitions>
