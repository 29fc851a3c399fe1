import type { ArticleRow } from '@guichet/projections'
import { publishedTexts } from '@guichet/projections'
import type { CheckedLink, LinkFinding } from '@guichet/workflows'
import { linkFaults, linkOutcomes } from '@guichet/workflows'
import type { SchemaParts } from '../builder.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { enumOf } from '../vocabulary.ts'
import { addArticleType } from './article.ts'

type OutsideLink = { readonly language: string; readonly address: string; readonly finding: CheckedLink | undefined }

const outcomeNames: Readonly<Record<LinkFinding['outcome'], string>> = {
  reached: 'Readers reach it.',
  moved: 'Readers reach it at another address, for good: the text should name that.',
  broken: 'Readers do not reach it.',
  uncertain:
    'The check cannot tell: the server wants to know who asks, is away or overloaded, or is not of the public internet.',
}

const faultNames: Readonly<Record<NonNullable<LinkFinding['fault']>, string>> = {
  address_refused:
    'It is no address of a web server of the public internet, or leads to one that is none: nothing was sent there.',
  host_not_found: 'No host has this name.',
  no_connection: 'The host takes no connection, or ends it.',
  no_answer_in_time: 'No answer has come in time.',
  certificate_invalid: 'The host does not prove who it is: browsers warn of it.',
  redirect_invalid: 'It leads on to something that is no address.',
  too_many_redirects: 'It leads on, again and again.',
}

const mostLinks = 200

/** Adds `Article.outsideLinks`: the links of its published texts to other sites, and what the last check of each has found. */
export function addOutsideLinks({ builder, use }: SchemaParts): void {
  const outcome = enumOf(builder, 'OutsideLinkOutcome', linkOutcomes, {
    description: 'What the check of a link to another site has found.',
    describe: (word) => outcomeNames[word],
  })
  const fault = enumOf(builder, 'OutsideLinkFault', linkFaults, {
    description: 'Why a link to another site has no answer.',
    describe: (word) => faultNames[word],
  })
  const link = builder.objectRef<OutsideLink>('OutsideLink').implement({
    description: 'A link of an article to another site, and what the last check has found there.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language of the text that has the link.' }),
      address: t.exposeString('address', {
        description: 'The address, without the part of the page that it leads to.',
      }),
      outcome: t.field({
        type: outcome,
        nullable: true,
        description: 'What was found; null while it was never checked.',
        resolve: ({ finding }) => finding?.outcome,
      }),
      status: t.int({
        nullable: true,
        description: 'The status of the last answer, such as 404; null without one.',
        resolve: ({ finding }) => finding?.status,
      }),
      redirectedTo: t.string({
        nullable: true,
        description: 'Where it leads on to; null where it does not.',
        resolve: ({ finding }) => finding?.redirectedTo,
      }),
      fault: t.field({
        type: fault,
        nullable: true,
        description: 'Why it has no answer; null where it has one.',
        resolve: ({ finding }) => finding?.fault,
      }),
      checkedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was checked last; null for never.',
        resolve: ({ finding }) => finding?.checkedAt,
      }),
    }),
  })
  builder.objectField(use(addArticleType), 'outsideLinks', (t) =>
    t.field({
      type: [link],
      description: `Links and pictures of its published texts that lead to other sites, by language and in the order of the text: the first ${mostLinks}. The command \`guichet kb links\` checks them.`,
      extensions: { ...deskOnly, cost: 200 },
      resolve: async (row, _, context) => [...(await outsideLinksOf(row, context))],
    }),
  )
}

async function outsideLinksOf(article: ArticleRow, { loaders, services }: ApiContext): Promise<readonly OutsideLink[]> {
  const published = publishedTexts(article)
  if (published.length === 0) return []
  const { outsideLinks } = await import('@guichet/knowledge')
  const revisions = await Promise.all(published.map((key) => loaders.articleRevision.load(key)))
  const links = revisions
    .flatMap((row) => (row ? outsideLinks(row.body).map((address) => ({ language: row.language, address })) : []))
    .slice(0, mostLinks)
  if (links.length === 0) return []
  const findings = await services.readership?.outsideLinks.findingsOf(links.map(({ address }) => address))
  return links.map((each) => ({ ...each, finding: findings?.get(each.address) }))
}
