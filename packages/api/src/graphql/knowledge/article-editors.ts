import { z } from 'zod'
import type { Actor, Heartbeat, Instant } from '@guichet/domain'
import { describeIssue, id, instant, language, malformed, refusal } from '@guichet/domain'
import { actorOf } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { refused } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addInputs } from '../inputs.ts'
import { addMutation } from '../mutation.ts'
import { deskOnly } from '../readers.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription } from '../subscription.ts'
import { addPeople } from '../vocabulary.ts'
import { addArticleType } from './article.ts'

type Editor = { readonly actor: Actor; readonly language: string; readonly since: Instant }

type Editing = { readonly editors: readonly Editor[] }

const schema = z.strictObject({
  articleId: id.describe('The article.'),
  language: language.describe('The language of the text that you edit.'),
  editing: z.boolean().describe('Whether you edit it now; false once you have saved or discarded the text.'),
})

/**
 * Adds `showArticleEditing`, `Article.editors` and `articleEditorsChanged`. Nothing of it is stored, and it keeps nobody
 * from writing: a revision that is based on an older one is refused. It ends half a minute after the last call.
 */
export function addArticleEditors({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  const { actor } = use(addPeople)
  const article = use(addArticleType)
  const editor = builder.objectRef<Editor>('ArticleEditor').implement({
    description: 'Somebody who edits a text of an article now.',
    fields: (t) => ({
      actor: t.expose('actor', { type: actor, description: 'Who.' }),
      language: t.exposeString('language', { description: 'The language of the text.' }),
      since: t.expose('since', { type: 'DateTime', description: 'Since when.' }),
    }),
  })
  const editing = builder.objectRef<Editing>('ArticleEditing').implement({
    description: 'Who edits the texts of an article now.',
    fields: (t) => ({
      editors: t.field({
        type: [editor],
        description: 'Those who edit it, without yourself.',
        resolve: ({ editors }) => [...editors],
      }),
    }),
  })
  builder.objectField(article, 'editors', (t) =>
    t.field({
      type: [editor],
      description: 'Those who edit a text of it now, without yourself.',
      extensions: deskOnly,
      resolve: (row, _, context) => [...editorsOf(context.services.live.editing.current(row.id), context)],
    }),
  )
  addMutation(builder, inputs, 'showArticleEditing', {
    description:
      'Shows others at the desk for half a minute that you edit a text of an article, or that you no longer do. Call it every ten seconds.',
    payload: plainPayload,
    schema,
    resolve: async (input, _, context) => {
      const { success, data, error } = schema.safeParse(input, describeIssue)
      if (!success) return refused(malformed(error))
      const row = await context.loaders.article.load(data.articleId)
      if (!row) return refused(refusal('article_not_found', { field: 'articleId' }))
      if (row.status === 'deleted') return refused(refusal('article_deleted'))
      const viewer = viewerOf(context)
      const { editing: live } = context.services.live
      const key = keyOf(actorOf(viewer), data.language)
      if (data.editing) live.beat(row.id, key, viewer.name)
      else live.end(row.id, key)
      return { id: row.id, executed: undefined, userErrors: [] }
    },
  })
  addSubscription(builder, 'articleEditorsChanged', {
    type: editing,
    description: 'Who edits the texts of an article, now and whenever that changes.',
    args: builder.args((t) => ({ articleId: t.id({ required: true, description: 'The article.' }) })),
    source: async ({ articleId }, context) => {
      if (!(await context.loaders.article.load(articleId))) throw edgeError('article_unknown')
      return editingOf(articleId, context)
    },
  })
}

/** The key of somebody who edits a text. */
const keyOf = ({ kind, id: person }: Actor, of: string): string => `${of}/${kind}/${person}`

/** The editors whose heartbeats these are, without the viewer. */
function editorsOf(heartbeats: readonly Heartbeat[], context: ApiContext): readonly Editor[] {
  const viewer = actorOf(viewerOf(context))
  return heartbeats.flatMap(({ person, name, since }) => {
    const [of = '', side, ...rest] = person.split('/')
    const kind = side === 'system' ? side : 'agent'
    const key = rest.join('/')
    if (keyOf(viewer, of) === person) return []
    const startedAt = instant(new Date(Date.now() - Math.max(0, performance.now() - since)))
    return [{ actor: { kind, id: key, ...(name !== undefined && { name }) }, language: of, since: startedAt }]
  })
}

function editingOf(articleId: string, context: ApiContext): Source<Editing> {
  let current: readonly Heartbeat[] | undefined = []
  return {
    listen: async (wake) =>
      context.services.live.editing.follow(articleId, (heartbeats) => {
        current = heartbeats
        wake()
      }),
    values: async function* () {
      if (!current) return
      const editors = editorsOf(current, context)
      current = undefined
      yield { editors }
    },
  }
}
