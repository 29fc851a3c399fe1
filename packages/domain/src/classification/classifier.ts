import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { durationSchema } from '../kernel/time.ts'
import type { Channel, Priority } from '../kernel/values.ts'
import { channels, isOnce, language, line, nameSchema, priorities } from '../kernel/values.ts'

/** The facts of a ticket that classifiers use: its first message, and how it came. */
export type ClassifiableTicket = {
  readonly subject: string
  /** The first message. */
  readonly body: string
  readonly channel?: Channel | undefined
  /** A BCP 47 language tag. */
  readonly language?: string | undefined
  /** The customer's plan, if it is known. */
  readonly plan?: string | undefined
}

/** The evidence for a classification, such as a word of the text or a rule, with its weight. */
export type Reason = { readonly evidence: string; readonly weight: number }

/** A category that might have been chosen. */
export type Alternative = { readonly category: string; readonly confidence: number }

/** A classifier's result for a ticket, with its reasons. */
export type Classification = {
  /** A path of ids, such as `technical_support/login_issues`; without one the result has only tags and the priority. */
  readonly category?: string | undefined
  readonly tags: readonly string[]
  readonly priority?: Priority | undefined
  /** From 0 to 1: of all results with 0.8, about 80 % should be right. */
  readonly confidence: number
  /** The most likely categories, the chosen one first, three at most. */
  readonly alternatives: readonly Alternative[]
  /** The strongest evidence first, eight at most. */
  readonly reasons: readonly Reason[]
  /** The classifier: `rules`, `model`, `service` or `fallback`, and its version. */
  readonly by: { readonly classifier: string; readonly version: string }
}

/**
 * The port of every classifier. It resolves to undefined when it has no result; it rejects only when it cannot work at
 * all, and the caller continues without it.
 */
export type Classifier = {
  classify(ticket: ClassifiableTicket): Promise<Classification | undefined>
}

const category = line(limits.name)

const outcome = {
  category: category.optional(),
  tags: z.array(line(limits.tag)).max(limits.tags).default([]),
  priority: z.enum(priorities).optional(),
}

const setsSomething = ({
  category,
  tags,
  priority,
}: {
  category?: unknown
  tags: readonly unknown[]
  priority?: unknown
}) => category !== undefined || priority !== undefined || tags.length > 0

/** Consecutive words in this order; `*` within a word stands for any letters. */
const phrase = line(200).refine(
  (text) => /[\p{L}\p{N}]/u.test(text.replaceAll('*', '')),
  'must hold a letter or a digit',
)

const phrases = z.array(phrase).min(1).max(50)

const condition = z
  .strictObject({
    /** One of these phrases is in the subject. */
    subject: phrases.optional(),
    /** One of them is in the first message. */
    body: phrases.optional(),
    /** One of them is in either. */
    text: phrases.optional(),
    channels: z.array(z.enum(channels)).min(1).max(channels.length).optional(),
    /** `fr` is for `fr-CA` too. */
    languages: z.array(language).min(1).max(50).optional(),
    plans: z.array(nameSchema).min(1).max(50).optional(),
  })
  .refine(
    (conditions) => Object.values(conditions).some((value) => value !== undefined),
    'must name at least one condition',
  )

const rule = z.strictObject({
  /** Appears in the reasons of the rule's results. */
  name: line(100),
  /** All of its conditions must hold. */
  when: condition,
  set: z.strictObject(outcome).refine(setsSomething, 'must set a category, tags or a priority'),
})

/** The section `classification` of the configuration. */
export const classificationSchema = z.strictObject({
  /** In order: the first that holds decides. */
  rules: z
    .array(rule)
    .max(200)
    .refine((rules) => isOnce(rules, ({ name }) => name), 'must have different names')
    .default([]),
  /** A result with less confidence is dropped: the ticket stays without a category, or gets the fallback. */
  minimumConfidence: z.number().min(0).max(1).default(0.6),
  /** Tickets that were opened longer ago are left to people, such as those of an outage. */
  classifyWithin: durationSchema.default(86_400_000),
  /** How the desk learns from the categories that people have set. */
  learning: z
    .strictObject({
      /** With fewer tickets nothing is learnt. */
      minimumExamples: z.int().min(10).max(20_000).default(100),
      /** Categories with fewer tickets are left out. */
      minimumPerCategory: z.int().min(2).max(1_000).default(5),
      /** The number of tickets to learn from: the newest. */
      mostExamples: z.int().min(100).max(20_000).default(20_000),
    })
    .prefault({}),
  service: z
    .strictObject({
      /** Whether an HTTP service, if there is one, is called before the model, or only when the model is unsure. */
      ask: z.enum(['first', 'when_unsure']).default('when_unsure'),
    })
    .prefault({}),
  /** The category, tags or priority when no classifier has a result. */
  fallback: z.strictObject(outcome).refine(setsSomething, 'must set a category, tags or a priority').optional(),
})

/** How tickets are classified, in a configuration. */
export type ClassificationSettings = Readonly<z.infer<typeof classificationSchema>>

/** A rule that classifies a ticket by what it says and where it comes from. */
export type ClassificationRule = ClassificationSettings['rules'][number]

/** No rules, no fallback, and a model as soon as a hundred tickets have a category. */
export const defaultClassification: ClassificationSettings = classificationSchema.parse({})
