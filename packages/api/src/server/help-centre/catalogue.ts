import { closestLanguage, languageFor, languageOf } from '@guichet/domain'
import type { HelpCentreCategoryRow, HelpCentreCountRow } from '@guichet/projections'

/** What there is to read: in which languages, and in which categories how many articles. */
export type Catalogue = {
  /** The languages with an article, in the order of their tags; the desk’s own while there is none. */
  readonly languages: readonly string[]
  /** The public categories, in the order of the tree. */
  readonly categories: readonly HelpCentreCategoryRow[]
  /** How many articles are in a category and in those that lie in it. */
  articlesIn(categoryId: string, language: string): number
}

/** What there is to read, by the categories that everybody sees and how many articles there are. */
export function catalogueOf(
  categories: readonly HelpCentreCategoryRow[],
  counts: readonly HelpCentreCountRow[],
  defaultLanguage: string,
): Catalogue {
  const languages = [...new Set(counts.map(({ language }) => language))].sort()
  const parents = new Map(categories.map(({ id, parentId }) => [id, parentId]))
  const totals = new Map<string, number>()
  for (const { categoryId, language, articles: count } of counts) {
    for (let id = categoryId; id !== null; id = parents.get(id) ?? null) {
      const name = totalName(id, language)
      totals.set(name, (totals.get(name) ?? 0) + count)
    }
  }
  return {
    languages: languages.length > 0 ? languages : [defaultLanguage],
    categories,
    articlesIn: (id, language) => totals.get(totalName(id, language)) ?? 0,
  }
}

const totalName = (categoryId: string, language: string): string => `${language} ${categoryId}`

/** The language of those that there are for a reader whose browser accepts some; the desk’s own if it accepts none. */
export function acceptedLanguage(languages: readonly string[], header: string | undefined, fallback: string): string {
  const tag = languageOf({ acceptLanguage: header }, (each) => closestLanguage(languages, each) !== undefined)
  return (
    (tag === undefined ? undefined : closestLanguage(languages, tag)) ??
    languageFor(Object.fromEntries(languages.map((each) => [each, true])), fallback, fallback)
  )
}
