import { z } from 'zod'
import { phoneNumber } from '../customer/details.ts'
import { defineCommand, fireSchema, internal, senders } from '../kernel/command.ts'
import type { DataOf, Description, EventDefinition, EventOf } from '../kernel/event.ts'
import { byType, column, defineEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Instant } from '../kernel/time.ts'
import { instantSchema, storedInstantSchema } from '../kernel/time.ts'
import { id, language, line, nameSchema, printable, priorities, text } from '../kernel/values.ts'
import { customerSchema } from '../person.ts'
import { activityLimits } from './activity.ts'
import type { AnalyserName } from './analyser.ts'
import { analyserNames } from './analyser.ts'
import type { Suspicion, SuspicionReason } from './suspicion.ts'
import { suspicionReasons, suspicionRules } from './suspicion.ts'

/**
 * What has become of the ticket of a draft: it was resolved, or closed without a solution, or merged into another one
 * that is over, or the desk has refused it, so that there is none.
 */
const ticketOutcomes = ['resolved', 'closed', 'merged', 'refused'] as const

/** What has become of the ticket of a draft. */
export type TicketOutcome = (typeof ticketOutcomes)[number]

/** Why a draft is withheld: a review says so, or it is in the holdout, which measures the effect of the others. */
export const withheldCauses = ['review', 'holdout'] as const

/** Why a draft is withheld. */
export type WithheldCause = (typeof withheldCauses)[number]

const fingerprint = line(activityLimits.fingerprint)
const count = z.int().nonnegative()
const expected = z.number().nonnegative()
const reasonSchema = z.strictObject({ reason: z.enum(suspicionReasons), count, expected: expected.optional() })

/** A suspicion as an analyser makes it: kinds, codes, counts, pages and versions. */
const suspicionSchema = z.strictObject({
  rule: z.enum(suspicionRules),
  fingerprint,
  kind: line(activityLimits.code),
  code: printable(activityLimits.trouble),
  count: z.int().positive(),
  since: instantSchema,
  pages: z.array(line(activityLimits.page)).max(3),
  versions: z.array(line(activityLimits.code)).max(3),
  priority: z.enum(priorities),
  confidence: z.number().min(0).max(1),
  reasons: z.array(reasonSchema).max(suspicionReasons.length),
  evidence: z.array(z.strictObject({ fingerprint, count })).max(50),
  spread: z.strictObject({ lately: count, usual: z.number().nonnegative().optional() }).optional(),
})

const subject = line(limits.subject)
const body = text(limits.body)
const number = z.int().positive().describe('The number of the draft: the first of a customer is 1.')
const ticketId = id.describe('The id of the ticket.')

/** The definition of every command of drafts. */
export const draftCommands = {
  suspect: defineCommand({
    description: 'Records trouble that a customer probably has, with a draft of a ticket about it.',
    schema: z.strictObject({
      type: z.literal('suspect'),
      suspicion: suspicionSchema,
      analyser: z.enum(analyserNames),
      analyserVersion: line(limits.name).optional(),
      subject,
      body,
      language,
    }),
    sentBy: senders.system,
  }),
  approve: defineCommand({
    description: 'Offers a draft that waits for its review to its customer.',
    schema: z.strictObject({ type: z.literal('approve'), number }),
    sentBy: senders.desk,
  }),
  withhold: defineCommand({
    description: 'Decides that a draft is not offered to its customer, or not any more.',
    schema: z.strictObject({
      type: z.literal('withhold'),
      number,
      reason: line(limits.reason).optional().describe('The reason, for the desk.'),
    }),
    sentBy: senders.desk,
  }),
  open: defineCommand({
    description: 'Opens the ticket of a draft, as it was offered or as its customer has changed it.',
    schema: z.strictObject({
      type: z.literal('open'),
      number,
      ticketId,
      subject: subject.optional().describe('Another subject.'),
      body: body.optional().describe('Another message.'),
      /** The text as its reader has seen it: what they have not changed of it stands in the ticket. */
      offer: internal(z.strictObject({ subject, body, language }).optional()),
      /** The customer as their token names them; by their record unless given. */
      customer: internal(customerSchema.optional()),
      plan: internal(nameSchema.optional()),
      /** A telephone number for the answer, which the desk alone reads. */
      phone: internal(phoneNumber.optional()),
    }),
    sentBy: senders.customers,
    addedByDesk: ['offer', 'customer', 'plan'],
  }),
  dismiss: defineCommand({
    description: 'Says that a draft is not needed: the same trouble is not suspected again for a while.',
    schema: z.strictObject({ type: z.literal('dismiss'), number }),
    sentBy: senders.customers,
  }),
  settle: defineCommand({
    description: 'Records that the ticket of a draft is over, or that the desk has refused it.',
    schema: z.strictObject({
      type: z.literal('settle'),
      ticketId,
      outcome: z.enum(ticketOutcomes),
      refusal: line(limits.name).optional().describe('The code of the refusal.'),
    }),
    sentBy: senders.system,
  }),
  reopen: defineCommand({
    description: 'Records that the ticket of a draft is open again.',
    schema: z.strictObject({ type: z.literal('reopen'), ticketId }),
    sentBy: senders.system,
  }),
  redact: defineCommand({
    description: 'Removes from a draft what was removed from the ticket that it was opened as.',
    schema: z.strictObject({
      type: z.literal('redact'),
      number,
      subject: subject.optional().describe('What is left of the subject; all of it unless given.'),
      body: printable(limits.body).optional().describe('What is left of the message; all of it unless given.'),
    }),
    sentBy: senders.system,
  }),
  report: defineCommand({
    description: 'Records a ticket in which the trouble of drafts was probably reported: the drafts are over.',
    schema: z.strictObject({
      type: z.literal('report'),
      ticketId,
      openedAt: instantSchema.describe('When that ticket was opened: the trouble of the drafts began before.'),
    }),
    sentBy: senders.system,
  }),
  switchOff: defineCommand({
    description: 'Ends the analysis of a customer’s activities, and the drafts that they are offered.',
    schema: z.strictObject({ type: z.literal('switchOff') }),
    sentBy: senders.anyone,
  }),
  switchOn: defineCommand({
    description: 'Allows the desk to analyse the activities of a customer again.',
    schema: z.strictObject({ type: z.literal('switchOn') }),
    sentBy: senders.anyone,
  }),
  fire: defineCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
  }),
}

/** Their type by its name, so that declarations which refer to it stay short. */
export type DraftCommands = { readonly [T in keyof typeof draftCommands]: (typeof draftCommands)[T] }

const storedReason = z.object({ reason: z.enum(suspicionReasons), count, expected: z.number().optional() })

/** A suspicion in history, which stays readable when the limits of the command get stricter. */
const storedSuspicion = z.object({
  rule: z.enum(suspicionRules),
  fingerprint: z.string(),
  kind: z.string(),
  code: z.string(),
  count,
  since: storedInstantSchema,
  pages: z.array(z.string()),
  versions: z.array(z.string()),
  priority: z.enum(priorities),
  confidence: z.number(),
  reasons: z.array(storedReason),
  evidence: z.array(z.object({ fingerprint: z.string(), count })),
  spread: z.object({ lately: count, usual: z.number().optional() }).optional(),
})

/** The definition of an event of drafts. A missing cell does not compile. */
type DraftEventDefinition<S extends z.ZodType<object>> = EventDefinition<S> & {
  /** Describes in words what it changed. */
  readonly sentence: (data: DataOf<S>) => Description
}

const draftEvent = <S extends z.ZodType<object>>(
  definition: DraftEventDefinition<S>,
): DraftEventDefinition<S> & { readonly schemaVersion: number } => ({ ...definition, ...defineEvent(definition) })

const analysers: Readonly<Record<AnalyserName, string>> = {
  rules: 'the rules',
  learned: 'what was learned from the history',
  model: 'the model',
}

const numbered = z.object({ number: z.int().positive() })

/** Until when the same trouble is not suspected again. */
const silencing = numbered.extend({ silentUntil: storedInstantSchema })

const silenceUntil = (until: Instant): string => `the same trouble is not suspected before ${until}`

/** A reason in numbers, with what chance brings. */
function reasonInNumbers({ reason, count: times, expected: byChance }: SuspicionReason): string {
  if (reason === 'plan') return 'plan: it has raised the priority'
  return byChance === undefined ? `${reason}: ${times}` : `${reason}: ${times} times, ${byChance} expected by chance`
}

/** How many customers had the same trouble. */
const spreadInNumbers = ({ lately, usual }: NonNullable<Suspicion['spread']>): string =>
  `spread: ${lately} customers within a day, usually ${usual ?? 'unknown'}`

const outcomes: Readonly<Record<TicketOutcome, string>> = {
  resolved: 'its ticket is resolved',
  closed: 'its ticket is closed without a solution',
  merged: 'the ticket that its own was merged into is over',
  refused: 'the desk has refused its ticket',
}

/**
 * The definition of every event of drafts: their part of the event catalogue. Their data subject is the customer whose
 * stream it is.
 */
export const draftEvents = {
  /**
   * Trouble is suspected, by an analyser, and by which version of it where it has one. What becomes of its draft is
   * another event: it is offered or withheld at once, or a review decides. Without one it lapses at `lapsesAt`.
   * `silentFor` are milliseconds. `isHoldout` says whether chance holds it back, so that the effect of the others can
   * be measured.
   */
  TroubleSuspected: draftEvent({
    schema: numbered.extend({
      suspicion: storedSuspicion,
      analyser: z.enum(analyserNames),
      analyserVersion: z.string().optional(),
      subject: z.string(),
      body: z.string(),
      language: z.string(),
      lapsesAt: storedInstantSchema,
      silentFor: z.number(),
      isHoldout: z.boolean(),
    }),
    personal: { 'suspicion.pages': 'customer', subject: 'customer', body: 'customer' },
    sentence: ({ number, suspicion, analyser, analyserVersion, subject, body }) => {
      const { fingerprint, rule, count, since, confidence, priority, reasons, evidence, spread } = suspicion
      const version = analyserVersion === undefined ? '' : ` (${analyserVersion})`
      return {
        what: `suspected trouble, draft ${number}: ${fingerprint}, ${count} times since ${since}`,
        why: `${analysers[analyser]}${version}, ${Math.round(confidence * 100)} % sure, priority ${priority}`,
        said: `${subject}\n${body}`,
        shows: [
          `rule: ${rule}`,
          ...reasons.map(reasonInNumbers),
          ...(spread ? [spreadInNumbers(spread)] : []),
          `counted: ${evidence.map((each) => `${each.fingerprint} ${each.count} times`).join(', ')}`,
        ],
      }
    },
  }),
  /** The customer sees the draft, until it lapses at `lapsesAt`. */
  DraftOffered: draftEvent({
    schema: numbered.extend({ lapsesAt: storedInstantSchema }),
    personal: {},
    sentence: ({ number, lapsesAt }) => ({ what: `offered draft ${number} to the customer until ${lapsesAt}` }),
  }),
  /**
   * The customer does not see the draft: a review says so, or it is in the holdout, by which the effect of the
   * others is measured.
   */
  DraftWithheld: draftEvent({
    schema: silencing.extend({ cause: z.enum(withheldCauses), reason: z.string().optional() }),
    personal: { reason: ['customer', 'author'] },
    sentence: ({ number, cause, reason, silentUntil }) => ({
      what: `withheld draft ${number}`,
      why: cause === 'review' ? 'a review decided so' : 'it is in the holdout, which measures the effect of the others',
      said: reason,
      shows: [silenceUntil(silentUntil)],
    }),
  }),
  /**
   * The customer wants the ticket, with this text in this language, that of the draft unless given. It is opened after
   * this event, under its id, for the customer as their token names them, if it does.
   */
  DraftOpened: draftEvent({
    schema: silencing.extend({
      ticketId: z.string(),
      subject: z.string(),
      body: z.string(),
      language: z.string().optional(),
      customer: z
        .object({
          id: z.string(),
          name: z.string().optional(),
          firstName: z.string().optional(),
          email: z.string().optional(),
        })
        .optional(),
      plan: z.string().optional(),
      phone: z.string().optional(),
    }),
    personal: { subject: 'customer', body: 'customer', customer: 'customer', phone: 'customer' },
    sentence: ({ number, ticketId, subject, body, silentUntil }) => ({
      what: `opened draft ${number} as ticket ${ticketId}`,
      said: `${subject}\n${body}`,
      shows: [silenceUntil(silentUntil)],
    }),
  }),
  DraftDismissed: draftEvent({
    schema: silencing,
    personal: {},
    sentence: ({ number, silentUntil }) => ({
      what: `dismissed draft ${number}`,
      shows: [silenceUntil(silentUntil)],
    }),
  }),
  /** Nobody has decided on the draft in time, or its customer has switched drafts off. */
  DraftLapsed: draftEvent({
    schema: silencing,
    personal: {},
    sentence: ({ number, silentUntil }) => ({
      what: `let draft ${number} lapse`,
      why: 'nobody decided in time, or the customer wants no drafts',
      shows: [silenceUntil(silentUntil)],
    }),
  }),
  /** A ticket was opened for the customer after the trouble began, and not from a draft: it is probably about it. */
  DraftReported: draftEvent({
    schema: numbered.extend({ ticketId: z.string() }),
    personal: {},
    sentence: ({ number, ticketId }) => ({
      what: `ended draft ${number}`,
      why: `ticket ${ticketId} is probably about the same trouble`,
    }),
  }),
  /** The ticket of the draft is over, or the desk has refused it, with the code of that refusal. */
  DraftSettled: draftEvent({
    schema: silencing.extend({ outcome: z.enum(ticketOutcomes), refusal: z.string().optional() }),
    personal: {},
    sentence: ({ number, outcome, refusal, silentUntil }) => ({
      what: `settled draft ${number}`,
      why: refusal === undefined ? outcomes[outcome] : `${outcomes[outcome]}: ${refusal}`,
      shows: [silenceUntil(silentUntil)],
    }),
  }),
  /** The ticket of the draft is open again. */
  DraftReopened: draftEvent({
    schema: numbered,
    personal: {},
    sentence: ({ number }) => ({ what: `reopened draft ${number}`, why: 'its ticket is open again' }),
  }),
  /**
   * Text was removed from the ticket of the draft, and so from the draft: this is left of the subject, the message or
   * both that its customer has sent.
   */
  DraftRedacted: draftEvent({
    schema: numbered.extend({ subject: z.string().optional(), body: z.string().optional() }),
    personal: { subject: 'customer', body: 'customer' },
    sentence: ({ number }) => ({ what: `removed text from draft ${number}`, why: 'it was removed from its ticket' }),
  }),
  DraftsSwitchedOff: draftEvent({
    schema: z.object({}),
    personal: {},
    sentence: () => ({ what: 'switched drafts off: activities are not analysed any more' }),
  }),
  DraftsSwitchedOn: draftEvent({
    schema: z.object({}),
    personal: {},
    sentence: () => ({ what: 'switched drafts on again' }),
  }),
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type DraftEvents = { readonly [T in keyof typeof draftEvents]: (typeof draftEvents)[T] }

/** Any event of drafts. */
export type DraftEvent = EventOf<DraftEvents>

/** Describes in words what an event of drafts changed, for the desk. */
export const describeDraftEvent = byType<DraftEvent, Description>(column(draftEvents, 'sentence'))
