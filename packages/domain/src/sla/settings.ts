import { z } from 'zod'
import { businessTimeSchema } from '../kernel/duration.ts'
import { categoryPathSchema, nameSchema } from '../kernel/name.ts'
import { line } from '../kernel/text.ts'
import { priorities } from '../kernel/priority.ts'
import type { SlaTarget } from './target-clock.ts'

type OfTargets = Record<PromiseName, z.ZodOptional<typeof nameSchema>>

/** How a policy names each target. */
export const promiseNames = {
  first_response: 'firstResponse',
  next_response: 'nextResponse',
  resolution: 'resolution',
  update: 'update',
} as const satisfies Record<SlaTarget, string>

export type PromiseName = (typeof promiseNames)[SlaTarget]

const promised = Object.values(promiseNames)

/** Whose calendar a policy may ask for. */
export const calendarOwners = ['team', 'centre'] as const

/** Counted in business time on the calendar, from when the customer begins to wait or has last heard from the desk. */
const targetsShape = {
  firstResponse: businessTimeSchema.optional(),
  nextResponse: businessTimeSchema.optional(),
  resolution: businessTimeSchema.optional(),
  /** How often the customer is to hear from the desk while it works. */
  update: businessTimeSchema.optional(),
} as const

/** The team that breaches are escalated to where nothing else is said. */
export const defaultEscalationTeam = 'supervisors'

/** One row of the table of SLA policies: whom it is for, and what it promises them. */
export const slaPolicySchema = z.strictObject({
  name: nameSchema,
  /** Which tickets it applies to; what is left out is any. A category covers its subcategories. */
  applies: z
    .strictObject({
      categories: z.array(categoryPathSchema).min(1).max(200).optional(),
      priorities: z.array(z.enum(priorities)).min(1).optional(),
      plans: z.array(nameSchema).min(1).max(50).optional(),
    })
    .prefault({}),
  /** The calendar that its time is counted on; without one, around the clock. */
  calendar: nameSchema.optional(),
  /** Whose calendar counts instead, where they have one: that of the ticket's team, or of the centre where the team works. */
  calendarOf: z.enum(calendarOwners).optional(),
  ...targetsShape,
  /** The calendars of single targets, which count for them whatever stands above. */
  calendars: z
    .strictObject(Object.fromEntries(promised.map((name) => [name, nameSchema.optional()])) as OfTargets)
    .optional(),
  /** The targets whose time stands still while the desk waits for the customer; a first response is owed though somebody waits. */
  pausedWhileWaiting: z
    .array(z.enum(promised))
    .max(promised.length)
    .refine((targets) => new Set(targets).size === targets.length, { message: 'each target stands here once' })
    .default(['nextResponse', 'resolution', 'update']),
  /** Said of tickets that nothing is promised on. */
  promises: z.literal('nothing').optional(),
  /** The share of a target after which the desk is warned. */
  warnAt: z.number().gt(0).lt(1).default(0.75),
  /** How long after a breach a ticket whose target is still unmet is escalated. */
  escalateAfter: businessTimeSchema.prefault('6h'),
  /** From when that is counted: the breach, or when the target began, which of a first response and a resolution is the opening (004). */
  escalateFrom: z.enum(['breach', 'opening']).optional(),
  /** The team that it is escalated to, unless its category names one. */
  escalateTo: line(200).default(defaultEscalationTeam),
  /** The support level that it is handed up to then; without one it stays at its own. */
  escalateToLevel: z.literal([2, 3]).optional(),
})

/**
 * Whom an SLA policy is for and what it promises; durations in milliseconds of business time, or in business days. One that was applied before a setting came
 * to be has none of it.
 */
export type SlaPolicy = Readonly<Omit<z.output<typeof slaPolicySchema>, 'pausedWhileWaiting'>> & {
  readonly pausedWhileWaiting?: z.output<typeof slaPolicySchema>['pausedWhileWaiting'] | undefined
}

/** Whether a target's time stands still while the desk waits for the customer; of a policy that does not say so, every one's. */
export const pausesWhileWaiting = ({ pausedWhileWaiting }: SlaPolicy, target: SlaTarget): boolean =>
  pausedWhileWaiting?.includes(promiseNames[target]) ?? true
