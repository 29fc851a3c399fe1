import { languageFor } from '@guichet/domain'
import type { ArticleLinkRow, ArticleRow, ArticleTargetRow, RevisionKey } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf, seesOwnOnly } from '../context.ts'
import { connectionOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { enumOf } from '../vocabulary.ts'
import { addArticleConnection, addArticleRevision, addArticleType } from './article.ts'

/** Why readers cannot follow a link to an article. */
const linkFaults = ['not_found', 'archived', 'not_published', 'internal', 'anchor_not_found'] as const

type LinkFault = (typeof linkFaults)[number]

const faultNames: Readonly<Record<LinkFault, string>> = {
  not_found: 'There is no such article, or it was deleted.',
  archived: 'The article is in the archive.',
  not_published: 'Nothing of the article is published.',
  internal: 'The article is for the desk alone, and the one that links to it for everybody.',
  anchor_not_found: 'The article has no heading with this anchor, in the language that readers come to.',
}

type BrokenLink = ArticleLinkRow & { readonly language: string; readonly fault: LinkFault }

const mostBroken = 100

/** Adds `Article.brokenLinks`, `ArticleRevision.brokenLinks` and `Article.linkedFrom`. */
export function addArticleLinks({ builder, use }: SchemaParts): void {
  const article = use(addArticleType)
  const revision = use(addArticleRevision)
  const connection = use(addArticleConnection)
  const fault = enumOf(builder, 'ArticleLinkFault', linkFaults, {
    description: 'Why readers cannot follow a link to an article.',
    describe: (word) => faultNames[word],
  })
  const broken = builder.objectRef<BrokenLink>('BrokenArticleLink').implement({
    description: 'A link to an article that readers cannot follow.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language of the text that has the link.' }),
      articleId: t.exposeID('targetId', { description: 'The id that the link names.' }),
      article: t.field({
        type: article,
        nullable: true,
        description: 'The article with this id; null if there is none.',
        extensions: { cost: 2 },
        resolve: ({ targetId }, _, { loaders }) => loaders.article.load(targetId),
      }),
      anchor: t.exposeString('anchor', { nullable: true, description: 'The anchor that the link names.' }),
      fault: t.expose('fault', { type: fault, description: 'Why readers cannot follow it.' }),
    }),
  })
  builder.objectFields(article, (t) => ({
    brokenLinks: t.field({
      type: [broken],
      description: `Links of its published texts that readers cannot follow, by language and target: the first ${mostBroken}.`,
      extensions: { ...deskOnly, cost: 50 },
      resolve: async (row, _, context) => {
        const published = row.translations.flatMap(({ language, published: number }) =>
          number === undefined ? [] : [{ articleId: row.id, language, revision: number }],
        )
        const lists = await Promise.all(published.map((key) => brokenLinksOf(row, key, context)))
        return lists.flat().slice(0, mostBroken)
      },
    }),
    linkedFrom: t.connection(
      {
        type: article,
        description: 'Other articles in use whose published texts link to it, those that have changed last first.',
        extensions: { cost: 10 },
        resolve: ({ id }, args, context) =>
          connectionOf(`linked-from:${id}`, args, async (page) =>
            (await context.read('articles')).list({ linksTo: id, status: ['active'] }, articleReadersOf(context), page),
          ),
      },
      connection,
    ),
  }))
  builder.objectField(revision, 'brokenLinks', (t) =>
    t.field({
      type: [broken],
      description: `Links that readers could not follow if it were published now, by target: the first ${mostBroken}.`,
      extensions: { ...deskOnly, cost: 20 },
      resolve: async (row, _, context) => {
        const owner = await context.loaders.article.load(row.articleId)
        return owner ? (await brokenLinksOf(owner, row, context)).slice(0, mostBroken) : []
      },
    }),
  )
}

/**
 * The text of an article to which a link leads, for the viewer: the published one in the language of the link, else in
 * the closest one; for the desk the last revision where none is published. Undefined where there is none.
 */
export async function textLinked(
  articleId: string,
  language: string,
  context: ApiContext,
): Promise<ArticleTargetRow | undefined> {
  const article = await context.loaders.article.load(articleId)
  if (article?.status !== 'active') return undefined
  const key = publishedTextOf(article, language) ?? (seesOwnOnly(context) ? undefined : lastTextOf(article, language))
  return key && ((await context.loaders.articleTarget.load(key)) ?? undefined)
}

/** The published text of an article in the language closest to the given one; undefined where none is published. */
export const publishedTextOf = (article: ArticleRow, language: string): RevisionKey | undefined =>
  closestText(article, language, ({ published }) => published)

const lastTextOf = (article: ArticleRow, language: string): RevisionKey | undefined =>
  closestText(article, language, ({ revision }) => revision)

function closestText(
  article: ArticleRow,
  language: string,
  revisionOf: (translation: ArticleRow['translations'][number]) => number | undefined,
): RevisionKey | undefined {
  const revisions = article.translations.flatMap((translation) => {
    const revision = revisionOf(translation)
    return revision === undefined ? [] : [[translation.language, revision] as const]
  })
  if (revisions.length === 0) return undefined
  const byLanguage = Object.fromEntries(revisions)
  const closest = languageFor(byLanguage, language, article.language)
  return { articleId: article.id, language: closest, revision: byLanguage[closest] ?? 0 }
}

/** The links of a revision of an article that its readers cannot follow. */
async function brokenLinksOf(
  article: ArticleRow,
  { articleId, language, revision }: RevisionKey,
  context: ApiContext,
): Promise<readonly BrokenLink[]> {
  const key = { articleId, language, revision }
  const links = await context.loaders.articleLinks.load(key)
  const faults = await Promise.all(links.map((link) => faultOf(article, key, link, context)))
  return links.flatMap((link, n) => {
    const fault = faults[n]
    return fault === undefined ? [] : [{ ...link, language, fault }]
  })
}

async function faultOf(
  article: ArticleRow,
  from: RevisionKey,
  { targetId, anchor }: ArticleLinkRow,
  { loaders }: ApiContext,
): Promise<LinkFault | undefined> {
  const target = targetId === article.id ? article : await loaders.article.load(targetId)
  if (!target || target.status === 'deleted') return 'not_found'
  const key = target === article ? from : publishedTextOf(target, from.language)
  if (target !== article) {
    if (target.status === 'archived') return 'archived'
    if (!key) return 'not_published'
    if (article.reads === 'public' && target.reads === 'internal') return 'internal'
  }
  if (anchor === undefined || !key) return undefined
  const text = await loaders.articleTarget.load(key)
  return text?.anchors.includes(anchor) ? undefined : 'anchor_not_found'
}
