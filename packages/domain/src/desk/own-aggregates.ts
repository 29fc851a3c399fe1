import type { z } from 'zod'
import type { Aggregate } from '../kernel/decider.ts'
import type { DomainEvent, EventCatalogue } from '../kernel/event.ts'

/** An aggregate of your own, as `defineAggregate` returns it: one whose rules depend on its streams alone. */
export type OwnAggregate = Aggregate<never, DomainEvent, unknown> & {
  readonly id: z.ZodType<string>
  readonly events: EventCatalogue
  readonly schema: z.ZodType<object>
}

/** Aggregates of your own, by the categories of their streams. */
export type OwnAggregates = Readonly<Record<string, OwnAggregate>>

/** A category: what streams are called before the first hyphen. */
const categoryForm = /^[a-z][A-Za-z0-9]{0,49}$/

/**
 * Checks aggregates of an embedder's own.
 * @throws RangeError for a category that has another form, differs from the aggregate's, or is taken, and for a type of
 * event that is.
 */
export function checkOwn(
  ownAggregates: OwnAggregates,
  registry: Readonly<Record<string, { readonly events: object }>>,
): void {
  const types = new Map(
    Object.entries(registry).flatMap(([category, { events }]) => Object.keys(events).map((type) => [type, category])),
  )
  for (const [category, aggregate] of Object.entries(ownAggregates)) {
    const refuse = (why: string): never => {
      throw new RangeError(`aggregates: ${category}: ${why}`)
    }
    if (!categoryForm.test(category)) refuse('a category is 1 to 50 letters and digits, and begins with a small letter')
    if (aggregate.category !== category) refuse(`the aggregate is defined for the category ${aggregate.category}`)
    if (Object.hasOwn(registry, category)) refuse('the product has streams of this category')
    for (const type of Object.keys(aggregate.events)) {
      const other = types.get(type)
      if (other !== undefined) refuse(`${type} is an event of ${other}`)
      types.set(type, category)
    }
  }
}
