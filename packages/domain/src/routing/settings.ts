import { z } from 'zod'
import { agentLimits } from '../agent/commands.ts'
import { line } from '../kernel/values.ts'
import { language, limits } from '../ticket/vocabulary.ts'

/** How one of several agents is chosen. */
export const routingStrategies = ['score', 'language_first', 'round_robin', 'least_loaded'] as const
export type RoutingStrategy = (typeof routingStrategies)[number]

const name = line(limits.name)
const points = z.number().min(0).max(1_000)

/** What an agent must have for a category, and for those below it that say nothing of their own. */
const requirementSchema = z.strictObject({
  /** The least level of each skill, from 1 to 5. */
  skills: z
    .record(name, z.int().min(1).max(5))
    .refine((skills) => Object.keys(skills).length <= agentLimits.skills, `must be at most ${agentLimits.skills}`)
    .default({}),
  /** The support levels that take it (000, « Organisation Équipes Support »). */
  minLevel: z.int().min(1).max(3).default(1),
  maxLevel: z.int().min(1).max(3).default(3),
  /** Whether only those take it whose specialities cover the category. */
  speciality: z.boolean().default(false),
})

/** Tickets for which agents of some centres come first, or are the only ones (000, « Skill-based + geographic »). */
const centreRuleSchema = z.strictObject({
  centres: z.array(name).min(1).max(50),
  /** What the ticket must be; what is left out is no condition. A language covers its regions, a category those below it. */
  languages: z.array(language).min(1).max(50).optional(),
  categories: z.array(name).min(1).max(100).optional(),
  channels: z.array(name).min(1).max(20).optional(),
  /** `only`: nobody else takes it. `first`: others do when nobody there can. */
  who: z.enum(['only', 'first']).default('first'),
})

/** The section `routing` of the configuration: who is offered a ticket. The points are 004's (`calculateAgentScore`). */
export const routingSettingsSchema = z
  .strictObject({
    strategy: z.enum(routingStrategies).default('score'),
    points: z
      .strictObject({
        speciality: points.default(40),
        language: points.default(20),
        /** Less one for each ticket that the agent has, and never less than none. */
        workload: points.default(30),
        /** For each point of the agent's rating, which goes from 0 to 10. */
        rating: points.default(5),
        online: points.default(10),
      })
      .prefault({}),
    /**
     * Whether the lowest support level comes first of which somebody can take the ticket now: experts are called on request (000,
     * « Sur demande »).
     */
    levels: z.enum(['lowest_first', 'any']).default('lowest_first'),
    /** Whether the ticket's language counts as points only, puts its speakers first (004, `languageRouting`), before levels and centres too, or is required. */
    language: z.enum(['points', 'first', 'required']).default('points'),
    /** By the path of a category; the longest path that covers the ticket's category holds. */
    requirements: z
      .record(name, requirementSchema)
      .refine((given) => Object.keys(given).length <= 1_000, 'must be at most 1000')
      .default({}),
    /** The first rule that fits a ticket holds. */
    centres: z.array(centreRuleSchema).max(100).default([]),
  })
  .refine(({ requirements }) => Object.values(requirements).every(({ minLevel, maxLevel }) => minLevel <= maxLevel), {
    message: 'maxLevel must not be less than minLevel',
    path: ['requirements'],
  })

export type RoutingSettings = Readonly<z.infer<typeof routingSettingsSchema>>
export type Requirement = RoutingSettings['requirements'][string]
export type CentreRule = RoutingSettings['centres'][number]

/** 004's score, the lowest level first, no requirements, agents of every centre alike. */
export const defaultRoutingSettings: RoutingSettings = routingSettingsSchema.parse({})
