import { french } from './french.ts'
import { pluralCategories } from './locale.ts'
import { renderVariants } from './render.ts'
import type { LanguageWording, PlaceholderKey, Variants, Wording } from './wording.ts'
import { specialTexts } from './wording.ts'

/** The values that every ticket has at every moment. */
const minimalValues: Partial<Record<PlaceholderKey, string>> = { subject: '-', signature: '-' }

/** The sections in which each language names its entries itself. */
const namedFreely: ReadonlySet<string> = new Set(['placeholders', 'replyTemplates'] satisfies (keyof LanguageWording)[])

/** The entries that have a text for each plural category of the language. */
const plurals: ReadonlySet<string> = new Set(['days'] satisfies (keyof LanguageWording)[])

/** The entries that a language may lack. */
const optional: ReadonlySet<string> = new Set(specialTexts)

/**
 * Checks that the engine can always compose its own texts: each language has all entries and no others, and of each
 * notification and automatic message, one variant needs only `subject` and `signature`, since a name or a number of
 * days may be missing.
 * @throws RangeError naming the language and the entry that is missing, is unknown, or has no such variant.
 */
export function checkWording(wording: Wording): void {
  const languages = Object.entries(wording)
  if (languages.length === 0) throw new RangeError('wording: needs at least one language')
  for (const [language, words] of languages) {
    checkEntries(words, french, language)
    if (words.language !== language) throw new RangeError(`wording: ${language}.language: must be ${language}`)
    for (const [name, variants] of spokenTexts(words)) {
      const rendered = renderVariants(variants, words, { byKey: minimalValues })
      if (!rendered.ok) throw new RangeError(`wording: ${language}.${name}: ${rendered.refusal.message}`)
    }
  }
}

/** Compares entries, and those below them, with the ones of a language that has all. */
function checkEntries(entries: unknown, complete: object, path: string): void {
  if (!isRecord(entries)) throw new RangeError(`wording: ${path}: must have entries`)
  const unknown = Object.keys(entries).find((name) => !Object.hasOwn(complete, name))
  if (unknown !== undefined) throw new RangeError(`wording: ${path}.${unknown}: there is no such entry`)
  for (const [name, example] of Object.entries(complete) as [string, unknown][]) {
    const [entry, at] = [entries[name], `${path}.${name}`]
    if (entry === undefined && optional.has(name)) continue
    if (entry === undefined) throw new RangeError(`wording: ${at}: is missing`)
    if (plurals.has(name)) checkPlural(entry, path, at)
    else if (isText(example)) checkShape(entry, isText, `${at}: must be a text`)
    else if (isVariants(example)) checkShape(entry, isVariants, `${at}: must be a list of texts`)
    else if (namedFreely.has(name)) checkShape(entry, isTextByName, `${at}: must have a text for each name`)
    else checkEntries(entry, example as object, at)
  }
}

/** Checks that a count has a text in each plural category of its language, and in no other. */
function checkPlural(entry: unknown, language: string, path: string): void {
  checkShape(entry, isTextByName, `${path}: must have entries`)
  const categories: readonly string[] = pluralCategories(language)
  const unknown = Object.keys(entry as object).find((name) => !categories.includes(name))
  if (unknown !== undefined) throw new RangeError(`wording: ${path}.${unknown}: there is no such entry`)
  const lacking = categories.find((name) => !Object.hasOwn(entry as object, name))
  if (lacking !== undefined) throw new RangeError(`wording: ${path}.${lacking}: is missing`)
}

function checkShape(entry: unknown, hasShape: (value: unknown) => boolean, fault: string): void {
  if (!hasShape(entry)) throw new RangeError(`wording: ${fault}`)
}

const isText = (value: unknown): boolean => typeof value === 'string'

const isVariants = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTextByName = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isText)

function spokenTexts({ notifications, automatic }: LanguageWording): [string, Variants][] {
  return [
    ...Object.entries(automatic).map(([name, variants]): [string, Variants] => [`automatic.${name}`, variants]),
    ...Object.entries(notifications).flatMap(([kind, { title, message }]): [string, Variants][] => [
      [`notifications.${kind}.title`, title],
      [`notifications.${kind}.message`, message],
    ]),
  ]
}
