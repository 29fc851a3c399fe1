import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { isolated } from './locale.ts'
import type { LanguageWording, PlaceholderKey, Variants } from './wording.ts'

/** Values for placeholders: by the key of a placeholder, and any others by their label. */
export type PlaceholderValues = {
  readonly byKey: Readonly<Partial<Record<PlaceholderKey, string | undefined>>>
  readonly byLabel?: Readonly<Record<string, string>> | undefined
}

const placeholder = /\[([^[\]]+)\]/g

/**
 * Fills a template. Every bracketed word is a placeholder; one without a value refuses the whole text (003: a text with
 * a hole is never sent). Values are inserted as they are, isolated where their direction may differ from the text's:
 * brackets inside a value are not placeholders.
 */
export function renderTemplate(template: string, wording: LanguageWording, values: PlaceholderValues): Result<string> {
  return fill(template, wording, values, () => true)
}

/**
 * Fills the placeholders of a text that an agent wrote: those of the language, and those with a given value. Other
 * brackets are the agent's own and stay.
 */
export function renderBody(body: string, wording: LanguageWording, values: PlaceholderValues): Result<string> {
  const byLabel = values.byLabel ?? {}
  return fill(body, wording, values, (label) => Object.hasOwn(byLabel, label) || keyOf(wording, label) !== undefined)
}

/** The first variant whose placeholders all have a value, or the refusal of the last one. */
export function renderVariants(
  variants: Variants,
  wording: LanguageWording,
  values: PlaceholderValues,
): Result<string> {
  let rendered = renderTemplate(variants[0], wording, values)
  for (const variant of variants.slice(1)) {
    if (rendered.ok) return rendered
    rendered = renderTemplate(variant, wording, values)
  }
  return rendered
}

function fill(
  text: string,
  wording: LanguageWording,
  values: PlaceholderValues,
  isPlaceholder: (label: string) => boolean,
): Result<string> {
  const missing: string[] = []
  const filled = text.replace(placeholder, (bracketed, label: string) => {
    if (!isPlaceholder(label)) return bracketed
    const value = valueOf(wording, label, values)
    if (value === undefined || value.trim() === '') missing.push(bracketed)
    return value === undefined ? bracketed : isolated(value, wording.language)
  })
  if (missing.length === 0) return accept(filled)
  const names = [...new Set(missing)].join(', ')
  return deny(
    refusal('placeholder_without_value', { message: `no value for ${names}: the text is not sent`, field: 'body' }),
  )
}

function valueOf(wording: LanguageWording, label: string, { byKey, byLabel }: PlaceholderValues): string | undefined {
  if (byLabel && Object.hasOwn(byLabel, label)) return byLabel[label]
  const key = keyOf(wording, label)
  return key && byKey[key]
}

function keyOf(wording: LanguageWording, label: string): PlaceholderKey | undefined {
  const key = label.normalize('NFC').toLowerCase()
  return Object.hasOwn(wording.placeholders, key) ? wording.placeholders[key] : undefined
}
