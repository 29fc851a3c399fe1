import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'

/** A fragment that is being looked into, and those around it. */
type Path = { readonly name: string; readonly around: Path } | undefined
type Placed<T> = { readonly node: T; readonly path: Path }

/**
 * What validation compares in a document to see whether fields of one name fit together: every two fields and every two spreads that meet
 * in one place, through fragments, and each name with each spread there. The document need not be valid. Counting ends beyond `most`.
 */
export function comparisonsOf(document: DocumentNode, most: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions) if (node.kind === 'FragmentDefinition') fragments.set(node.name.value, node)
  const reached = new Set<string>()
  let count = 0

  /** Looks at selections that are merged into one. */
  const look = (sets: readonly Placed<SelectionSetNode>[]): void => {
    const fields = new Map<string, Placed<FieldNode>[]>()
    const met = new Set<string>()
    let spreads = 0
    const collect = ({ selections }: SelectionSetNode, path: Path): void => {
      for (const node of selections) {
        if (++count > most) return
        if (node.kind === 'InlineFragment') collect(node.selectionSet, path)
        else if (node.kind === 'Field') {
          const name = node.alias?.value ?? node.name.value
          const placed = fields.get(name) ?? []
          fields.set(name, placed)
          placed.push({ node, path })
        } else {
          spreads++
          const name = node.name.value
          const fragment = fragments.get(name)
          if (!fragment || met.has(name) || isWithin(name, path)) continue
          met.add(name)
          reached.add(name)
          collect(fragment.selectionSet, { name, around: path })
        }
      }
    }
    for (const { node, path } of sets) collect(node, path)
    count += pairsOf(spreads) + fields.size * spreads
    for (const placed of fields.values()) {
      count += pairsOf(placed.length)
      if (count > most) return
      const inner = placed.flatMap(({ node, path }) => (node.selectionSet ? [{ node: node.selectionSet, path }] : []))
      if (inner.length > 0) look(inner)
    }
  }

  for (const node of document.definitions) {
    if (node.kind === 'OperationDefinition') look([{ node: node.selectionSet, path: undefined }])
  }
  for (const [name, { selectionSet }] of fragments) {
    if (!reached.has(name)) look([{ node: selectionSet, path: { name, around: undefined } }])
  }
  return count
}

const pairsOf = (number: number): number => (number * (number - 1)) / 2

function isWithin(name: string, path: Path): boolean {
  for (let each = path; each; each = each.around) if (each.name === name) return true
  return false
}
