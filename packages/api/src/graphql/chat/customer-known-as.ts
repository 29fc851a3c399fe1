import { mergedCustomersOf, survivingCustomer } from '@guichet/domain'
import type { Principal } from '../../auth/principal.ts'
import type { Services } from '../services.ts'
import type { CustomerAlert } from '../../live-data/customer-alerts.ts'
import type { LiveDataCustomer } from '../../live-data/live-data-source.ts'

type Context = { readonly services: Pick<Services, 'desk' | 'liveData'> }

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

/** The active alerts of a customer, merges followed; none where no source is configured. */
export async function alertsOf(customerId: string, context: Context): Promise<readonly CustomerAlert[]> {
  const { liveData } = context.services
  if (!liveData) return []
  const { id: survivor, formerIds } = await customerKnownAs(customerId, context)
  return liveData.alerts.of([survivor, ...formerIds])
}

/** How many alerts a customer has, and how many of them are critical; undefined where nobody pushes any. */
export async function alertCountsOf(
  viewer: Pick<Principal, 'role'>,
  customerId: string,
  context: Context,
): Promise<{ readonly active: number; readonly critical: number } | undefined> {
  if (!context.services.liveData || viewer.role === 'visitor') return undefined
  const alerts = await alertsOf(customerId, context)
  return { active: alerts.length, critical: alerts.filter(({ severity }) => severity === 'critical').length }
}
