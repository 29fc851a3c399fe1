import type { Actor, ArticleTreeEvent, Desk, TextSource } from '@guichet/domain'
import { articleTreeId, importActor, readHistory } from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'

/** The name of a category in a language. */
type CategoryLabel = { readonly name: string; readonly description: string; readonly slug: string }

/** The present name of a category in a language, and the last one that came from a file. */
export type NameHistory = {
  readonly present: CategoryLabel
  /** Who has given it the present name. */
  readonly writer: Actor
  readonly imported?: CategoryLabel & { readonly source: TextSource }
}

/** Whether the present name is not the one that came from a file. */
export const isRenamed = ({ present, imported }: NameHistory): boolean => {
  return !imported || !isSameLabel(imported, present)
}

const isSameLabel = (one: CategoryLabel, other: CategoryLabel): boolean =>
  (['name', 'description', 'slug'] as const).every((field) => one[field] === other[field])

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
      const former = before?.get(language)
      const imported = source ? { ...present, source } : former?.imported
      const writer = former && isSameLabel(former.present, present) ? former.writer : event.by
      names.set(language, { present, writer, ...(imported && { imported }) })
    }
    categories.set(event.categoryId, names)
  }
  return categories
}

/** Whether somebody at the desk has put a category where it is. */
export async function isPlacedHere({ store }: Pick<Desk, 'store'>, categoryId: string): Promise<boolean> {
  const history = await retryWhileAway(() => readHistory(store, 'articleTree', articleTreeId))
  const last = (history as readonly { readonly event: ArticleTreeEvent }[]).findLast(
    ({ event }) =>
      (event.type === 'ArticleCategoryAdded' || event.type === 'ArticleCategoryMoved') &&
      event.categoryId === categoryId,
  )
  return last?.event.by.id !== importActor.id
}
