import type { ArticleTree, Result, Refusal, StreamCategories } from '@guichet/domain'
import {
  categoryIn,
  articleTreeId,
  importActor,
  importCorrelation,
  isTransient,
  sourceFingerprint,
} from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import { rowCommandId } from '../customers/import-records.ts'
import { isRenamed, readCategoryNames } from './category-names.ts'
import type { NameHistory } from './category-names.ts'
import type { ArticlesRun, FileOutcome } from './articles-run.ts'
import { refusedBy } from './articles-run.ts'
import type { CategoryName, CategoryPlan } from './plan-folder.ts'

type Categories = {
  /** How many are new. */
  readonly added: number
  /** The category of a folder, or the closest one that it lies in; null for none. */
  readonly idIn: (folder: string | undefined) => string | null
}

/**
 * Imports the folders with articles as categories. A category that is there keeps its place, and what somebody has named
 * it; one that somebody has removed does not come back, and its articles are in the one that it lay in.
 */
export async function importCategories(
  plans: readonly CategoryPlan[],
  run: ArticlesRun,
  settle: (path: string, outcome: FileOutcome) => void,
): Promise<Categories> {
  const histories = await readCategoryNames(run.desk)
  const ids = new Map<string, string>()
  const parents = new Map(plans.map(({ folder, parent }) => [folder, parent]))
  const idIn = (folder: string | undefined): string | null => {
    for (let at = folder; at !== undefined; at = parents.get(at)) {
      const id = ids.get(at)
      if (id !== undefined) return id
    }
    return null
  }
  let added = 0
  for (const plan of plans) {
    run.signal?.throwIfAborted()
    const id = run.idOf('category', plan.folder)
    const tree = (await retryWhileAway(() => run.desk.read('articleTree', articleTreeId))).state
    const isPresent = Object.hasOwn(tree.categories, id)
    if (isPresent && !categoryIn(tree, id)) {
      settleAll(plan, { code: 'article_category_not_found', reason: 'somebody has removed the category' }, settle)
      continue
    }
    if (isPresent) {
      ids.set(plan.folder, id)
      await rename(id, plan, tree, histories.get(id) ?? new Map(), run, settle)
      continue
    }
    const names = plan.names.map(textOf)
    const add = { type: 'add', categoryId: id, parentId: idIn(plan.parent), order: plan.order, texts: names } as const
    const outcome = await send(add, run, rowCommandId(run.importId, id))
    if (outcome.ok) {
      ids.set(plan.folder, id)
      added++
      settleAll(plan, 'imported', settle)
    } else settleAll(plan, refusedBy(outcome.refusal), settle)
  }
  return { added, idIn }
}

const textOf = ({ language, name, description, slug, source }: CategoryName) => ({
  language,
  name,
  description,
  slug,
  ...(source && { source }),
})

function settleAll(
  { names }: CategoryPlan,
  outcome: FileOutcome,
  settle: (path: string, outcome: FileOutcome) => void,
): void {
  for (const { source } of names) {
    if (source) settle(source.path, outcome)
  }
}

/** Brings the names of a category up to their files: those that have changed since, and new languages. */
async function rename(
  categoryId: string,
  plan: CategoryPlan,
  tree: ArticleTree,
  history: ReadonlyMap<string, NameHistory>,
  run: ArticlesRun,
  settle: (path: string, outcome: FileOutcome) => void,
): Promise<void> {
  const { texts = {}, sources = {} } = categoryIn(tree, categoryId) ?? {}
  const present = Object.entries(texts).map(([language, text]) => ({ language, ...text }))
  const changed: CategoryName[] = []
  for (const planned of plan.names) {
    const { language, source } = planned
    const { name, description, slug } = planned
    const before = history.get(language)
    if (!source) {
      if (!texts[language]) changed.push(planned)
    } else if (sources[language] === sourceFingerprint({ name, description, slug }, source))
      settle(source.path, 'unchanged')
    else if (before?.imported && isRenamed(before))
      settle(source.path, { code: 'changed_here', reason: 'somebody has changed the name of the category here' })
    else changed.push(planned)
  }
  if (changed.length === 0) return
  const others = present.filter(({ language }) => !changed.some((each) => each.language === language))
  const outcome = await send({ type: 'change', categoryId, texts: [...others, ...changed.map(textOf)] }, run)
  settleAll({ ...plan, names: changed }, outcome.ok ? 'imported' : refusedBy(outcome.refusal), settle)
}

async function send(
  command: StreamCategories['articleTree']['command'],
  { desk, importId, now }: ArticlesRun,
  commandId?: string,
): Promise<Result<unknown, Refusal>> {
  const sender = { by: importActor, at: now(), commandId, correlationId: importCorrelation(importId) }
  for (;;) {
    const outcome = await retryWhileAway(() => desk.engine.execute('articleTree', articleTreeId, command, sender))
    if (outcome.ok || !isTransient(outcome.refusal)) return outcome
  }
}
