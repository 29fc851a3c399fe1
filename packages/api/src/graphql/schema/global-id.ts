import { decodeGlobalID } from '@pothos/plugin-relay'

type NodeName = { readonly typename: string; readonly id: string }

const nodeType = 'Ticket'
/** No ticket has an empty id. */
const noNode: NodeName = { typename: nodeType, id: '' }

/** Reads the id of a node; one that was not made here names no node, and is answered with null as an unknown one is. */
export function readGlobalId(globalId: string): NodeName {
  try {
    const name = decodeGlobalID(globalId)
    return name.typename === nodeType ? name : noNode
  } catch {
    return noNode
  }
}
