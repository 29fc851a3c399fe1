import type { HelpCentreSettings } from '@guichet/domain'
import { previewTimes } from '@guichet/domain'
import type { SignedPages } from '@guichet/files'
import type { ArticleRevisionRow, RevisionKey } from '@guichet/projections'
import { accessToField } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addArticleRevision } from './article.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

/** Adds `ArticleRevision.previewAddress`: a signed link to the page that the help centre would make of a revision. */
export function addArticlePreview({ builder, use }: SchemaParts): void {
  builder.objectField(use(addArticleRevision), 'previewAddress', (t) =>
    t.string({
      nullable: true,
      description:
        'A link to the page that the help centre would make of this revision. Whoever has it reads that page without a token, for as long as the configuration says, until the article is deleted. Null while the help centre is off, and for customers and auditors.',
      extensions: { ...deskOnly, cost: 2 },
      resolve: previewAddressOf,
    }),
  )
}

async function previewAddressOf(row: ArticleRevisionRow, _: object, context: ApiContext): Promise<string | undefined> {
  const { files, desk } = context.services
  if (!files || accessToField('ArticleRevision.previewAddress', context.principal) === 'none') return undefined
  const { helpCentre } = await knowledgeSettings(context.services)
  const article = await context.loaders.article.load(row.articleId)
  if (!helpCentre.enabled || !article || article.status === 'deleted') return undefined
  return `${helpCentre.address ?? ''}${previewPath(row, files.links.pages, previewEnd(helpCentre, desk.now()))}`
}

/** Until when a link to a preview can be used that is made now. A configuration from before there was this setting has none. */
const previewEnd = ({ previewedFor }: Partial<HelpCentreSettings>, now: string): Date =>
  new Date(Date.parse(now) + (previewedFor ?? previewTimes.usual))

/** The name of a preview, as it is signed. */
export const previewName = ({ articleId, language, revision }: RevisionKey): readonly string[] => [
  'article-preview',
  articleId,
  language,
  String(revision),
]

/** The path of the preview of a revision, with what lets its bearer read it. */
function previewPath(key: RevisionKey, pages: SignedPages, end: Date): string {
  const parts = [key.language, key.articleId, String(key.revision)].map(encodeURIComponent)
  return `/help/preview/${parts.join('/')}?${pages.sign(previewName(key), end)}`
}
