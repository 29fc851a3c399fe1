/** The text search configuration of Postgres for each language that it knows the endings of. */
const configurations: Readonly<Record<string, string>> = {
  de: 'german',
  en: 'english',
  es: 'spanish',
  fr: 'french',
  it: 'italian',
  nl: 'dutch',
  pt: 'portuguese',
}

/** Every configuration that texts are indexed with: what somebody looks for may be in any of these languages. */
export const searchConfigurations: readonly string[] = ['simple', ...Object.values(configurations)]

/** The configuration for a language tag: its primary language's, or `simple`, which takes words as they are. */
export function configurationFor(language: string): string {
  const primary = language.split('-')[0] ?? language
  return (Object.hasOwn(configurations, primary) && configurations[primary]) || 'simple'
}
