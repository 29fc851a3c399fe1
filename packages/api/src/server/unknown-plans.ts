import { LruCache } from '@guichet/domain'
import type { FastifyBaseLogger } from 'fastify'

/** Of the plans that tokens claim and the desk does not have, how many are remembered as told. */
const remembered = 1_000

/** Writes each plan down once that a token claims and the desk does not have: no SLA policy is chosen by it. */
export function tellUnknownPlans(log: Pick<FastifyBaseLogger, 'warn'>): (plan: string) => void {
  const told = new LruCache<string, true>({ maxEntries: remembered })
  return (plan) => {
    if (told.has(plan)) return
    told.set(plan, true)
    log.warn({ plan }, 'a token claims a plan that the configuration does not name')
  }
}
