import type { z } from 'zod'
import { inOurWords } from '../kernel/issue-in-words.ts'
import type { Configuration } from './configuration.ts'
import { sectionsSchema } from './configuration.ts'
import type { Section } from './consistency.ts'

/** What a document says as far as it is well-formed, section by section, and what is wrong with its form. */
export type WellFormed = {
  /** Without the sections that something is wrong with. */
  readonly parts: Partial<Configuration>
  readonly issues: readonly z.core.$ZodIssue[]
}

/** Reads the sections of a document each by itself; whether they fit together is `checkConsistency`'s to say. */
export function wellFormed(document: unknown): WellFormed {
  const read = sectionsSchema.safeParse(document, inOurWords)
  if (read.success) return { parts: read.data, issues: [] }
  const { issues } = read.error
  if (issues.some(({ code, path }) => path.length === 0 && code !== 'unrecognized_keys')) return { parts: {}, issues }
  const faulty = new Set(issues.flatMap(({ path }) => path.slice(0, 1)))
  const given = document as Readonly<Record<string, unknown>>
  const sound = (Object.keys(sectionsSchema.shape) as Section[]).filter((section) => !faulty.has(section))
  const parts = sound.map((section) => [section, sectionsSchema.shape[section].parse(given[section])])
  return { parts: Object.fromEntries(parts) as Partial<Configuration>, issues }
}
