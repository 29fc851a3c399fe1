import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { limits } from '../../kernel/limits.ts'
import { line } from '../../kernel/values.ts'
import { supportLevels } from '../../level.ts'
import type { Briefing } from '../vocabulary.ts'
import { briefingSchema } from '../vocabulary.ts'
import { anyName, at, freeText, reason, text, ticketCommand, ticketEvent, wasDue, whileUnsolved } from './definition.ts'
import { target } from './service-levels.ts'

const supportLevel = z.literal(supportLevels)

const missedTarget = z.object({ ...target, breachedAt: at.optional(), policyVersion: text })

/** Old events hold only when the escalation was due. */
const missedBy = ({ target: name, dueAt, breachedAt }: z.infer<typeof missedTarget>): string =>
  `${name.replace('_', ' ')} breached${breachedAt === undefined ? '' : `: ${wasDue(breachedAt)}`}, to be escalated at ${dueAt}`

/** The personal data of a briefing. */
export const personalOfBriefing = {
  'briefing.customerId': 'customer',
  'briefing.subject': freeText,
  'briefing.tried.*.by': 'agent',
  'briefing.tried.*.line': freeText,
  'briefing.earlier.*.by': 'agent',
  'briefing.earlier.*.reason': freeText,
} as const

/** The lines of a briefing that a replay of the ticket does not show: what had been tried, and what was open. */
export function briefingLines(briefing: Briefing | undefined): readonly string[] {
  if (briefing === undefined) return []
  const { tried, triedBefore, targets, related } = briefing
  return [
    ...(triedBefore > 0 ? [`tried: ${triedBefore} before`] : []),
    ...tried.map(
      ({ kind, by, line }) => `tried: ${kind} of ${by.name ?? by.id}${line === '' ? ', without words' : `: ${line}`}`,
    ),
    ...targets.map(
      ({ target: name, state, dueAt }) =>
        `${name.replace('_', ' ')}: ${state}${dueAt === undefined ? '' : `, due at ${dueAt}`}`,
    ),
    ...(related.length > 0
      ? [`related: ${related.map(({ ticketId, relation }) => `${relation} ${ticketId}`).join(', ')}`]
      : []),
  ]
}

/** The events of moving a ticket between the support levels. */
export const escalationEvents = {
  /**
   * A ticket that was handed up a level has `level` above `fromLevel`. Escalations from before there were levels have
   * no level and no briefing. Without a `team` it went to a level of a desk that names no team for it.
   */
  TicketEscalated: ticketEvent({
    description: 'The ticket was escalated to another team or to a higher level.',
    schema: z.object({
      team: text.optional(),
      from: text.optional(),
      reason: text,
      level: supportLevel.optional(),
      fromLevel: supportLevel.optional(),
      expectedBy: at.optional().describe('When the response of the level is due; null if the level did not change.'),
      briefing: briefingSchema.optional(),
      /**
       * The target whose breach the clock escalated; `dueAt`: when the escalation was due, `breachedAt`: when the
       * target was.
       */
      missed: internal(missedTarget.optional()),
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {
      reason: freeText,
      ...personalOfBriefing,
    },
    sentence: ({ team, from, reason: why, missed, level, fromLevel, briefing }) => ({
      what: [
        level !== fromLevel && `level ${fromLevel} → ${level}`,
        team !== undefined &&
          (from === team ? `team ${team} again` : `team ${from === undefined ? '' : `${from} → `}${team}`),
      ]
        .filter(Boolean)
        .join(', '),
      why: missed ? missedBy(missed) : why,
      shows: briefingLines(briefing),
    }),
  }),
  TicketDeescalated: ticketEvent({
    description: 'The ticket was handed down to a lower level.',
    schema: z.object({
      level: supportLevel,
      fromLevel: supportLevel,
      /** The team of the level that it is handed back to, if it has one. */
      team: internal(text.optional()),
      from: internal(text.optional()),
      reason: text,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { reason: freeText },
    sentence: ({ level, fromLevel, team, from, reason: why }) => ({
      what: `level ${fromLevel} → ${level}, team ${from ?? 'none'} → ${team ?? 'none'}`,
      why,
    }),
  }),
} as const

/** The commands that move a ticket between the support levels. */
export const escalationCommands = {
  escalate: ticketCommand({
    description: 'Escalates a ticket to another team, to a higher support level, or both.',
    schema: z
      .strictObject({
        type: z.literal('escalate'),
        team: line(limits.name)
          .optional()
          .describe('One of the desk’s teams. Unless given, it is the team of the level, or else of the category.'),
        anyTeam: anyName,
        level: z
          .literal([2, 3])
          .optional()
          .describe('The support level, 2 or 3. The ticket leaves its agent and is routed to an expert.'),
        reason,
      })
      .refine(({ team, level }) => team !== undefined || level !== undefined, {
        message: 'needs a team or a level',
        path: ['team'],
      }),
    sentBy: senders.desk,
    lifecycle: whileUnsolved,
  }),
  deescalate: ticketCommand({
    description: 'Hands a ticket down to a lower support level.',
    schema: z.strictObject({
      type: z.literal('deescalate'),
      level: z.literal([1, 2]).describe('The support level, 1 or 2.'),
      reason,
    }),
    sentBy: senders.desk,
    lifecycle: whileUnsolved,
  }),
} as const
