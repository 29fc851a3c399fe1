import { z } from 'zod'
import { agentLimits } from '../agent/commands.ts'
import { limits } from '../kernel/limits.ts'
import { language, line } from '../kernel/values.ts'

/** How an agent is chosen among several. */
export const routingStrategies = ['score', 'language_first', 'round_robin', 'least_loaded'] as const

/** How an agent is chosen among those who can take a ticket. */
export type RoutingStrategy = (typeof routingStrategies)[number]

const name = line(limits.name)
const points = z.number().min(0).max(1_000)

/** The requirements of a category on an agent, also for its subcategories without requirements of their own. */
const requirementSchema = z.strictObject({
  /** The least level of each skill, from 1 to 5. */
  skills: z
    .record(name, z.int().min(1).max(5))
    .refine((skills) => Object.keys(skills).length <= agentLimits.skills, `must be at most ${agentLimits.skills}`)
    .default({}),
  /** The support levels that take it (000, « Organisation Équipes Support »). */
  minLevel: z.int().min(1).max(3).default(1),
  maxLevel: z.int().min(1).max(3).default(3),
  /** Whether it requires an agent whose specialities cover the category. */
  speciality: z.boolean().default(false),
})

/**
 * Tickets for which agents of some centres come first, or are the only candidates (000, « Skill-based + geographic »).
 */
const centreRuleSchema = z.strictObject({
  centres: z.array(name).min(1).max(50),
  /**
   * Conditions on the ticket; a missing one is always met. A language covers its regions, a category its subcategories.
   */
  languages: z.array(language).min(1).max(50).optional(),
  categories: z.array(name).min(1).max(100).optional(),
  channels: z.array(name).min(1).max(20).optional(),
  /** `only`: nobody else is a candidate. `first`: others are when nobody there can take it. */
  who: z.enum(['only', 'first']).default('first'),
})

/**
 * The section `routing` of the configuration: who is offered a ticket. The points are those of 004
 * (`calculateAgentScore`).
 */
export const routingSettingsSchema = z
  .strictObject({
    strategy: z.enum(routingStrategies).default('score'),
    points: z
      .strictObject({
        speciality: points.default(40),
        language: points.default(20),
        /** Minus one for each ticket that the agent has, but at least zero. */
        workload: points.default(30),
        /** For each point of the agent's rating, which goes from 0 to 10. */
        rating: points.default(5),
        online: points.default(10),
      })
      .prefault({}),
    /**
     * Whether the lowest support level comes first that has an agent who can take the ticket now: experts are called on
     * request (000, « Sur demande »).
     */
    levels: z.enum(['lowest_first', 'any']).default('lowest_first'),
    /**
     * Whether the ticket's language counts as points only, puts its speakers first (004, `languageRouting`), before
     * levels and centres too, or is required.
     */
    language: z.enum(['points', 'first', 'required']).default('points'),
    /**
     * Who takes work in a language that nobody available speaks, where services translate it: agents with the skill, or anybody
     * without one (004, no native agent). Without this, translation changes nothing.
     */
    translation: z.strictObject({ skill: name.optional() }).optional(),
    /** By the path of a category; the longest path that covers the ticket's category applies. */
    requirements: z
      .record(name, requirementSchema)
      .refine((requirements) => Object.keys(requirements).length <= 1_000, 'must be at most 1000')
      .default({}),
    /** The first rule that fits a ticket applies. */
    centres: z.array(centreRuleSchema).max(100).default([]),
  })
  .refine(({ requirements }) => Object.values(requirements).every(({ minLevel, maxLevel }) => minLevel <= maxLevel), {
    message: 'maxLevel must not be less than minLevel',
    path: ['requirements'],
  })

/** The settings of routing in a configuration, with their defaults. */
export type RoutingSettings = Readonly<z.infer<typeof routingSettingsSchema>>
/** What an agent must have to be offered tickets of a category: skills, a support level and perhaps a speciality. */
export type Requirement = RoutingSettings['requirements'][string]
/** Which centres come first, or alone, for which tickets. */
export type CentreRule = RoutingSettings['centres'][number]

/**
 * Agents by their score (speciality, language, workload, rating), the lowest level first, no requirements, agents of every
 * centre alike (source: 004, `calculateAgentScore`).
 */
export const defaultRoutingSettings: RoutingSettings = routingSettingsSchema.parse({})
