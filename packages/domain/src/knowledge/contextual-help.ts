import { z } from 'zod'
import { id, isOnce, language, line, nameSchema } from '../kernel/values.ts'
import type { Difficulty } from './article-catalogue.ts'
import { difficulties } from './article-catalogue.ts'
import { pageAddress } from './help-centre.ts'

/**
 * The limits of contextual help: how many contexts a desk has, the patterns, actions, articles, categories, searches in a
 * language and quick actions of each; and the lengths, in characters, of a pattern, of an address of a page, and of the name of
 * an action or an event.
 */
export const contextualHelpLimits = {
  contexts: 200,
  pages: 20,
  actions: 20,
  articles: 20,
  categories: 5,
  searches: 5,
  quickActions: 10,
  pattern: 200,
  page: 2_000,
  name: 100,
} as const

const { contexts, pages, actions, articles, categories, searches, quickActions, pattern, name } = contextualHelpLimits

/** What a product calls something that its users do, such as `pay` or `invoice.export`. */
const productName = line(name)

const pagePattern = z
  .string()
  .max(pattern)
  .refine(
    isPattern,
    'must be a path without a query, such as /invoices/*/pay, in which * is one part and ** at the end any others',
  )

/** Something that a page offers to do at once: a link, or an event that the product listens to. */
const quickActionSchema = z
  .strictObject({
    id: nameSchema,
    /** What it is called, by language. */
    labels: z
      .record(language, line(60))
      .refine((labels) => Object.keys(labels).length > 0, 'needs a label in one language at least'),
    /** Where it leads: an address, or a path of the product. */
    address: pageAddress.optional(),
    /** The event that the product raises in its own page. */
    event: productName.optional(),
  })
  .refine(
    ({ address, event }) => (address === undefined) !== (event === undefined),
    'needs either an address or an event',
  )

const contextSchema = z.strictObject({
  /** The pages that it is about, by their paths: `*` stands for one part, and `**` at the end for any others. */
  pages: z.array(pagePattern).min(1).max(pages),
  /** What the user does there; anything, and nothing, unless given. */
  actions: z.array(productName).min(1).max(actions).refine(isOnce, 'each action stands here once').optional(),
  /** The levels of the users that it is for; any unless given. */
  levels: z.array(z.enum(difficulties)).min(1).refine(isOnce, 'each level stands here once').optional(),
  /** The ids of the articles that help, the most useful first. */
  articles: z.array(id).max(articles).default([]),
  /** The ids of the categories whose articles help. */
  categories: z.array(id).max(categories).default([]),
  /** What is suggested to be searched, by language; the articles that the first one finds help too. */
  searches: z.record(language, z.array(line(200)).min(1).max(searches)).default({}),
  quickActions: z.array(quickActionSchema).max(quickActions).default([]),
})

/** Which help belongs to which pages and actions of the product: part of the section `knowledge` of the configuration. */
export const contextualHelpSchema = z.array(contextSchema).max(contexts).default([])

type ContextualHelpSettings = Readonly<z.infer<typeof contextualHelpSchema>>

/** Something that a page offers to do at once. */
export type QuickAction = ContextualHelpSettings[number]['quickActions'][number]

/** Where somebody is in the product, and what they do there. */
export type HelpContext = {
  /** The address or the path of the page; its query and fragment change nothing. */
  readonly page: string
  readonly action?: string | undefined
  /** What they are used to. */
  readonly level?: Difficulty | undefined
}

/** The help that a desk has configured for a page. */
export type ConfiguredHelp = Pick<ContextualHelpSettings[number], 'articles' | 'categories' | 'quickActions'> & {
  readonly searches: readonly ContextualHelpSettings[number]['searches'][]
}

/** The help of all contexts that a page, an action and a level belong to, in their order and each once. */
export function configuredHelp(settings: ContextualHelpSettings, { page, action, level }: HelpContext): ConfiguredHelp {
  const parts = pathOf(page)
  const fitting = settings.filter(
    (each) =>
      each.pages.some((one) => isCovered(one, parts)) &&
      (each.actions === undefined || (action !== undefined && each.actions.includes(action))) &&
      (each.levels === undefined || (level !== undefined && each.levels.includes(level))),
  )
  const actions = fitting.flatMap((each) => each.quickActions)
  return {
    articles: [...new Set(fitting.flatMap((each) => each.articles))],
    categories: [...new Set(fitting.flatMap((each) => each.categories))],
    searches: fitting.map((each) => each.searches),
    quickActions: actions.filter(({ id }, at) => actions.findIndex((each) => each.id === id) === at),
  }
}

/** The words of a page and an action, by which articles are searched where nothing is configured for them. */
export const wordsOfPage = ({ page, action = '' }: Pick<HelpContext, 'page' | 'action'>): string =>
  [...pathOf(page), action]
    .join(' ')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()

/** The parts of the path of an address, without those that are empty. */
function pathOf(page: string): readonly string[] {
  const [address = ''] = page.slice(0, contextualHelpLimits.page).split(/[?#;]/, 1)
  return address
    .replace(/^[a-z]{1,20}:\/\/[^/]*/i, '')
    .split('/')
    .filter((part) => part !== '')
}

function isPattern(text: string): boolean {
  const [before, ...parts] = text.split('/')
  const isPart = (part: string, index: number): boolean =>
    part === '*' || (part === '**' && index === parts.length - 1) || /^[^\s?#;*\\]+$/.test(part)
  return before === '' && (text === '/' || (parts.length > 0 && parts.every(isPart)))
}

function isCovered(one: string, parts: readonly string[]): boolean {
  const patterns = one.split('/').filter((part) => part !== '')
  const isOpen = patterns.at(-1) === '**'
  if (isOpen) patterns.pop()
  if (isOpen ? parts.length < patterns.length : parts.length !== patterns.length) return false
  return patterns.every((part, index) => part === '*' || part === parts[index])
}
