import { z } from 'zod'
import { days, durationSchema, formatDuration, hours, minutes } from '../kernel/time.ts'
import { isOnce, nameSchema } from '../kernel/values.ts'
import { activityKinds, activityLimits, isActivityKind } from './activity.ts'
import type { HealthSettings } from './health.ts'
import { healthSettingsSchema } from './health.ts'

/** The critical kinds, their number and their time are those of 002, « Logique d’Analyse Prédictive ». */
const defaults = {
  critical: ['form_error', 'login_failed', 'error_occurred', 'timeout_occurred', 'faq_search'],
  threshold: 3,
  within: hours(24),
  repeatsWithin: minutes(1),
  silentFor: days(14),
  lapseAfter: days(3),
  storedFor: days(30),
  holdout: 0.05,
  widespread: 20,
} as const

/** How far back an analysis reads the activities of a person, in milliseconds (source: 002, seven days). */
export const analysedTime: number = days(7)

const kindList = z.array(nameSchema).max(activityLimits.kinds).refine(isOnce, 'each kind stands here once')

/**
 * How the desk acts before its customers ask: a section of the configuration. Durations are in milliseconds, `24h` as
 * users write them.
 */
export const proactiveSettingsSchema = z.strictObject({
  /** Whether activities are analysed. They are recorded either way. */
  enabled: z.boolean().default(true),
  /** The kinds of activities that the desk adds to those of the product. */
  kinds: kindList
    .refine((kinds) => !kinds.some(isActivityKind), 'a kind of the product needs not be added')
    .default([]),
  /** The kinds that may mean trouble, of the product or of the desk. */
  critical: kindList.default([...defaults.critical]),
  /** How many critical activities of a person trigger an analysis. */
  threshold: z.int().min(2).max(100).default(defaults.threshold),
  /** Within which time they do: the time that an analysis looks at. */
  within: durationSchema.default(defaults.within),
  /** Within which time repeats of the same trouble count once: people click twice. */
  repeatsWithin: durationSchema.default(defaults.repeatsWithin),
  /**
   * For how long the same trouble is not suspected again after its draft was opened, dismissed or withheld, or has
   * lapsed; and after its ticket was settled.
   */
  silentFor: durationSchema.default(defaults.silentFor),
  /** After how long a draft lapses that nobody has opened, or that nobody has reviewed. */
  lapseAfter: durationSchema.default(defaults.lapseAfter),
  /** Whether a supervisor sees drafts before customers do. */
  review: z.boolean().default(false),
  /** The share of drafts that nobody is offered, from 0 to 0.5, so that the effect of the others can be measured. */
  holdout: z.number().min(0).max(0.5).default(defaults.holdout),
  /** How many people with the same trouble within a day are a likely incident, and no trouble of one person. */
  widespread: z.int().min(2).max(1_000_000).default(defaults.widespread),
  /** The plans whose customers’ drafts have a priority that is higher by one. */
  raisedPlans: z.array(nameSchema).max(50).refine(isOnce, 'each plan stands here once').default([]),
  /** For how long activities are stored. */
  storedFor: durationSchema.default(defaults.storedFor),
  /** How the health of customers and organisations is measured. */
  health: healthSettingsSchema.prefault({}),
})

/** How the desk acts before its customers ask. */
export type ProactiveSettings = Readonly<z.infer<typeof proactiveSettingsSchema>>

/** The settings as users write them: fields with a default may be left out. */
export type ProactiveSettingsInput = Readonly<z.input<typeof proactiveSettingsSchema>>

/** The product's own settings. */
export const defaultProactiveSettings: ProactiveSettings = proactiveSettingsSchema.parse({})

/** How health is measured by the settings in force; by the product's own where a desk has none. */
export const healthSettingsOf = (settings: ProactiveSettings | undefined): HealthSettings =>
  settings?.health ?? defaultProactiveSettings.health

/** A fault of the settings, with its path in the configuration. */
type Fault = { readonly path: readonly (string | number)[]; readonly message: string }

/**
 * The kinds of activities and the plans that the settings name and that are missing, and times that leave an analysis
 * without the activities that it compares.
 */
export function* proactiveFaults(settings: ProactiveSettings, plans: readonly string[]): Iterable<Fault> {
  const { kinds, critical, raisedPlans, within, storedFor } = settings
  const choices: readonly string[] = [...activityKinds, ...kinds]
  for (const [index, kind] of critical.entries()) {
    if (choices.includes(kind)) continue
    const message = `there is no kind of activities ${kind}; there is ${choices.slice(0, 10).join(', ')}`
    yield { path: ['proactive', 'critical', index], message }
  }
  for (const [index, plan] of raisedPlans.entries()) {
    if (plans.includes(plan)) continue
    yield { path: ['proactive', 'raisedPlans', index], message: `there is no plan ${plan}` }
  }
  const week = formatDuration(analysedTime)
  if (within >= analysedTime) {
    yield { path: ['proactive', 'within'], message: `must be less than ${week}: it is compared with the days before` }
  }
  if (storedFor < analysedTime) {
    yield { path: ['proactive', 'storedFor'], message: `must be at least ${week}, which an analysis reads` }
  }
}
