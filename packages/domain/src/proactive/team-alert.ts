import { z } from 'zod'
import { defineAggregate } from '../kernel/aggregate.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent, eventsFrom } from '../kernel/event.ts'
import { hash128 } from '../kernel/fingerprint.ts'
import { accept } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { days, instantSchema, later, storedInstantSchema, utcDay } from '../kernel/time.ts'
import { line, personId, printable } from '../kernel/values.ts'
import { activityLimits } from './activity.ts'

const owners = ['customers', 'organisations'] as const
const count = z.int().nonnegative()

/** The definition of every command of alerts to the team: what they are about was counted, and no event says it. */
const teamAlertCommands = {
  suspectIncident: defineCommand({
    description:
      'Alerts the desk to the trouble of many customers, which is probably an incident, once until a day (UTC) has passed without it.',
    schema: z.strictObject({
      type: z.literal('suspectIncident'),
      incident: z.strictObject({
        fingerprint: line(activityLimits.fingerprint),
        kind: line(activityLimits.code),
        code: printable(activityLimits.trouble),
        since: instantSchema,
        pages: z.array(line(activityLimits.page)).max(3),
        versions: z.array(line(activityLimits.code)).max(3),
        lately: count,
        usual: z.number().nonnegative(),
      }),
      isLast: z.boolean().describe('Whether the desk is alerted to no other likely incident of customers on the day.'),
    }),
    sentBy: senders.system,
  }),
  reportFall: defineCommand({
    description: 'Alerts the desk to a score of health that has fallen.',
    schema: z.strictObject({
      type: z.literal('reportFall'),
      of: z.enum(owners).describe('Whether it is the score of a customer or of an organisation.'),
      score: count.describe('The score now.'),
      weekBefore: count.describe('The score of seven days before.'),
      others: z.int().positive().optional().describe('How many more have fallen that the desk is not alerted to.'),
    }),
    sentBy: senders.system,
  }),
} as const

/** The definition of every event of alerts to the team. */
const teamAlertEvents = {
  /** Many people have the same trouble. `isLast` says whether it is the last such alert of its day, about customers. */
  IncidentSuspected: defineEvent({
    schema: z.object({
      incident: z.object({
        fingerprint: z.string(),
        kind: z.string(),
        code: z.string(),
        since: storedInstantSchema,
        pages: z.array(z.string()),
        versions: z.array(z.string()),
        lately: z.number(),
        usual: z.number(),
      }),
      isLast: z.boolean(),
    }),
    personal: {},
  }),
  /**
   * The score of the customer, or of the organisation, whose id the stream has was `weekBefore` seven days before. With
   * `others` it is the last alert of a look that has found more: so many.
   */
  HealthFell: defineEvent({
    schema: z.object({ of: z.enum(owners), score: z.number(), weekBefore: z.number(), others: z.number().optional() }),
    personal: {},
  }),
} as const

/** Any event of alerts to the team. */
export type TeamAlertEvent = EventOf<typeof teamAlertEvents>

/** The last alerts of a stream: on which day to a likely incident, and when to a fall of a score of each owner. */
type LastAlerts = {
  readonly incidentOn: string | undefined
  readonly fellAt: Readonly<Partial<Record<(typeof owners)[number], Instant>>>
}

const teamAlertEvent = eventsFrom<typeof teamAlertEvents>()

/**
 * What the desk as a whole is alerted to: the streams `teamAlert-<id>`, by the id of the customer or the organisation
 * whose score has fallen, and by that of a trouble (`troubleAlertId`). Each is alerted to once: a likely incident on the
 * first of two days in a row, as it goes on over midnight, and a fall at the moment when it was seen.
 */
export const teamAlertAggregate = defineAggregate({
  category: 'teamAlert',
  id: personId,
  commands: teamAlertCommands,
  events: teamAlertEvents,
  initial: { incidentOn: undefined, fellAt: {} },
  begunBy: ['suspectIncident', 'reportFall'],
  evolve: (state: LastAlerts, event): LastAlerts =>
    event.type === 'IncidentSuspected'
      ? { ...state, incidentOn: utcDay(event.at) }
      : { ...state, fellAt: { ...state.fellAt, [event.of]: event.at } },
  rules: {
    suspectIncident: (command, { incidentOn }) => {
      const { at, incident, isLast } = command
      if (incidentOn !== undefined && incidentOn >= utcDay(later(at, -days(1)))) return accept([])
      return accept([teamAlertEvent('IncidentSuspected', command, { incident, isLast })])
    },
    reportFall: (command, { fellAt }) => {
      const { at, of, score, weekBefore, others } = command
      if (fellAt[of] === at) return accept([])
      const fall = { of, score, weekBefore, ...(others !== undefined && { others }) }
      return accept([teamAlertEvent('HealthFell', command, fall)])
    },
  },
})

/** The id of the alerts to a trouble: its fingerprint may be longer than an id, and have other characters. */
export const troubleAlertId = (fingerprint: string): string => hash128(fingerprint)
