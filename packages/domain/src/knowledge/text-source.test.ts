import { describe, it, expect } from 'vitest'
import { importActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { alex, byAlex, monday, sacha } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import type { ArticleEvent } from './article-catalogue.ts'
import type { Article } from './article-state.ts'
import { isStaleTranslation } from './article-state.ts'
import { articleAggregate } from './article.ts'
import { defaultKnowledgeSettings } from './settings.ts'

const { given, when } = specify(
  asSent(
    articleAggregate.schema,
    articleAggregate.under(() => defaultKnowledgeSettings),
  ),
  byAlex,
)

const text = { title: 'Reset the password', excerpt: '', body: 'Open **Settings**.', keywords: [] as string[] }
const create = { type: 'create', language: 'en', title: text.title, body: text.body } as const
const created: ArticleEvent = {
  type: 'ArticleCreated',
  at: monday,
  by: alex,
  language: 'en',
  categoryId: null,
  audience: 'internal',
  difficulty: 'basic',
  tags: [],
  relatedIds: [],
  fields: {},
}
const revised = (revision: number, changes: Partial<Extract<ArticleEvent, { type: 'ArticleRevised' }>> = {}) =>
  ({
    type: 'ArticleRevised',
    at: monday,
    by: alex,
    language: 'en',
    revision,
    ...text,
    body: `${text.body} ${revision}`,
    slug: 'reset-the-password',
    change: 'major',
    ...changes,
  }) as const
const ofRevision = <T extends ArticleEvent['type']>(type: T, revision: number, language = 'en') =>
  ({ type, at: monday, by: alex, language, revision }) as const
const approved = (revision: number, language = 'en'): ArticleEvent => ({
  ...ofRevision('ArticleApproved', revision, language),
  by: sacha,
})

describe('an article from a file', () => {
  const source = { path: 'app/reset/index.md', head: '---\ntitle: Reset the password\n---\n\n', tail: '\n' }
  const fromFile = { source, body: text.body }
  const byImport = { by: importActor } as const

  it('keeps the file with its text, and takes it in once', () => {
    when({ ...create, source }, byImport).then([{ type: 'ArticleCreated' }, { type: 'ArticleRevised', source }])
    const revise = { type: 'revise', language: 'en', basedOn: 1, ...text, slug: 'reset-the-password', source } as const
    given(created, revised(1, fromFile)).when(revise).then(nothing)
    given(created, revised(1, fromFile))
      .when({ ...revise, source: { ...source, tail: '' } })
      .then({ type: 'ArticleRevised', revision: 2, source: { ...source, tail: '' } })
    given(created, revised(1, fromFile))
      .when({ ...revise, source: undefined })
      .then(nothing)
  })

  it.each(['../up.md', '/etc/rules.md', 'a//b.md', 'a/./b.md', 'a\\b.md', 'a\u0000.md', 'notes.txt', ''])(
    'refuses the path %j, which is none of a Markdown file in the folder',
    (path) => when({ ...create, source: { ...source, path } }).then(refused('invalid_command', 'source.path')),
  )

  it('is approved by the import that alone has written it, and by no person who has', () => {
    const imported = revised(1, { ...fromFile, by: importActor })
    const approve = { type: 'approve', language: 'en', revision: 1 } as const
    given(created, imported).when(approve, byImport).then({ type: 'ArticleApproved', by: importActor })
    given(created, revised(1)).when(approve).then(refused('article_own_approval', 'by'))
    given(created, revised(1), revised(2, { ...fromFile, by: importActor }))
      .when({ ...approve, revision: 2 }, byImport)
      .then(refused('article_own_approval', 'by'))
    given(created, revised(1, { by: { kind: 'agent', id: importActor.id } }))
      .when(approve, { by: { kind: 'agent', id: importActor.id } })
      .then(refused('article_own_approval', 'by'))
  })

  it('is stale from the start where it translates a text that is older than the first revision', () => {
    const history = (follows: number): readonly ArticleEvent[] => [
      created,
      revised(1),
      approved(1),
      ofRevision('ArticlePublished', 1),
      revised(1, { language: 'de', follows }),
      approved(1, 'de'),
      ofRevision('ArticlePublished', 1, 'de'),
    ]
    const isStale = (follows: number) => isStaleTranslation(fold(articleAggregate, history(follows)) as Article, 'de')
    expect([isStale(0), isStale(1)]).toEqual([true, false])
    given(created, revised(1))
      .when({ type: 'revise', language: 'de', basedOn: 0, ...text, follows: 0 })
      .then({ type: 'ArticleRevised', language: 'de', follows: 0 })
  })
})
