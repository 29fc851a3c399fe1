import { z } from 'zod'
import type { DefinedAggregate } from '../kernel/aggregate.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import { defineCommand, internal, senders } from '../kernel/command.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent, eventsFrom } from '../kernel/event.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { id, language, line, printable } from '../kernel/values.ts'
import type { ArticleAudience } from './article-catalogue.ts'
import { articleAudiences, slugSchema } from './article-catalogue.ts'
import { sourceFingerprint, storedTextSource, textSourceSchema } from './text-source.ts'
import { slugOf } from './article.ts'

/** The limits of the categories of articles: how many there are, and how deep they lie in one another. */
export const articleTreeLimits = {
  categories: 2_000,
  depth: 10,
  description: 500,
  languages: 50,
  order: 1_000_000,
} as const

/** The id of the one tree of a desk. */
export const articleTreeId = 'main'

const categoryId = id.describe('The id of the category.')
const parentId = id.nullable().describe('The category that it lies in; null for one at the top.')
const order = z
  .int()
  .min(0)
  .max(articleTreeLimits.order)
  .describe('Its place among the others there: the least comes first.')
const audience = z
  .enum(articleAudiences)
  .describe('Who reads its articles. What lies in an internal category is internal, whatever it says itself.')
const texts = z
  .array(
    z.strictObject({
      language: language.describe('The language.'),
      name: line(limits.name).describe('The name.'),
      description: printable(articleTreeLimits.description).default('').describe('What its articles are about.'),
      slug: slugSchema.optional().describe('How its address ends; by its name unless given.'),
      /** The file that the name was imported from, so that an export writes it as it was. Only an import has it. */
      source: internal(textSourceSchema.optional()),
    }),
  )
  .min(1)
  .max(articleTreeLimits.languages)
  .refine((list) => new Set(list.map((each) => each.language)).size === list.length, 'must name each language once')
  .describe('Its name and description in each language.')

/** The definition of every command of the tree, without its rule. */
const articleTreeCommands = {
  add: defineCommand({
    description: 'Adds a category of articles.',
    schema: z.strictObject({
      type: z.literal('add'),
      categoryId,
      parentId: parentId.default(null),
      order: order.default(0),
      audience: audience.default('public'),
      texts,
    }),
    sentBy: senders.desk,
  }),
  change: defineCommand({
    description: 'Changes the texts, the audience or the order of a category of articles.',
    schema: z.strictObject({
      type: z.literal('change'),
      categoryId,
      order: order.optional(),
      audience: audience.optional(),
      texts: texts.optional(),
    }),
    sentBy: senders.desk,
  }),
  move: defineCommand({
    description: 'Moves a category of articles, with all that lies in it, into another one.',
    schema: z.strictObject({ type: z.literal('move'), categoryId, parentId, order: order.optional() }),
    sentBy: senders.desk,
  }),
  remove: defineCommand({
    description: 'Removes a category of articles. Its articles keep their audience until they are in another one.',
    schema: z.strictObject({ type: z.literal('remove'), categoryId }),
    sentBy: senders.desk,
  }),
} as const

const storedText = z.object({ name: z.string(), description: z.string(), slug: z.string() })
/** Names by their languages; `source` is the file that an import has read one from. */
const storedTexts = z.record(z.string(), storedText.extend({ source: storedTextSource.optional() }))

/** The definition of every event of the tree: its part of the event catalogue. None is about a person. */
const articleTreeEvents = {
  ArticleCategoryAdded: defineEvent({
    schema: z.object({
      categoryId: z.string(),
      parentId: z.string().nullable(),
      order: z.int(),
      audience: z.enum(articleAudiences),
      texts: storedTexts,
    }),
    personal: {},
  }),
  /** What has changed: the texts are all of them. */
  ArticleCategoryChanged: defineEvent({
    schema: z.object({
      categoryId: z.string(),
      order: z.int().optional(),
      audience: z.enum(articleAudiences).optional(),
      texts: storedTexts.optional(),
    }),
    personal: {},
  }),
  ArticleCategoryMoved: defineEvent({
    schema: z.object({ categoryId: z.string(), parentId: z.string().nullable(), order: z.int() }),
    personal: {},
  }),
  /** Articles that are still in it keep the `audience` that they had by it. */
  ArticleCategoryRemoved: defineEvent({
    schema: z.object({ categoryId: z.string(), audience: z.enum(articleAudiences) }),
    personal: {},
  }),
} as const

type ArticleTreeCommands = { readonly [T in keyof typeof articleTreeCommands]: (typeof articleTreeCommands)[T] }
type ArticleTreeEvents = { readonly [T in keyof typeof articleTreeEvents]: (typeof articleTreeEvents)[T] }

/** Any event of the tree of categories. */
export type ArticleTreeEvent = EventOf<ArticleTreeEvents>

/** A category of articles. */
export type ArticleCategory = {
  readonly parentId: string | null
  readonly order: number
  /** What the category says itself: `audienceIn` says who reads it. */
  readonly audience: ArticleAudience
  readonly texts: Readonly<Record<string, z.output<typeof storedText>>>
  /** The fingerprints of the files that names were imported from, by their languages: the files are not part of the state. */
  readonly sources: Readonly<Record<string, string>>
  readonly isRemoved: boolean
}

/** The categories of articles, by their ids: removed ones too, since articles may still be in them. */
export type ArticleTree = { readonly categories: Readonly<Record<string, ArticleCategory>> }

const categoryEvent = eventsFrom<ArticleTreeEvents>()

/** A category that was not removed. */
export function categoryIn({ categories }: ArticleTree, categoryId: string): ArticleCategory | undefined {
  const category = Object.hasOwn(categories, categoryId) ? categories[categoryId] : undefined
  return category?.isRemoved === false ? category : undefined
}

/** A category and those that it lies in, from the inside out. A tree has no circles: `move` sees to that. */
export function pathIn({ categories }: ArticleTree, categoryId: string | null): readonly ArticleCategory[] {
  const path: ArticleCategory[] = []
  for (let next = categoryId; next !== null && path.length <= articleTreeLimits.depth;) {
    const category: ArticleCategory | undefined = Object.hasOwn(categories, next) ? categories[next] : undefined
    if (!category) break
    path.push(category)
    next = category.parentId
  }
  return path
}

/** Who reads what lies in a category: everybody, unless it or one that it lies in is internal. */
export const audienceIn = (tree: ArticleTree, categoryId: string | null): ArticleAudience =>
  pathIn(tree, categoryId).some(({ audience }) => audience === 'internal') ? 'internal' : 'public'

/** How many levels of categories lie in a category, itself included. */
function heightOf(tree: ArticleTree, categoryId: string): number {
  const children = Object.entries(tree.categories).filter(
    ([, { parentId, isRemoved }]) => parentId === categoryId && !isRemoved,
  )
  return 1 + Math.max(0, ...children.map(([child]) => heightOf(tree, child)))
}

/**
 * The categories of articles: the stream `articleTree-main`. They are one aggregate, since a tree without circles is a
 * rule of all of them together.
 */
export const articleTreeAggregate: DefinedAggregate<ArticleTreeCommands, ArticleTreeEvents, ArticleTree> =
  defineAggregate({
    category: 'articleTree',
    id: z.literal(articleTreeId),
    commands: articleTreeCommands,
    events: articleTreeEvents,
    initial: { categories: {} },
    begunBy: ['add'],
    evolve: (state: ArticleTree, event): ArticleTree => {
      const { categories } = state
      const { categoryId } = event
      if (event.type === 'ArticleCategoryAdded') {
        const { parentId, order, audience } = event
        const added = { parentId, order, audience, ...withoutSources(event.texts), isRemoved: false }
        return { categories: { ...categories, [categoryId]: added } }
      }
      const category = Object.hasOwn(categories, categoryId) ? categories[categoryId] : undefined
      if (!category) return state
      return { categories: { ...categories, [categoryId]: changedCategory(category, event) } }
    },
    rules: {
      add: (command, tree) => {
        const { categoryId, parentId, order, audience } = command
        const added = { categoryId, parentId, order, audience, texts: withSlugs(command.texts) }
        const present = Object.hasOwn(tree.categories, categoryId) ? tree.categories[categoryId] : undefined
        if (present) {
          const same = { parentId, order, audience, ...withoutSources(added.texts), isRemoved: false }
          return isDeepEqual(present, same)
            ? accept([])
            : deny(refusal('article_category_already_added', { field: 'categoryId' }))
        }
        if (Object.keys(tree.categories).length >= articleTreeLimits.categories)
          return deny(refusal('too_many', { message: `a desk has ${articleTreeLimits.categories} categories at most` }))
        const refused = refuseParent(tree, parentId, 1)
        return refused ? deny(refused) : accept([categoryEvent('ArticleCategoryAdded', command, added)])
      },
      change: (command, tree) => {
        const { categoryId, order, audience } = command
        const texts = command.texts && withSlugs(command.texts)
        const category = categoryIn(tree, categoryId)
        if (!category) return deny(refusal('article_category_not_found', { field: 'categoryId' }))
        const changes = {
          ...(order !== undefined && order !== category.order && { order }),
          ...(audience !== undefined && audience !== category.audience && { audience }),
          ...(texts && !isSameText(withoutSources(texts), category) && { texts }),
        }
        if (Object.keys(changes).length === 0) return accept([])
        return accept([categoryEvent('ArticleCategoryChanged', command, { categoryId, ...changes })])
      },
      move: (command, tree) => {
        const { categoryId, parentId } = command
        const category = categoryIn(tree, categoryId)
        if (!category) return deny(refusal('article_category_not_found', { field: 'categoryId' }))
        const { order = category.order } = command
        if (category.parentId === parentId && category.order === order) return accept([])
        if (parentId !== null && pathIn(tree, parentId).includes(category))
          return deny(refusal('article_category_in_itself', { field: 'parentId' }))
        const refused = refuseParent(tree, parentId, heightOf(tree, categoryId))
        return refused
          ? deny(refused)
          : accept([categoryEvent('ArticleCategoryMoved', command, { categoryId, parentId, order })])
      },
      remove: (command, tree) => {
        const { categoryId } = command
        if (!categoryIn(tree, categoryId)) return accept([])
        if (heightOf(tree, categoryId) > 1) return deny(refusal('article_category_not_empty', { field: 'categoryId' }))
        const audience = audienceIn(tree, categoryId)
        return accept([categoryEvent('ArticleCategoryRemoved', command, { categoryId, audience })])
      },
    },
  })

function changedCategory(
  category: ArticleCategory,
  event: Exclude<ArticleTreeEvent, { readonly type: 'ArticleCategoryAdded' }>,
): ArticleCategory {
  switch (event.type) {
    case 'ArticleCategoryChanged': {
      const { order = category.order, audience = category.audience, texts } = event
      const changed = texts && withoutSources(texts)
      const sources = { ...category.sources, ...changed?.sources }
      return { ...category, order, audience, ...(changed && { texts: changed.texts, sources }) }
    }
    case 'ArticleCategoryMoved':
      return { ...category, parentId: event.parentId, order: event.order }
    case 'ArticleCategoryRemoved':
      return { ...category, parentId: null, audience: event.audience, isRemoved: true }
  }
}

/** Texts by their languages, whose addresses are those of their names, unless their writers have given others. */
const withSlugs = (list: z.output<typeof texts>): z.output<typeof storedTexts> =>
  Object.fromEntries(
    list.map(({ language: tag, name, description, slug = slugOf(name), source }) => [
      tag,
      { name, description, slug, ...(source && { source }) },
    ]),
  )

/** Texts without the files that they were imported from, and the fingerprints of those. */
function withoutSources(stored: z.output<typeof storedTexts>): Pick<ArticleCategory, 'texts' | 'sources'> {
  const entries = Object.entries(stored).map(([tag, { source, ...named }]) => ({ tag, source, named }))
  return {
    texts: Object.fromEntries(entries.map(({ tag, named }) => [tag, named])),
    sources: Object.fromEntries(
      entries.flatMap(({ tag, source, named }) => (source ? [[tag, sourceFingerprint(named, source)]] : [])),
    ),
  }
}

/** Whether names are those of a category; the files too, where the names come with some. */
const isSameText = (changed: Pick<ArticleCategory, 'texts' | 'sources'>, { texts, sources }: ArticleCategory) =>
  isDeepEqual(changed.texts, texts) && Object.entries(changed.sources).every(([tag, print]) => sources[tag] === print)

/** The refusal of a category in another one that is not there, or too deep: `height` is how many levels it has. */
function refuseParent(tree: ArticleTree, parentId: string | null, height: number) {
  if (parentId !== null && !categoryIn(tree, parentId))
    return refusal('article_category_not_found', { field: 'parentId' })
  if (pathIn(tree, parentId).length + height <= articleTreeLimits.depth) return undefined
  return refusal('too_many', {
    message: `categories lie ${articleTreeLimits.depth} levels deep at most`,
    field: 'parentId',
  })
}
