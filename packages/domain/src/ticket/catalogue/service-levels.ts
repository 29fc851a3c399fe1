import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { nameSchema } from '../../kernel/values.ts'
import { calendarOwners, slaTargets } from '../../sla/settings.ts'
import { termsChanges } from '../../sla/terms.ts'
import {
  at,
  fired,
  freeText,
  reason,
  text,
  ticketCommand,
  ticketEvent,
  untilClosed,
  wasDue,
  whileUnsolved,
} from './definition.ts'

/** A target of an SLA policy: which time it ran, and when it was due. */
export const target = {
  target: z.enum(slaTargets),
  cycle: z.int().positive().describe('The round of the target, counted from 1.'),
  dueAt: at,
}
/** The change before which a deadline did not fall due. */
const notBefore = z
  .object({ at, change: z.enum(termsChanges) })
  .optional()
  .describe('The change at which it fell due, if the terms after the change would have made it due earlier.')
/** The terms that a target followed from, so that its due instant can be explained years later. */
const promise = {
  ...target,
  since: at,
  policy: text.describe('The name of the SLA policy.'),
  calendar: text.optional().describe('The calendar by which time is counted; null for around the clock.'),
  calendarOf: z
    .object({ kind: z.enum(calendarOwners), name: text })
    .optional()
    .describe('The owner of the calendar; null for the policy’s own.'),
  notBefore,
  /** Its clock keeps running while the desk waits for the customer. */
  runsWhileWaiting: internal(z.literal(true).optional()),
  policyVersion: text,
}
/**
 * The business time in milliseconds that a target's clock had used when it was met or due, and what was left; older
 * events do not have it.
 */
const spent = {
  timeUsed: internal(z.number().nonnegative().optional()),
  timeLeft: internal(z.number().nonnegative().optional()),
}

type Target = { readonly target: (typeof slaTargets)[number]; readonly cycle: number; readonly dueAt: string }

const inWords = ({ target: name, cycle, dueAt }: Target): string =>
  `${name.replace('_', ' ')}${cycle > 1 ? ` (${cycle}.)` : ''} due at ${dueAt}`

/** The events of service levels: pauses of the clocks, and outcomes of the targets. */
export const serviceLevelEvents = {
  PlanChanged: ticketEvent({
    description: 'The customer’s plan changed.',
    schema: z.object({ from: text.optional(), to: text.optional(), reason: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { reason: freeText },
    sentence: ({ from = 'none', to = 'none', reason: why }) => ({ what: `plan ${from} → ${to}`, why }),
  }),
  /** Somebody has stopped the clocks of the ticket's targets. */
  ClocksPaused: ticketEvent({
    description: 'The clocks of the ticket’s SLA targets were paused.',
    schema: z.object({ reason: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { reason: freeText },
    sentence: (event) => ({ what: 'stopped the clocks', why: event.reason }),
  }),
  ClocksResumed: ticketEvent({
    description: 'The clocks of the ticket’s SLA targets were resumed.',
    schema: z.object({ reason: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { reason: freeText },
    sentence: (event) => ({ what: 'resumed the clocks', why: event.reason }),
  }),
  TargetMet: ticketEvent({
    description: 'An SLA target was met.',
    schema: z.object({ ...promise, ...spent }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: (event, whyDue) => ({ what: `met the ${inWords(event)}`, why: whyDue }),
  }),
  TargetWarned: ticketEvent({
    description: 'An SLA target was soon due.',
    schema: z.object({
      ...promise,
      share: z.number().describe('The share of the time that had passed, from 0 to 1.'),
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: (event, whyDue) => ({ what: `warned of the ${inWords(event)}`, why: whyDue }),
  }),
  /** The target was missed at `dueAt`, whenever that is recorded. */
  TargetBreached: ticketEvent({
    description: 'An SLA target was breached.',
    schema: z.object({
      ...promise,
      ...spent,
      /** What recorded it also ended the clock. */
      over: internal(z.literal(true).optional()),
      /** That was before the import of the ticket was complete. */
      imported: internal(z.literal(true).optional()),
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: (event, whyDue) => ({ what: `missed the ${inWords(event)}`, why: whyDue }),
  }),
  StagnationDetected: ticketEvent({
    description: 'The ticket had no activity of the desk for too long.',
    schema: z.object({ since: at, ...fired, policyVersion: text, notBefore }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ since, dueAt }, whyDue) => ({
      what: `reported that no agent has acted since ${since}`,
      why: `${wasDue(dueAt)}, by ${whyDue}`,
    }),
  }),
  UpdateOverdue: ticketEvent({
    description: 'An update for the customer was overdue.',
    schema: z.object({
      since: at.describe('When the time began to count: at the last message, or when updates became due again.'),
      awaitedSince: at
        .optional()
        .describe(
          'When the time of the current assignee began to count, if an earlier assignee was alerted of the same overdue update.',
        ),
      ...fired,
      policyVersion: text,
      notBefore,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ dueAt }, whyDue) => ({
      what: 'reported that the customer is owed an update',
      why: `${wasDue(dueAt)}, by ${whyDue}`,
    }),
  }),
} as const

/** The commands that change the desk's promises or pause their clocks. */
export const serviceLevelCommands = {
  changePlan: ticketCommand({
    description: 'Changes the customer’s plan, which selects the SLA policy; null for none.',
    schema: z.strictObject({
      type: z.literal('changePlan'),
      plan: nameSchema.nullable().default(null),
      reason: reason.optional(),
    }),
    sentBy: senders.desk,
    lifecycle: untilClosed,
  }),
  pauseClocks: ticketCommand({
    description:
      'Pauses the clocks of the ticket’s SLA targets until they are resumed, or the ticket is resolved or closed.',
    schema: z.strictObject({ type: z.literal('pauseClocks'), reason }),
    sentBy: senders.desk,
    lifecycle: whileUnsolved,
  }),
  resumeClocks: ticketCommand({
    description: 'Resumes the clocks of the ticket’s SLA targets.',
    schema: z.strictObject({ type: z.literal('resumeClocks'), reason: reason.optional() }),
    sentBy: senders.desk,
    lifecycle: whileUnsolved,
  }),
} as const
