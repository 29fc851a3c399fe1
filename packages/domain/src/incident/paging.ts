import type { Instant } from '../kernel/instant.ts'
import { later } from '../kernel/instant.ts'
import type { IncidentSettings } from './settings.ts'
import type { Page } from './state.ts'

/**
 * The page after another one, sent at an instant; the first one without another. The agents of the rota are paged one after
 * the other, then everybody at the desk, then the rota begins again: silence is never the end of it.
 */
export function nextPage({ rota, acknowledgeWithin }: IncidentSettings, last: Page | undefined, at: Instant): Page {
  const dueAt = later(at, acknowledgeWithin)
  const number = (last?.number ?? 0) + 1
  const places = rota.length + 1
  const agentId = rota[(number - 1) % places]?.id
  return { number, round: Math.floor((number - 1) / places) + 1, ...(agentId !== undefined && { agentId }), dueAt }
}
