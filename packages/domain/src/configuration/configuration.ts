import { z } from 'zod'
import { calendarSchema } from '../calendar/calendar.ts'
import { categoryTreeSchema } from '../category.ts'
import { centreSettingsSchema } from '../centre.ts'
import { chatSettingsSchema } from '../chat/settings.ts'
import { classificationSchema } from '../classification/classifier.ts'
import { customerSettingsSchema } from '../customer/details.ts'
import { incidentSettingsSchema } from '../incident/settings.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import { durationSchema } from '../kernel/time.ts'
import { isOnce, language, line, nameSchema, printable, priorities, share, timeZoneSchema } from '../kernel/values.ts'
import { levelSettingsSchema } from '../level.ts'
import { originalReaders } from '../message-original.ts'
import { knowledgeSettingsSchema } from '../knowledge/settings.ts'
import { proactiveSettingsSchema } from '../proactive/settings.ts'
import { routingSettingsSchema } from '../routing/settings.ts'
import { slaPolicySchema } from '../sla/settings.ts'

/** The limits of a configuration; what exceeds them is refused. */
const configurationLimits = { calendars: 200, policies: 1_000, teams: 500, plans: 50, templates: 500 } as const

const deskSchema = z.strictObject({
  /** The desk's day, for reports: an IANA time zone. */
  timeZone: timeZoneSchema.default('Europe/Paris'),
  defaultLanguage: language.default('fr'),
  /** The signature of automatic messages. */
  signature: line(200).default('Équipe Support'),
  /** Who reads, beside what was sent to a customer, from what it was translated. */
  originals: z.enum(originalReaders).default('everybody'),
  /**
   * The priorities that customers may give their tickets (004, `priority_override`: any); without one, the category's
   * priority applies.
   */
  customerPriorities: z
    .array(z.enum(priorities))
    .max(priorities.length)
    .refine(isOnce, 'each priority stands here once')
    .default([...priorities]),
})

/** The elapsed times after which tickets change by themselves (003, the FAQ on customers who do not reply). */
const thresholdsSchema = z.strictObject({
  /** After how long without a reply the customer is chased, counted from the start of the wait; ascending. */
  chaseAfter: z.array(durationSchema).max(10).prefault(['3d', '5d']),
  closeUnansweredAfter: durationSchema.prefault('7d'),
  closeResolvedAfter: durationSchema.prefault('24h'),
  stagnationAfter: durationSchema.prefault('24h'),
  /** How often the customer of an urgent ticket must receive an update, unless the ticket's SLA policy defines this. */
  urgentUpdateEvery: durationSchema.prefault('2h'),
})

/**
 * The desk's objectives for its reports, in elapsed time unless a calendar is named (003, « Objectifs de Performance
 * »).
 */
const objectivesSchema = z.strictObject({
  /** The calendar that the time to a first response is counted on. */
  calendars: z.strictObject({ firstResponse: nameSchema.optional() }).optional(),
  firstResponse: durationSchema.prefault('2h'),
  nextResponse: durationSchema.prefault('4h'),
  resolution: durationSchema.prefault('24h'),
  resolutionShare: share.default(0.8),
  firstContactShare: share.default(0.9),
})

const teamSchema = z.strictObject({
  name: nameSchema,
  label: line(200).optional(),
  /** The calendar of its hours; its centre's by default. */
  calendar: nameSchema.optional(),
  /** The id of the centre where it works. */
  centre: nameSchema.optional(),
})

/** Every section by itself; references between sections are not checked here. */
export const sectionsSchema = z.strictObject({
  desk: deskSchema.prefault({}),
  thresholds: thresholdsSchema.prefault({}),
  objectives: objectivesSchema.prefault({}),
  /** The plans that customers may have. */
  plans: z.array(nameSchema).max(configurationLimits.plans).default([]),
  calendars: z
    .record(nameSchema, calendarSchema)
    .refine(
      (calendars) => Object.keys(calendars).length <= configurationLimits.calendars,
      `there may be at most ${configurationLimits.calendars} calendars`,
    )
    .default({}),
  /** The centres that hand over to one another, and their common promises. */
  followTheSun: centreSettingsSchema.prefault({}),
  teams: z.array(teamSchema).max(configurationLimits.teams).default([]),
  categories: categoryTreeSchema.default([]),
  sla: z
    .strictObject({ policies: z.array(slaPolicySchema).max(configurationLimits.policies).default([]) })
    .prefault({}),
  /** How the desk classifies tickets automatically. */
  classification: classificationSchema.prefault({}),
  /** Live chat. */
  chat: chatSettingsSchema.prefault({}),
  /** How critical incidents are handled. */
  incidents: incidentSettingsSchema.prefault({}),
  /** Who is offered a ticket. */
  routing: routingSettingsSchema.prefault({}),
  /** The measures and the teams of the support levels. */
  levels: levelSettingsSchema.prefault({}),
  /** What the desk records of customers and organisations. */
  customers: customerSettingsSchema.prefault({}),
  /** How the desk acts before its customers ask. */
  proactive: proactiveSettingsSchema.prefault({}),
  /** How the desk writes down what it knows. */
  knowledge: knowledgeSettingsSchema.prefault({}),
  /** Reply templates by language, then by name; they add to the product's own, or replace one. */
  templates: z
    .record(language, z.record(line(limits.name), printable(limits.body)))
    .refine(
      (templates) => Object.values(templates).flatMap(Object.keys).length <= configurationLimits.templates,
      `there may be at most ${configurationLimits.templates} templates, in all languages together`,
    )
    .default({}),
})

/** The whole configuration of a desk, checked. */
export type Configuration = Readonly<z.output<typeof sectionsSchema>>

/** One difference between two configurations; a side without a value is undefined. */
export type Change = { readonly path: string; readonly from: unknown; readonly to: unknown }

/**
 * The differences between two configurations, in the order of their documents, as deep as both sides have the same
 * shape. Entries of a list that have a date, an `id` or a `name` are compared by it, wherever they are; a different
 * order of the common entries is reported first.
 */
export function changesBetween(from: unknown, to: unknown, path = ''): readonly Change[] {
  if (isDeepEqual(from, to)) return []
  const [before, after] = [parts(from), parts(to)]
  if (!before || !after || !alike(before, after)) return [{ path, from, to }]
  const keys = [...new Set([...before.entries.keys(), ...after.entries.keys()])]
  const inside = keys.flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`
    return changesBetween(before.entries.get(key), after.entries.get(key), at)
  })
  return [...reordered(before, after, path), ...inside]
}

/** The parts of a value and what identifies them; for an empty list, anything does. */
type Parts = { readonly by: 'key' | 'nothing' | Identity; readonly entries: ReadonlyMap<string, unknown> }

const alike = ({ by: before }: Parts, { by: after }: Parts): boolean =>
  before === after || (before === 'nothing' && after !== 'key') || (after === 'nothing' && before !== 'key')

/** The change in the order of the common parts; the order of a map has no meaning. */
function reordered(before: Parts, after: Parts, path: string): readonly Change[] {
  if (before.by === 'key') return []
  const [from, to] = [[...before.entries.keys()], [...after.entries.keys()]]
  const stayed = from.filter((key) => after.entries.has(key))
  return isDeepEqual(
    stayed,
    to.filter((key) => before.entries.has(key)),
  )
    ? []
    : [{ path, from, to }]
}

function parts(value: unknown): Parts | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return { by: 'key', entries: new Map(Object.entries(value)) }
  if (value.length === 0) return { by: 'nothing', entries: new Map() }
  for (const by of identities) {
    if (!value.every((entry) => isToldApartBy(by, entry))) continue
    const entries = new Map(value.map((entry) => [entry[by], entry]))
    return entries.size === value.length ? { by, entries } : undefined
  }
  return undefined
}

/** What identifies entries of a list, the most reliable first: several days may share a name, and so may centres. */
const identities = ['date', 'id', 'name'] as const

type Identity = (typeof identities)[number]

const isToldApartBy = (by: Identity, entry: unknown): entry is Readonly<Record<Identity, string>> =>
  typeof entry === 'object' && entry !== null && typeof (entry as Readonly<Record<string, unknown>>)[by] === 'string'
