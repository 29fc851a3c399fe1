import type { Desk, MergedCustomers, Position } from '@guichet/domain'
import { personIdsOf } from '@guichet/domain'
import { ReadModelBehind } from './read-model-behind.ts'

/** The read model of customers, for reactions. */
type CustomersReached = MergedCustomers & {
  /** Resolves when everything up to a position is shown; false when that takes too long. */
  reached(position: Position): Promise<boolean>
}

/**
 * Reads all ids of a person, as `personIdsOf`, with who was merged into them or claimed by them up to a position. Rejects
 * with `ReadModelBehind` where the read model takes too long to show it.
 */
export type ReadPersonIds = (
  desk: Pick<Desk, 'readRecent'>,
  customerId: string,
  position: Position,
) => Promise<readonly string[]>

/** Reads all ids of a person from the streams of customers and their read model. */
export const personIdsAt =
  (customers: CustomersReached): ReadPersonIds =>
  async (desk, customerId, position) => {
    if (!(await customers.reached(position))) throw new ReadModelBehind(position)
    return personIdsOf({ read: desk.readRecent }, customerId, customers)
  }
