import { accept } from '../kernel/result.ts'
import { incidentDeadlines } from './deadlines.ts'
import { isOwed, overdue } from './misses.ts'
import { nextPage } from './paging.ts'
import type { IncidentRules } from './rule.ts'
import { incidentEvent } from './rule.ts'

/** A deadline takes effect only if this very one still stands and has been reached: a timer that is stale, doubled or early yields nothing. */
export const decideDeadline: IncidentRules<'fire'> = {
  fire: (command, incident) => {
    const due = incidentDeadlines(incident).find(
      ({ kind, cycle, dueAt }) => kind === command.kind && cycle === command.cycle && dueAt === command.dueAt,
    )
    if (!due || due.dueAt > command.at) return accept([])
    if (isOwed(due)) return accept([overdue(due, command, incident)])
    const { page, settings } = incident
    const { number: next, ...sent } = nextPage(settings, page, command.at)
    const timedOut = {
      page: due.cycle,
      dueAt: due.dueAt,
      ...(page?.agentId !== undefined && { agentId: page.agentId }),
    }
    return accept([
      incidentEvent('PageTimedOut', command, timedOut),
      incidentEvent('OnCallPaged', command, { page: next, ...sent }),
    ])
  },
}
