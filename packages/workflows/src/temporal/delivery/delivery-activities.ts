import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { DeliveryState } from '../../delivery/delivery-list.ts'
import type { OpenDeliveries } from '../../delivery/open-deliveries.ts'
import type { DeliveryActivities } from '../workflow/deliver.ts'

/** How often an activity says that its process lives: by its silence another one takes over within seconds. */
const aliveEveryMs = 3_000

/**
 * What the workflows of deliveries do. Why a try did not work is in the database alone: what receivers answer may name people, and
 * none are named to Temporal.
 */
export function deliveryActivities({ deliveries, attempt, reports, leaseMs }: OpenDeliveries): DeliveryActivities {
  return {
    deliver: async (key) => {
      const delivery = await deliveries.take(key, leaseMs)
      if (!delivery) return becomeOf(await deliveries.stateOf(key))
      const context = Context.current()
      const alive = setInterval(() => context.heartbeat(), aliveEveryMs)
      const outcome = await attempt(delivery, context.cancellationSignal).finally(() => clearInterval(alive))
      if (typeof outcome === 'string') return outcome
      throw notDelivered(outcome.againInMs)
    },
    publishReports: async () => (await reports?.publish()) ?? [],
  }
}

const notDelivered = (nextRetryDelay: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'NotDelivered',
    message: 'not delivered yet; guichet deliveries tells why',
    nextRetryDelay,
  })

/** What an earlier try noted whose own answer was lost; one that waits again by now is tried in a second. */
function becomeOf(state: DeliveryState | undefined): 'delivered' | 'refused' | 'gone' {
  if (state === 'waiting') throw notDelivered(1_000)
  return state ?? 'gone'
}
