import { z } from 'zod'
import { describeIssue } from './kernel/validation.ts'
import type { Priority } from './kernel/values.ts'
import { categoryPathSchema, language, line, nameSchema, priorities } from './kernel/values.ts'

/** The greatest depth of categories, and the greatest number in all. */
const categoryLimits = { depth: 8, categories: 2_000 } as const

/** A category as written in a configuration: missing fields are inherited from its parent. */
export type CategoryNode = {
  readonly name: string
  /** The text that people see, by language; the name by default. */
  readonly label?: Readonly<Record<string, string>> | undefined
  /** The priority of a ticket that is opened without one. */
  readonly priority?: Priority | undefined
  /** The team that its tickets are escalated to. */
  readonly escalateTo?: string | undefined
  readonly subcategories?: readonly CategoryNode[] | undefined
}

const nodeSchema: z.ZodType<CategoryNode> = z.lazy(() =>
  z.strictObject({
    name: nameSchema,
    label: z.record(language, line(200)).optional(),
    priority: z.enum(priorities).optional(),
    escalateTo: nameSchema.optional(),
    subcategories: z.array(nodeSchema).max(categoryLimits.categories).optional(),
  }),
)

type Fault = { readonly path: readonly (string | number)[]; readonly message: string }

const tooDeep = `categories may lie at most ${categoryLimits.depth} deep`

/** The first category beyond a limit, found without descending any further. */
function beyondLimits(tree: unknown): Fault | undefined {
  const levels = [{ nodes: tree, path: [] as Fault['path'], depth: 1 }]
  let count = 0
  for (const { nodes, path, depth } of levels) {
    if (!Array.isArray(nodes)) continue
    for (const [index, node] of (nodes as readonly unknown[]).entries()) {
      const here = [...path, index]
      const fault = (message: string): Fault => ({ path: [...here, 'name'], message })
      if (depth > categoryLimits.depth) return fault(tooDeep)
      if (++count > categoryLimits.categories)
        return fault(`there may be at most ${categoryLimits.categories} categories`)
      const below = typeof node === 'object' && node !== null && 'subcategories' in node ? node.subcategories : []
      levels.push({ nodes: below, path: [...here, 'subcategories'], depth: depth + 1 })
    }
  }
  return undefined
}

/** The categories whose paths are too long for a ticket to name. */
function unnameable(nodes: readonly CategoryNode[], above = '', path: Fault['path'] = []): readonly Fault[] {
  return nodes.flatMap(({ name, subcategories = [] }, index) => {
    const here = [...path, index]
    const { error } = categoryPathSchema.safeParse(`${above}${name}`, describeIssue)
    if (error) return [{ path: [...here, 'name'], message: `its path ${error.issues[0]?.message}` }]
    return unnameable(subcategories, `${above}${name}/`, [...here, 'subcategories'])
  })
}

/** The names that occur twice in one list. */
function repeated(nodes: readonly CategoryNode[], path: Fault['path'] = []): readonly Fault[] {
  const seen = new Set<string>()
  return nodes.flatMap(({ name, subcategories = [] }, index) => {
    const here = [...path, index]
    const twice = seen.has(name) ? [{ path: [...here, 'name'], message: `occurs twice: ${name}` }] : []
    seen.add(name)
    return [...twice, ...repeated(subcategories, [...here, 'subcategories'])]
  })
}

/** The categories of a desk as a tree (004, « Ticket Categories »). */
export const categoryTreeSchema: z.ZodType<readonly CategoryNode[]> = z
  .unknown()
  .superRefine((tree, context) => {
    const fault = beyondLimits(tree)
    if (fault) context.addIssue({ code: 'custom', ...fault, path: [...fault.path], continue: false })
  })
  .pipe(z.array(nodeSchema))
  .superRefine((tree, context) => {
    for (const { path, message } of [...repeated(tree), ...unnameable(tree)])
      context.addIssue({ code: 'custom', path: [...path], message })
  })

/** A category by its path, with the values that it inherits. */
export type CategoryFacts = {
  readonly path: string
  readonly label: Readonly<Record<string, string>>
  readonly priority: Priority | undefined
  readonly escalateTo: string | undefined
  /** Whether it has no subcategories. */
  readonly leaf: boolean
}

/**
 * Every category of a tree by its path, such as `technical_support/login_issues`, parents before children.
 * @throws RangeError when the tree is deeper than `categoryTreeSchema` allows.
 */
export function categoriesOf(tree: readonly CategoryNode[]): ReadonlyMap<string, CategoryFacts> {
  const byPath = new Map<string, CategoryFacts>()
  const visit = (nodes: readonly CategoryNode[], above: CategoryFacts | undefined, depth: number): void => {
    if (nodes.length > 0 && depth > categoryLimits.depth) throw new RangeError(tooDeep)
    for (const {
      name,
      label = {},
      priority = above?.priority,
      escalateTo = above?.escalateTo,
      subcategories = [],
    } of nodes) {
      const path = above ? `${above.path}/${name}` : name
      const facts = { path, label, priority, escalateTo, leaf: subcategories.length === 0 }
      byPath.set(path, facts)
      visit(subcategories, facts, depth + 1)
    }
  }
  visit(tree, undefined, 1)
  return byPath
}

/**
 * Whether a category equals another one or is below it: `technical_support` covers `technical_support/login_issues`.
 */
export const covers = (above: string, category: string): boolean =>
  category === above || (category.startsWith(above) && category[above.length] === '/')

/** The value of the longest path that covers a category. */
export function forCategory<T>(values: Readonly<Record<string, T>>, category: string | undefined): T | undefined {
  for (let path = category; path !== undefined; path = parent(path))
    if (Object.hasOwn(values, path)) return values[path]
  return undefined
}

function parent(path: string): string | undefined {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? undefined : path.slice(0, slash)
}
