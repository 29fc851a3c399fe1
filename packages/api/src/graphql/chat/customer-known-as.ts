import { mergedCustomersOf, survivingCustomer } from '@guichet/domain'
import type { LiveDataCustomer } from '../../live-data/live-data-source.ts'
import type { Services } from '../services.ts'

type Context = { readonly services: Pick<Services, 'desk'> }

/** The ids by which other systems may know a customer: those of the survivor of merges. */
export async function customerKnownAs(customerId: string, { services: { desk } }: Context): Promise<LiveDataCustomer> {
  const { id: survivor, state } = await survivingCustomer(desk, customerId)
  const merged = await mergedCustomersOf(desk, survivor)
  return {
    id: survivor,
    formerIds: merged.filter((each) => each !== survivor),
    externalIds:
      state.status === 'absent' ? [] : state.externalIds.map(({ system, id: external }) => ({ system, id: external })),
  }
}
