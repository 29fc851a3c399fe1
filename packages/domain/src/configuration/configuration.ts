import { z } from 'zod'
import { calendarSchema } from '../calendar/calendar.ts'
import { categoryTreeSchema } from '../category/tree.ts'
import { classificationSchema } from '../classification/settings.ts'
import { incidentSettingsSchema } from '../incident/settings.ts'
import { priorities } from '../kernel/priority.ts'
import { timeZoneSchema } from '../kernel/time-zone.ts'
import { levelSettingsSchema } from '../level/settings.ts'
import { line, printable } from '../kernel/text.ts'
import { nameSchema } from '../kernel/name.ts'
import { routingSettingsSchema } from '../routing/settings.ts'
import { slaPolicySchema } from '../sla/settings.ts'
import { language, limits } from '../ticket/vocabulary.ts'
import { centreSettingsSchema } from '../centre/settings.ts'
import { checkConsistency } from './consistency.ts'
import { durationSchema } from '../kernel/duration.ts'

const share = z.number().min(0).max(1)

/** The limits of a configuration; what exceeds them is refused. */
const configurationLimits = { calendars: 200, policies: 1_000, teams: 500, plans: 50, templates: 500 } as const

const deskSchema = z.strictObject({
  /** The desk's day, for reports: an IANA time zone. */
  timeZone: timeZoneSchema.default('Europe/Paris'),
  defaultLanguage: language.default('fr'),
  /** How automatic messages are signed. */
  signature: line(200).default('Équipe Support'),
  /** The priorities that customers may give their tickets (004, `priority_override`: any); without one, that of the category counts. */
  customerPriorities: z
    .array(z.enum(priorities))
    .max(priorities.length)
    .refine((list) => new Set(list).size === list.length, { message: 'each priority stands here once' })
    .default([...priorities]),
})

/** After how much elapsed time tickets move on by themselves (003, the FAQ on customers who do not reply). */
const thresholdsSchema = z.strictObject({
  /** After how long without a word the customer is chased, counted from the start of the wait; ascending. */
  chaseAfter: z.array(durationSchema).max(10).prefault(['3d', '5d']),
  closeUnansweredAfter: durationSchema.prefault('7d'),
  closeResolvedAfter: durationSchema.prefault('24h'),
  stagnationAfter: durationSchema.prefault('24h'),
  /** How often the customer of an urgent ticket is to hear from the desk, unless the ticket's SLA policy says so itself. */
  urgentUpdateEvery: durationSchema.prefault('2h'),
})

/** What the desk measures itself by in its reports, in elapsed time unless a calendar is named (003, « Objectifs de Performance »). */
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
  /** The calendar of its hours; without one those of its centre. */
  calendar: nameSchema.optional(),
  /** The id of the centre where it works. */
  centre: nameSchema.optional(),
})

/** Every section by itself; what refers to one another may not fit together. */
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
  /** The centres that hand over to one another, and what they promise together. */
  followTheSun: centreSettingsSchema.prefault({}),
  teams: z.array(teamSchema).max(configurationLimits.teams).default([]),
  categories: categoryTreeSchema.default([]),
  sla: z
    .strictObject({ policies: z.array(slaPolicySchema).max(configurationLimits.policies).default([]) })
    .prefault({}),
  /** How the desk finds out by itself what tickets are about. */
  classification: classificationSchema.prefault({}),
  /** How critical incidents are run. */
  incidents: incidentSettingsSchema.prefault({}),
  /** Who is offered a ticket. */
  routing: routingSettingsSchema.prefault({}),
  /** What the support levels are measured by, and which teams they are. */
  levels: levelSettingsSchema.prefault({}),
  /** Reply templates by language, then by name; they stand beside the product's own, or in place of one. */
  templates: z
    .record(language, z.record(line(limits.name), printable(limits.body)))
    .refine(
      (templates) => Object.values(templates).flatMap(Object.keys).length <= configurationLimits.templates,
      `there may be at most ${configurationLimits.templates} templates, in all languages together`,
    )
    .default({}),
})

/**
 * Everything that a desk is run by, as one document: checked as a whole, so that what refers to one another fits together.
 * Durations are milliseconds once it is read.
 */
export const configurationSchema = sectionsSchema.superRefine((configuration, context) => {
  for (const { path, message } of checkConsistency(configuration)) {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
})

/** Everything that a desk is run by, checked. */
export type Configuration = Readonly<z.output<typeof configurationSchema>>

/** A configuration as somebody writes it: what has a default may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>
