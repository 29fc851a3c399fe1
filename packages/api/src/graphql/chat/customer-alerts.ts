import type { Principal } from '../../auth/principal.ts'
import type { CustomerAlert } from '../../live-data/customer-alerts.ts'
import type { Services } from '../services.ts'
import { customerKnownAs } from './customer-known-as.ts'

type Context = { readonly services: Pick<Services, 'desk' | 'liveData'> }

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
