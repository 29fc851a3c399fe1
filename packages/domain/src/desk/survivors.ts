import type { Desk } from './port.ts'

const longestChain = 100

/** The customer, the one whom they were merged into, the one whom that one was merged into, and so on. */
export async function survivorsOf(desk: Pick<Desk, 'read'>, customerId: string): Promise<readonly string[]> {
  const ids = [customerId]
  for (let id = customerId; ids.length < longestChain; ids.push(id)) {
    const { state } = await desk.read('customer', id)
    if (state.status !== 'merged' || state.mergedInto === undefined || ids.includes(state.mergedInto)) break
    id = state.mergedInto
  }
  return ids
}

/** The customer who survives the merges of a customer: that one, unless it was merged. */
export const survivorOf = async (desk: Pick<Desk, 'read'>, customerId: string): Promise<string> =>
  (await survivorsOf(desk, customerId)).at(-1) ?? customerId

/** The customer, and all who were merged into them, over any number of merges. */
export async function mergedCustomersOf(desk: Pick<Desk, 'read'>, customerId: string): Promise<readonly string[]> {
  const ids = [customerId]
  for (const id of ids) {
    const { state } = await desk.read('customer', id)
    if (state.status === 'absent') continue
    for (const source of state.merged) {
      const { state: merged } = await desk.read('customer', source)
      if (merged.status === 'merged' && merged.mergedInto === id && !ids.includes(source)) ids.push(source)
    }
  }
  return ids
}

/** Whether somebody is a customer, or survives the merges of that customer: then the customer's chats are theirs too. */
export const isSurvivorOf = async (desk: Pick<Desk, 'read'>, id: string, customerId: string): Promise<boolean> =>
  id === customerId || (await survivorsOf(desk, customerId)).includes(id)
