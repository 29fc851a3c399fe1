import { z } from 'zod'
import { limits, line, priorities } from './vocabulary.ts'

const confidence = z.number().min(0).max(1)
const category = line(limits.name)

/** The command `classify`: what a classifier said of a ticket, and why. */
export const classifySchema = z.strictObject({
  type: z.literal('classify'),
  category: category.optional(),
  tags: z.array(line(limits.tag)).max(limits.tags).default([]),
  priority: z.enum(priorities).optional(),
  confidence,
  classifier: line(limits.name),
  version: line(limits.name),
  alternatives: z.array(z.strictObject({ category, confidence })).max(limits.alternatives).default([]),
  reasons: z
    .array(z.strictObject({ evidence: line(limits.name), weight: z.number() }))
    .max(limits.reasons)
    .default([]),
})

const text = z.string()

/** The event `TicketClassified`: what the ticket got of it, and all that explains it. */
export const classifiedSchema = z.object({
  category: text.optional(),
  tags: z.array(text),
  priority: z.enum(priorities).optional(),
  confidence: z.number(),
  classifier: text,
  version: text,
  alternatives: z.array(z.object({ category: text, confidence: z.number() })),
  reasons: z.array(z.object({ evidence: text, weight: z.number() })),
  policyVersion: text,
})
