import type { ArticleTreeEvent, Desk, TextSource } from '@guichet/domain'
import { articleTreeId, readHistory } from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'

/** The name of a category in a language. */
type CategoryLabel = { readonly name: string; readonly description: string; readonly slug: string }

/** The present name of a category in a language, and the last one that came from a file. */
export type NameHistory = {
  readonly present: CategoryLabel
  readonly imported?: CategoryLabel & { readonly source: TextSource }
}

/** Whether the present name is not the one that came from a file. */
export const isRenamed = ({ present, imported }: NameHistory): boolean => {
  if (!imported) return true
  return (['name', 'description', 'slug'] as const).some((field) => imported[field] !== present[field])
}

/** The names of all categories that were not removed, by their ids and languages. The files are in their events alone. */
export async function readCategoryNames({
  store,
}: Pick<Desk, 'store'>): Promise<ReadonlyMap<string, ReadonlyMap<string, NameHistory>>> {
  const categories = new Map<string, Map<string, NameHistory>>()
  const history = await retryWhileAway(() => readHistory(store, 'articleTree', articleTreeId))
  for (const { event } of history as readonly { readonly event: ArticleTreeEvent }[]) {
    if (event.type === 'ArticleCategoryRemoved') categories.delete(event.categoryId)
    if (!('texts' in event) || !event.texts) continue
    const before = categories.get(event.categoryId)
    const names = new Map<string, NameHistory>()
    for (const [language, { source, ...present }] of Object.entries(event.texts)) {
      const imported = source ? { ...present, source } : before?.get(language)?.imported
      names.set(language, { present, ...(imported && { imported }) })
    }
    categories.set(event.categoryId, names)
  }
  return categories
}
