import { z } from 'zod'
import type { Instant } from '../kernel/time.ts'
import { businessTimeSchema } from '../kernel/time.ts'
import { categoryPathSchema, isOnce, line, nameSchema, personId, priorities } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'

type OfTargets = Record<PromiseName, z.ZodOptional<typeof nameSchema>>

/** The field of a policy for each target. */
export const promiseNames = {
  first_response: 'firstResponse',
  next_response: 'nextResponse',
  resolution: 'resolution',
  update: 'update',
} as const satisfies Record<SlaTarget, string>

type PromiseName = (typeof promiseNames)[SlaTarget]

const promised = Object.values(promiseNames)

/** Whose calendar a policy may use. */
export const calendarOwners = ['team', 'centre'] as const

/**
 * Counted in business time on the calendar, from when the customer begins to wait or last received a message from the
 * desk.
 */
const targetsShape = {
  firstResponse: businessTimeSchema.optional(),
  nextResponse: businessTimeSchema.optional(),
  resolution: businessTimeSchema.optional(),
  /** How often the customer must receive an update while the desk works. */
  update: businessTimeSchema.optional(),
} as const

/** The default team to which breaches are escalated. */
export const defaultEscalationTeam = 'supervisors'

/** One row of the table of SLA policies: the tickets it is for, and its promises. */
export const slaPolicySchema = z.strictObject({
  name: nameSchema,
  /** The tickets it applies to; a missing condition is always met. A category covers its subcategories. */
  applies: z
    .strictObject({
      categories: z.array(categoryPathSchema).min(1).max(200).optional(),
      priorities: z.array(z.enum(priorities)).min(1).optional(),
      plans: z.array(nameSchema).min(1).max(50).optional(),
      /** Organisations of customers, by id: such a row is theirs. The record of one may come later than the row. */
      organisations: z.array(personId).min(1).max(200).optional(),
    })
    .prefault({}),
  /** The calendar that its time is counted on; around the clock by default. */
  calendar: nameSchema.optional(),
  /** Whose calendar counts instead, if they have one: that of the ticket's team, or of the team's centre. */
  calendarOf: z.enum(calendarOwners).optional(),
  ...targetsShape,
  /** The calendars of single targets, which take precedence over the two above. */
  calendars: z
    .strictObject(Object.fromEntries(promised.map((name) => [name, nameSchema.optional()])) as OfTargets)
    .optional(),
  /** The targets whose clock is paused while the desk waits for the customer; a first response is owed even then. */
  pausedWhileWaiting: z
    .array(z.enum(promised))
    .max(promised.length)
    .refine(isOnce, 'each target stands here once')
    .default(['nextResponse', 'resolution', 'update']),
  /** Set for tickets without any promise. */
  promises: z.literal('nothing').optional(),
  /** The share of a target after which the desk is warned. */
  warnAt: z.number().gt(0).lt(1).default(0.75),
  /** How long after a breach a ticket with an unmet target is escalated. */
  escalateAfter: businessTimeSchema.prefault('6h'),
  /**
   * The start of that time: the breach, or the start of the target, which for a first response and a resolution is the
   * opening (004).
   */
  escalateFrom: z.enum(['breach', 'opening']).optional(),
  /** The team that it is escalated to, unless its category names one. */
  escalateTo: line(200).default(defaultEscalationTeam),
  /** The support level that it is handed up to then; by default it stays at its own. */
  escalateToLevel: z.literal([2, 3]).optional(),
})

/**
 * The tickets of an SLA policy and its promises; durations in milliseconds of business time, or in business days. A
 * policy that was applied before a setting existed does not have it.
 */
export type SlaPolicy = Readonly<Omit<z.output<typeof slaPolicySchema>, 'pausedWhileWaiting'>> & {
  readonly pausedWhileWaiting?: z.output<typeof slaPolicySchema>['pausedWhileWaiting'] | undefined
}

/** Whether a target's clock is paused while the desk waits for the customer; by default, that of every target. */
export const pausesWhileWaiting = ({ pausedWhileWaiting }: SlaPolicy, target: SlaTarget): boolean =>
  pausedWhileWaiting?.includes(promiseNames[target]) ?? true

/** The owner of the calendar of a target, if it is not the policy's own. */
export type CalendarOwner = { readonly kind: (typeof calendarOwners)[number]; readonly name: string }

/** A team's own calendar, and that of the centre where it works. */
export type TeamHours = {
  readonly calendar?: string | undefined
  readonly centre?: { readonly id: string; readonly calendar: string } | undefined
}

/** The facts that a ticket's calendar follows from when its policy uses another owner's. */
export type DeskHours = {
  readonly teams?: Readonly<Record<string, TeamHours>>
  /** The teams of a level's tickets that have no team by name. */
  readonly levelTeams?: Readonly<Partial<Record<SupportLevel, string>>>
}

/** A calendar by its name, with its owner; without a name time passes around the clock. */
export type ChosenCalendar = { readonly calendar: string | undefined; readonly calendarOf: CalendarOwner | undefined }

/**
 * The calendar of a policy's time for a ticket, or for one target of it: the target's own if the policy has one. A
 * policy that uses the team's takes that of its centre when the team has none, and its own when there is neither.
 */
export function calendarFor(
  { teams = {}, levelTeams = {} }: DeskHours,
  { calendar, calendarOf, calendars }: Pick<SlaPolicy, 'calendar' | 'calendarOf' | 'calendars'>,
  { team, level }: { readonly team: string | undefined; readonly level: SupportLevel },
  target: SlaTarget | undefined,
): ChosenCalendar {
  const ofTarget = calendars && target && calendars[promiseNames[target]]
  if (ofTarget !== undefined) return { calendar: ofTarget, calendarOf: undefined }
  const fallback = { calendar, calendarOf: undefined }
  const name = team ?? levelTeams[level]
  const hours = name !== undefined && Object.hasOwn(teams, name) ? teams[name] : undefined
  if (calendarOf === undefined || name === undefined || hours === undefined) return fallback
  if (calendarOf === 'team' && hours.calendar !== undefined) {
    return { calendar: hours.calendar, calendarOf: { kind: 'team', name } }
  }
  if (!hours.centre) return fallback
  return { calendar: hours.centre.calendar, calendarOf: { kind: 'centre', name: hours.centre.id } }
}

/** The targets that a desk can promise. */
export const slaTargets = ['first_response', 'next_response', 'resolution', 'update'] as const

/** An SLA target: what is promised to a customer. */
export type SlaTarget = (typeof slaTargets)[number]

/**
 * The status of a target: PENDING and IMMINENT_BREACH (the desk has been warned) while its time passes; PAUSED while
 * its clock is paused; BREACHED once it was due and not done; ACHIEVED when it was done in time; CANCELLED when it was
 * given up before it was due.
 */
export const slaStates = ['PENDING', 'IMMINENT_BREACH', 'BREACHED', 'ACHIEVED', 'PAUSED', 'CANCELLED'] as const

/** The state of an SLA target. */
export type SlaState = (typeof slaStates)[number]

/** The statuses of a target that is still to be done, in time or not. */
export const openSlaStates = ['PENDING', 'IMMINENT_BREACH', 'BREACHED', 'PAUSED'] as const satisfies readonly SlaState[]

/** The state of a target that is still to be done; see `openSlaStates`. */
export type OpenSlaState = (typeof openSlaStates)[number]

/**
 * The SLA policy that promises a target, the calendar that its time is counted on, and the version of the
 * configuration.
 */
export type PromisedBy = {
  readonly policy: string
  /** Around the clock by default. */
  readonly calendar?: string | undefined
  /** The owner of the calendar, unless it is the policy's own. */
  readonly calendarOf?: CalendarOwner | undefined
  readonly policyVersion: string
}

/** The clock of a running target. */
export type TargetClock = {
  /**
   * Which time this is: a reopened ticket's resolution is the second; a customer's later message starts another wait;
   * each answer starts the next update.
   */
  readonly cycle: number
  readonly from: Instant
  /** When it came with another ticket: earlier pauses do not apply to it, and it is not due before. */
  readonly broughtInAt: Instant | undefined
  /** When it was due by the terms under which the desk was warned of it. */
  readonly warned: Instant | undefined
  /** When the desk was warned. */
  readonly warnedAt: Instant | undefined
  /** When it was due, once it was missed. */
  readonly breached: Instant | undefined
  /** When that was recorded. */
  readonly noticedAt: Instant | undefined
  /** The promise that it missed. */
  readonly missedBy: PromisedBy | undefined
  readonly escalated: boolean
}

/** The clocks of the targets of a ticket that run or are paused. */
export type TargetClocks = { readonly [T in SlaTarget]?: TargetClock | undefined }

/** The clock of a target that starts running. */
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
