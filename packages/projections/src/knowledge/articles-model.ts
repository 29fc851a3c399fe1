import { sql } from 'kysely'
import type { ArticleEvent, ArticleState, ArticleTranslation, ArticleTree, ArticleTreeEvent } from '@guichet/domain'
import { audienceIn, isStaleTranslation, pathIn } from '@guichet/domain'
import type { ArticleOutline } from '@guichet/knowledge'
import type { Projection } from '../runner/projection.ts'
import type { MovedStream, Step, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/**
 * Every article with its translations, all revisions of their texts with their links and files, and the categories. Whether readers see an article
 * depends on its own audience and status, on what is published of it, and on `reads` of its category, which follows
 * from all categories that this one lies in.
 */
export function articlesProjection(
  articles: StreamFolding<ArticleEvent, ArticleState>,
  trees: StreamFolding<ArticleTreeEvent, ArticleTree>,
): Projection {
  return {
    name: 'articles',
    version: 4,
    ...tablesOf(articleTable, translationTable, revisionTable, linkTable, namedFileTable, categoryTable),
    project: async (events, context) => {
      const { tx } = context
      const steps = await articles.steps(events, context)
      await articleTable.replace(tx, movedBy(steps).flatMap(articleRow))
      await translationTable.replace(tx, translationRows(steps), publicationStays)
      const revisions = await revisionsIn(steps)
      await revisionTable.insert(tx, revisions.map(revisionRow))
      await linkTable.insert(tx, revisions.flatMap(linkRows))
      await namedFileTable.insert(tx, revisions.flatMap(namedFileRows))
      const [tree] = movedBy(await trees.steps(events, context))
      if (tree) await categoryTable.replace(tx, categoryRows(tree.before, tree.after))
    },
  }
}

const articleTable = writtenTable(
  'article',
  `id text collate "C" primary key,
  status text not null,
  language text not null,
  category_id text collate "C",
  audience text not null,
  difficulty text not null,
  tags text[] not null,
  related_ids text[] not null,
  fields json not null,
  author json not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  replaced_by text collate "C"`,
  {
    fillfactor: 80,
    indexes: [
      'index on article (updated_at, id)',
      'index on article (category_id, updated_at, id)',
      'index on article using gin (tags)',
      'index on article using gin (related_ids)',
    ],
  },
)

const translationTable = writtenTable(
  'article_translation',
  `article_id text collate "C",
  language text collate "C",
  revision integer not null,
  in_review integer,
  decline json,
  approved integer,
  published integer,
  published_at timestamptz,
  follows integer,
  stale boolean not null,
  writers text[] not null,
  planned json not null,
  phrases text[] not null,
  suggested_phrases json not null,
  declined_phrases text[] not null,
  primary key (article_id, language)`,
  {
    fillfactor: 80,
    indexes: [
      'index on article_translation (published_at, article_id) where published is not null',
      'index on article_translation (article_id) where in_review is not null',
      'index on article_translation (article_id) where stale',
      "index on article_translation (article_id) where suggested_phrases::text <> '[]'",
    ],
  },
)

const revisionTable = writtenTable(
  'article_revision',
  `article_id text collate "C",
  language text collate "C",
  revision integer,
  title text not null,
  excerpt text not null,
  body text not null,
  slug text not null,
  keywords text[] not null,
  change text not null,
  follows integer,
  anchors text[] not null,
  author json not null,
  written_at timestamptz not null,
  primary key (article_id, language, revision)`,
)

/** The links of each revision, in any article: those of the published ones are what readers follow. */
const linkTable = writtenTable(
  'article_link',
  `article_id text collate "C",
  language text collate "C",
  revision integer,
  target_id text collate "C",
  anchor text collate "C",
  primary key (article_id, language, revision, target_id, anchor)`,
  { indexes: ['index on article_link (target_id, article_id)'] },
)

/** The files that each revision names: those of the published ones are what readers load. */
const namedFileTable = writtenTable(
  'article_file',
  `article_id text collate "C",
  language text collate "C",
  revision integer,
  file_id text collate "C",
  primary key (article_id, language, revision, file_id)`,
)

const categoryTable = writtenTable(
  'article_category',
  `id text collate "C" primary key,
  parent_id text collate "C",
  sort_order integer not null,
  audience text not null,
  reads text not null,
  path text[] not null,
  texts json not null,
  removed boolean not null`,
)

/** When a revision was published stays until another one is, or none. */
const publicationStays = {
  updates: {
    published_at: sql`case when excluded.published is null then null
      else coalesce(excluded.published_at, article_translation.published_at) end`,
  },
}

function articleRow({ id, after }: MovedStream<ArticleState>): readonly object[] {
  if (after.status === 'absent') return []
  const { status, language, categoryId, audience, difficulty, tags, relatedIds, fields, author, replacedBy } = after
  const details = { category_id: categoryId, audience, difficulty, tags, related_ids: relatedIds, fields }
  const moments = { created_at: after.createdAt, updated_at: after.updatedAt }
  return [{ id, status, language, ...details, author, ...moments, replaced_by: replacedBy }]
}

/**
 * The translations that events have changed. What is published in the first language decides whether the others are
 * stale: they are all written again with it.
 */
function translationRows(steps: readonly Step<ArticleEvent, ArticleState>[]): readonly object[] {
  const rows = new Map<string, object>()
  for (const { id, envelope, after } of steps) {
    const { event } = envelope
    if (after.status === 'absent' || event.type === 'ArticleCreated' || !('language' in event)) continue
    const isSource = event.language === after.language
    for (const [language, translation] of Object.entries(after.translations)) {
      if (!isSource && language !== event.language) continue
      const key = `${id} ${language}`
      const publishes = event.type === 'ArticlePublished' && event.language === language
      const moments = publishes ? { published_at: event.at } : {}
      const stale = isStaleTranslation(after, language)
      rows.set(key, { ...rows.get(key), ...moments, article_id: id, language, ...columnsOf(translation), stale })
    }
  }
  return [...rows.values()]
}

const columnsOf = ({
  revision,
  inReview,
  decline,
  approved,
  published,
  follows,
  writers,
  schedules,
  phrases,
  suggestedPhrases,
  declinedPhrases,
}: ArticleTranslation): object => ({
  revision,
  in_review: inReview ?? null,
  decline: decline ?? null,
  approved: approved ?? null,
  published: published ?? null,
  follows: follows ?? null,
  writers,
  planned: schedules,
  phrases,
  suggested_phrases: suggestedPhrases,
  declined_phrases: declinedPhrases,
})

type Revision = {
  readonly articleId: string
  readonly event: Extract<ArticleEvent, { readonly type: 'ArticleRevised' }>
  readonly outline: ArticleOutline
}

/** The revisions among events, with what is in their texts. The parser of Markdown is loaded for the first one. */
async function revisionsIn(steps: readonly Step<ArticleEvent, ArticleState>[]): Promise<readonly Revision[]> {
  const revised = steps.flatMap(({ id, envelope: { event } }) =>
    event.type === 'ArticleRevised' ? [{ articleId: id, event }] : [],
  )
  if (revised.length === 0) return []
  const { readArticle } = await import('@guichet/knowledge')
  return revised.map((each) => ({ ...each, outline: readArticle(each.event.body) }))
}

function revisionRow({ articleId, event, outline }: Revision): object {
  const { type: _, at, by, source: _source, ...revision } = event
  const anchors = outline.headings.map(({ anchor }) => anchor)
  return { article_id: articleId, ...revision, anchors, author: by, written_at: at }
}

const linkRows = ({ articleId, event: { language, revision }, outline }: Revision): readonly object[] =>
  outline.links.map((link) => ({
    article_id: articleId,
    language,
    revision,
    target_id: link.articleId ?? articleId,
    anchor: link.anchor ?? '',
  }))

const namedFileRows = ({ articleId, event: { language, revision }, outline }: Revision): readonly object[] =>
  outline.files.map((fileId) => ({ article_id: articleId, language, revision, file_id: fileId }))

/** The categories whose rows differ: those that have changed, and those that lie in them. */
function categoryRows(before: ArticleTree, after: ArticleTree): readonly object[] {
  const rowOf = (tree: ArticleTree, id: string): object | undefined => {
    const category = tree.categories[id]
    if (!category) return undefined
    const { parentId, order, audience, texts, isRemoved } = category
    const path = idsOf(tree, id)
    const place = { parent_id: parentId, sort_order: order, path }
    return { id, ...place, audience, reads: audienceIn(tree, id), texts, removed: isRemoved }
  }
  return Object.keys(after.categories).flatMap((id) => {
    const row = rowOf(after, id)
    return row && JSON.stringify(row) !== JSON.stringify(rowOf(before, id)) ? [row] : []
  })
}

/** The ids of a category and of those that it lies in, from the inside out. */
function idsOf(tree: ArticleTree, id: string): readonly string[] {
  const path = pathIn(tree, id)
  return [id, ...path.flatMap(({ parentId }) => parentId ?? [])]
}
