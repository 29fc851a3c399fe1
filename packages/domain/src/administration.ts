import { z } from 'zod'
import { defineAggregate } from './kernel/aggregate.ts'
import { defineCommand, senders } from './kernel/command.ts'
import { defineEvent } from './kernel/event.ts'
import { accept, deny, refusal } from './kernel/refusal.ts'
import { instantSchema, storedInstantSchema } from './kernel/time.ts'
import { id, line, personId } from './kernel/values.ts'

const exported = ['customers', 'organisations', 'chat'] as const
const audiences = ['customer', 'desk'] as const
const rows = z.int().nonnegative()

/** The definition of every command of the administration. */
const administrationCommands = {
  recordExport: defineCommand({
    description: 'Records that personal data was exported.',
    schema: z.strictObject({
      type: z.literal('recordExport'),
      exported: z.enum(exported).describe('What was exported.'),
      format: line(20).describe('The format of the file.'),
      rows: rows.describe('How many records were exported.'),
      chatId: id.optional().describe('The chat, where one was exported.'),
      audience: z.enum(audiences).optional().describe('For whom: only the desk is given internal notes.'),
    }),
    sentBy: senders.desk,
  }),
  recordRevocation: defineCommand({
    description:
      'Records that tokens were revoked: one by its id, or those of a person that were issued before an instant.',
    schema: z.strictObject({
      type: z.literal('recordRevocation'),
      tokenId: line(200).optional().describe('The claim `jti` of the one token.'),
      bearerId: personId.optional().describe('Whose tokens were revoked.'),
      issuedBefore: instantSchema.optional().describe('Which of these.'),
    }),
    sentBy: senders.desk,
  }),
  recordDismissal: defineCommand({
    description:
      'Records that an event was given up at which reactions had failed: what they do after it does not happen.',
    schema: z.strictObject({
      type: z.literal('recordDismissal'),
      eventId: line(200).describe('The id of the event.'),
      reactions: z.int().positive().describe('How many reactions had failed at it.'),
    }),
    sentBy: senders.desk,
  }),
} as const

/** The definition of every event of the administration. */
const administrationEvents = {
  DataExported: defineEvent({
    schema: z.object({
      exported: z.enum(exported),
      /** The format of the file, such as `csv`. */
      format: z.string(),
      /** How many records. */
      rows,
      /** The chat, where one was exported. */
      chatId: z.string().optional(),
      /** For whom: only the desk is given internal notes. */
      audience: z.enum(audiences).optional(),
    }),
    personal: {},
  }),
  TokensRevoked: defineEvent({
    schema: z.object({
      /** The claim `jti` of the one token that was revoked. */
      tokenId: z.string().optional(),
      /** Whose tokens were revoked. */
      bearerId: z.string().optional(),
      /** Those of the bearer that were issued before this instant. */
      issuedBefore: storedInstantSchema.optional(),
    }),
    personal: { bearerId: ['customer', 'agent'] },
  }),
  ParkedEventDismissed: defineEvent({
    schema: z.object({
      /** The id of the event at which reactions had failed. */
      eventId: z.string(),
      /** How many reactions will not process it. */
      reactions: z.int().positive(),
    }),
    personal: {},
  }),
} as const

type AdministrationState = { readonly status: 'absent' | 'recorded' }

/** What an operator did that changes no other stream: the streams `administration-<id>`, of one event each. */
export const administrationAggregate = defineAggregate({
  category: 'administration',
  id,
  commands: administrationCommands,
  events: administrationEvents,
  initial: { status: 'absent' },
  begunBy: ['recordExport', 'recordRevocation', 'recordDismissal'],
  evolve: (_: AdministrationState): AdministrationState => ({ status: 'recorded' }),
  rules: {
    recordExport: ({ at, by, exported, format, rows, chatId, audience }, { status }) => {
      if (status === 'recorded') return accept([])
      const of = { ...(chatId !== undefined && { chatId }), ...(audience && { audience }) }
      return accept([{ type: 'DataExported', at, by, exported, format, rows, ...of }])
    },
    recordRevocation: ({ at, by, tokenId, bearerId, issuedBefore }, { status }) => {
      if (status === 'recorded') return accept([])
      if ((tokenId === undefined) === (bearerId === undefined))
        return deny(refusal('invalid_command', { message: 'tokenId: give either it or bearerId', field: 'tokenId' }))
      const which = tokenId === undefined ? { bearerId, ...(issuedBefore && { issuedBefore }) } : { tokenId }
      return accept([{ type: 'TokensRevoked', at, by, ...which }])
    },
    recordDismissal: ({ at, by, eventId, reactions }, { status }) =>
      accept(status === 'recorded' ? [] : [{ type: 'ParkedEventDismissed', at, by, eventId, reactions }]),
  },
})
