import { z } from 'zod'
import type { Instant } from '../kernel/time.ts'
import { businessTimeSchema } from '../kernel/time.ts'
import { categoryPathSchema, line, nameSchema, priorities } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'

type OfTargets = Record<PromiseName, z.ZodOptional<typeof nameSchema>>

/** How a policy names each target. */
export const promiseNames = {
  first_response: 'firstResponse',
  next_response: 'nextResponse',
  resolution: 'resolution',
  update: 'update',
} as const satisfies Record<SlaTarget, string>

type PromiseName = (typeof promiseNames)[SlaTarget]

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

/** Whose calendar a target is counted on, where it is not the policy's own. */
export type CalendarOwner = { readonly kind: (typeof calendarOwners)[number]; readonly name: string }

/** A team's own calendar, and that of the centre where it works. */
export type TeamHours = {
  readonly calendar?: string | undefined
  readonly centre?: { readonly id: string; readonly calendar: string } | undefined
}

/** Who works when: what the calendar of a ticket follows from that a policy does not choose itself. */
export type DeskHours = {
  readonly teams?: Readonly<Record<string, TeamHours>>
  /** The teams that the tickets of a level are with that are with none by name. */
  readonly levelTeams?: Readonly<Partial<Record<SupportLevel, string>>>
}

/** A calendar by its name, and whose it is; without a name time passes around the clock. */
export type ChosenCalendar = { readonly calendar: string | undefined; readonly calendarOf: CalendarOwner | undefined }

/**
 * The calendar that a policy's time passes on for a ticket, or for one target of it: its own where the policy gives it one. A policy that asks for the team's takes that of its centre where the team
 * has none, and its own where there is neither.
 */
export function calendarFor(
  { teams = {}, levelTeams = {} }: DeskHours,
  { calendar, calendarOf, calendars }: Pick<SlaPolicy, 'calendar' | 'calendarOf' | 'calendars'>,
  { team, level }: { readonly team: string | undefined; readonly level: SupportLevel },
  target: SlaTarget | undefined,
): ChosenCalendar {
  const ofTarget = calendars && target && calendars[promiseNames[target]]
  if (ofTarget !== undefined) return { calendar: ofTarget, calendarOf: undefined }
  const own = { calendar, calendarOf: undefined }
  const name = team ?? levelTeams[level]
  const hours = name !== undefined && Object.hasOwn(teams, name) ? teams[name] : undefined
  if (calendarOf === undefined || name === undefined || hours === undefined) return own
  if (calendarOf === 'team' && hours.calendar !== undefined) {
    return { calendar: hours.calendar, calendarOf: { kind: 'team', name } }
  }
  if (!hours.centre) return own
  return { calendar: hours.centre.calendar, calendarOf: { kind: 'centre', name: hours.centre.id } }
}

/** What a desk promises to do in time. */
export const slaTargets = ['first_response', 'next_response', 'resolution', 'update'] as const

export type SlaTarget = (typeof slaTargets)[number]

/**
 * How a target stands: PENDING and IMMINENT_BREACH, of which the desk has been warned, while its time passes; PAUSED while it stands
 * still; BREACHED once it was due and not done; ACHIEVED when it was done in time; CANCELLED when it was given up before it was due.
 */
export const slaStates = ['PENDING', 'IMMINENT_BREACH', 'BREACHED', 'ACHIEVED', 'PAUSED', 'CANCELLED'] as const

export type SlaState = (typeof slaStates)[number]

/** How a target stands that is still to be done, in time or not. */
export const openSlaStates = ['PENDING', 'IMMINENT_BREACH', 'BREACHED', 'PAUSED'] as const satisfies readonly SlaState[]

export type OpenSlaState = (typeof openSlaStates)[number]

/** The SLA policy that promises a target, the calendar that its time is counted on, and the configuration that says so. */
export type PromisedBy = {
  readonly policy: string
  /** Around the clock without one. */
  readonly calendar?: string | undefined
  /** Whose calendar it is, unless it is the policy's own. */
  readonly calendarOf?: CalendarOwner | undefined
  readonly policyVersion: string
}

/** A target that runs: a ticket's customer waits for it. */
export type TargetClock = {
  /**
   * Which time this is: a reopened ticket's resolution is the second, a customer's later message waits anew, and with each answer the
   * next update begins.
   */
  readonly cycle: number
  readonly from: Instant
  /** When another ticket brought it along: no pause before that concerns it, and it is not due before. */
  readonly broughtInAt: Instant | undefined
  /** When it was due by the terms under which the desk was warned of it. */
  readonly warned: Instant | undefined
  /** When the desk was. */
  readonly warnedAt: Instant | undefined
  /** When it was due, once it was missed. */
  readonly breached: Instant | undefined
  /** When that was recorded. */
  readonly noticedAt: Instant | undefined
  /** What it was promised by then. */
  readonly missedBy: PromisedBy | undefined
  readonly escalated: boolean
}

export type TargetClocks = { readonly [T in SlaTarget]?: TargetClock | undefined }

/** The clock of a target that begins to run. */
export const startedClock = (cycle: number, from: Instant): TargetClock => ({
  cycle,
  from,
  broughtInAt: undefined,
  warned: undefined,
  warnedAt: undefined,
  breached: undefined,
  noticedAt: undefined,
  missedBy: undefined,
  escalated: false,
})
