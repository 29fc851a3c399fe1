import type { DocumentNode, SelectionSetNode } from 'graphql'
import { visit } from 'graphql'

/**
 * How often a field stands under one name in one selection, at the most in a document, inline fragments included. Validation
 * compares each with each other.
 */
export function repeatsOf(document: DocumentNode): number {
  let most = 0
  visit(document, {
    SelectionSet: (set) => {
      const times = new Map<string, number>()
      count(set, times)
      for (const each of times.values()) most = Math.max(most, each)
    },
  })
  return most
}

function count({ selections }: SelectionSetNode, times: Map<string, number>): void {
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') count(selection.selectionSet, times)
    if (selection.kind !== 'Field') continue
    const { value } = selection.alias ?? selection.name
    times.set(value, (times.get(value) ?? 0) + 1)
  }
}
