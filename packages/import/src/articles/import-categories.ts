import { randomUUID } from 'node:crypto'
import type { ArticleCategory, Result, Refusal, StreamCategories } from '@guichet/domain'
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
import { isPlacedHere, isRenamed, readCategoryNames } from './category-names.ts'
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
 * Imports the folders with articles as categories. A category that is there keeps the place and the name that somebody at the desk has
 * given it; without that it moves with the category of another system. One that somebody has removed does not come back, and its articles are in the one that it lay in.
 */
export async function importCategories(
  plans: readonly CategoryPlan[],
  run: ArticlesRun,
  settle: (path: string, outcome: FileOutcome) => void,
): Promise<Categories> {
  const naming = nameHistories(run)
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
    const id = run.idOf('category', plan.identity)
    const { state: tree } = await retryWhileAway(() => run.desk.read('articleTree', articleTreeId))
    const isPresent = Object.hasOwn(tree.categories, id)
    if (isPresent && !categoryIn(tree, id)) {
      settleAll(plan, { code: 'article_category_not_found', reason: 'somebody has removed the category' }, settle)
      continue
    }
    if (isPresent) {
      ids.set(plan.folder, id)
      const parentId = idIn(plan.parent)
      const isMoved = plan.identity !== plan.folder && tree.categories[id]?.parentId !== parentId
      // What is refused, as into a category below it, is tried again by the next import, when that one has moved.
      if (isMoved && !(await isPlacedHere(run.desk, id)))
        await send({ type: 'move', categoryId: id, parentId }, run, randomUUID())
      await rename(id, plan, naming, run, settle)
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

/** The names of categories, and the version of the tree that they are of. */
type NamingAt = { readonly version: number; readonly names: Awaited<ReturnType<typeof readCategoryNames>> }

/** Reads the names of all categories: again when the tree has another version than before. */
function nameHistories({ desk }: ArticlesRun): (version: number) => Promise<NamingAt['names']> {
  let last: NamingAt | undefined
  return async (version) => {
    if (last?.version !== version) last = { version, names: await readCategoryNames(desk) }
    return last.names
  }
}

/** Brings the names of a category up to their files: those that have changed since, and new languages. */
async function rename(
  categoryId: string,
  plan: CategoryPlan,
  naming: ReturnType<typeof nameHistories>,
  run: ArticlesRun,
  settle: (path: string, outcome: FileOutcome) => void,
): Promise<void> {
  for (;;) {
    const { state: tree, version } = await retryWhileAway(() => run.desk.read('articleTree', articleTreeId))
    const history: ReadonlyMap<string, NameHistory> = (await naming(version)).get(categoryId) ?? new Map()
    const { outcomes, changed } = compare(plan, categoryIn(tree, categoryId), history)
    const others = Object.entries(categoryIn(tree, categoryId)?.texts ?? {})
      .filter(([language]) => !changed.some((each) => each.language === language))
      .map(([language, text]) => ({ language, ...text }))
    const texts = [...others, ...changed.map(textOf)]
    const command = { type: 'change', categoryId, texts } as const
    const outcome = changed.length === 0 ? undefined : await execute(command, run, { expectedVersion: version })
    if (outcome?.ok === false && isTransient(outcome.refusal)) continue
    for (const [path, each] of outcomes) settle(path, each)
    settleAll({ ...plan, names: changed }, outcome?.ok === false ? refusedBy(outcome.refusal) : 'imported', settle)
    return
  }
}

/** The names that differ from those of a category, and what becomes of the other files. */
function compare(
  { names }: CategoryPlan,
  category: ArticleCategory | undefined,
  history: ReadonlyMap<string, NameHistory>,
): { readonly outcomes: ReadonlyMap<string, FileOutcome>; readonly changed: readonly CategoryName[] } {
  const { texts = {}, sources = {} } = category ?? {}
  const outcomes = new Map<string, FileOutcome>()
  const changed = names.filter(({ language, source, name, description, slug }) => {
    const before = history.get(language)
    if (!source) return !texts[language]
    if (sources[language] === sourceFingerprint({ name, description, slug }, source))
      outcomes.set(source.path, 'unchanged')
    else if (before && isRenamed(before) && before.writer.id !== importActor.id)
      outcomes.set(source.path, { code: 'changed_here', reason: 'somebody has changed the name of the category here' })
    else return true
    return false
  })
  return { outcomes, changed }
}

async function send(
  command: StreamCategories['articleTree']['command'],
  run: ArticlesRun,
  commandId: string,
): Promise<Result<unknown, Refusal>> {
  for (;;) {
    const outcome = await execute(command, run, { commandId })
    if (outcome.ok || !isTransient(outcome.refusal)) return outcome
  }
}

const execute = (
  command: StreamCategories['articleTree']['command'],
  { desk, importId, now }: ArticlesRun,
  terms: { readonly commandId?: string; readonly expectedVersion?: number },
): Promise<Result<unknown, Refusal>> => {
  const commandId = terms.commandId ?? randomUUID()
  const sender = { ...terms, by: importActor, at: now(), commandId, correlationId: importCorrelation(importId) }
  return retryWhileAway(() => desk.engine.execute('articleTree', articleTreeId, command, sender))
}
