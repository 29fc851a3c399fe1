import { renderVariants } from './render.ts'
import type { LanguageWording, PlaceholderKey, Variants, Wording } from './wording.ts'

/** What is known of every ticket at every moment. */
const alwaysKnown: Partial<Record<PlaceholderKey, string>> = { subject: '-', signature: '-' }

/**
 * Makes sure that the engine can always say what it says by itself: of each notification and automatic message, one
 * variant must do with `subject` and `signature`, since a name or a number of days may be missing.
 * @throws RangeError naming the language and the text for which this does not hold.
 */
export function checkWording(wording: Wording): void {
  const languages = Object.entries(wording)
  if (languages.length === 0) throw new RangeError('wording: needs at least one language')
  for (const [language, words] of languages) {
    for (const [name, variants] of spokenTexts(words)) {
      const rendered = renderVariants(variants, words, { known: alwaysKnown })
      if (!rendered.ok) throw new RangeError(`wording: ${language}.${name}: ${rendered.refusal.message}`)
    }
  }
}

function spokenTexts({ notifications, automatic }: LanguageWording): [string, Variants][] {
  return [
    ...Object.entries(automatic).map(([name, variants]): [string, Variants] => [`automatic.${name}`, variants]),
    ...Object.entries(notifications).flatMap(([kind, { title, message }]): [string, Variants][] => [
      [`notifications.${kind}.title`, title],
      [`notifications.${kind}.message`, message],
    ]),
  ]
}
