import type { TicketPolicy } from '@guichet/domain'
import type { Problem } from './phrases/phrases.ts'

/** The category of a problem, where the desk has it. */
export function categoryAt({ categories }: TicketPolicy, { category }: Problem): { readonly category?: string } {
  const known = category !== undefined && (!categories?.size || categories.has(category))
  return known ? { category } : {}
}
