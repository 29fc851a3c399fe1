import { z } from 'zod'
import type { Priority } from '../kernel/priority.ts'
import { priorities } from '../kernel/priority.ts'
import { line } from '../kernel/text.ts'
import { nameSchema } from '../kernel/name.ts'

/** How deep categories may lie, and how many there may be in all. */
const categoryLimits = { depth: 8, categories: 2_000 } as const

/** A category as a configuration says it: what is left out is the one's above it. */
export type CategoryNode = {
  readonly name: string
  /** What people are shown, by language; without a label, the name. */
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
    label: z.record(z.string().max(35), line(200)).optional(),
    priority: z.enum(priorities).optional(),
    escalateTo: nameSchema.optional(),
    subcategories: z.array(nodeSchema).max(categoryLimits.categories).optional(),
  }),
)

/** The categories of a desk as a tree (004, « Ticket Categories »). */
export const categoryTreeSchema: z.ZodType<readonly CategoryNode[]> = z
  .array(nodeSchema)
  .superRefine((tree, context) => {
    let count = 0
    const visit = (nodes: readonly CategoryNode[], path: readonly (string | number)[], depth: number): void => {
      const seen = new Set<string>()
      for (const [index, { name, subcategories = [] }] of nodes.entries()) {
        const here = [...path, index]
        const fault = (message: string) => context.addIssue({ code: 'custom', path: [...here, 'name'], message })
        if (seen.has(name)) fault(`stands there twice: ${name}`)
        seen.add(name)
        if (++count === categoryLimits.categories + 1)
          fault(`there may be at most ${categoryLimits.categories} categories`)
        if (depth > categoryLimits.depth) return fault(`categories may lie at most ${categoryLimits.depth} deep`)
        visit(subcategories, [...here, 'subcategories'], depth + 1)
      }
    }
    visit(tree, [], 1)
  })

/** A category by its path, with what it takes from those above it. */
export type CategoryFacts = {
  readonly path: string
  readonly label: Readonly<Record<string, string>>
  readonly priority: Priority | undefined
  readonly escalateTo: string | undefined
  /** Whether there is none below it. */
  readonly leaf: boolean
}

/** Every category of a tree by its path, such as `technical_support/login_issues`, those above before those below. */
export function categoriesOf(tree: readonly CategoryNode[]): ReadonlyMap<string, CategoryFacts> {
  const found = new Map<string, CategoryFacts>()
  const visit = (nodes: readonly CategoryNode[], above: CategoryFacts | undefined): void => {
    for (const {
      name,
      label = {},
      priority = above?.priority,
      escalateTo = above?.escalateTo,
      subcategories = [],
    } of nodes) {
      const path = above ? `${above.path}/${name}` : name
      const facts = { path, label, priority, escalateTo, leaf: subcategories.length === 0 }
      found.set(path, facts)
      visit(subcategories, facts)
    }
  }
  visit(tree, undefined)
  return found
}
