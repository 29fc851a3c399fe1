import type { TicketEvent } from '../ticket/events.ts'
import type { CloseReason } from '../ticket/vocabulary.ts'
import type { NotificationKind } from '../wording/wording.ts'

/** How pressing a notification is: the colour it is shown in (003, « Notification envoyée »). */
export type NotificationLevel = 'info' | 'success' | 'warning'

/**
 * Who is told of a moment: `followers` are the customer and the watchers, `assignee` the agent who has the ticket, the desk
 * everybody who works at it. Of an incident, `affected` are its customers, `on_call` who is paged or has taken it on, `technician` who is
 * wanted on site, and `briefed` whoever is told of every step; these are told of all that the others are.
 */
export type Audience =
  | 'followers'
  | 'assignee'
  | 'assignee_or_desk'
  | 'assignee_and_desk'
  | 'affected'
  | 'on_call'
  | 'technician'
  | 'briefed'

/** The level and the audience of each kind of notification. */
export const notificationKinds: Readonly<
  Record<NotificationKind, { readonly level: NotificationLevel; readonly audience: Audience }>
> = {
  reply: { level: 'info', audience: 'followers' },
  waiting: { level: 'warning', audience: 'followers' },
  chase: { level: 'warning', audience: 'followers' },
  resolved: { level: 'success', audience: 'followers' },
  closed: { level: 'info', audience: 'followers' },
  customer_replied: { level: 'info', audience: 'assignee_or_desk' },
  assigned: { level: 'info', audience: 'assignee' },
  escalated: { level: 'info', audience: 'assignee_and_desk' },
  stagnation: { level: 'warning', audience: 'assignee_or_desk' },
  update_overdue: { level: 'warning', audience: 'assignee_or_desk' },
  incident_declared: { level: 'warning', audience: 'briefed' },
  incident_paged: { level: 'warning', audience: 'on_call' },
  incident_acknowledged: { level: 'info', audience: 'briefed' },
  incident_update: { level: 'info', audience: 'affected' },
  incident_briefing: { level: 'info', audience: 'briefed' },
  incident_overdue: { level: 'warning', audience: 'on_call' },
  incident_callback: { level: 'info', audience: 'briefed' },
  incident_war_room: { level: 'warning', audience: 'on_call' },
  incident_technician: { level: 'warning', audience: 'technician' },
  incident_on_site: { level: 'info', audience: 'briefed' },
  incident_post_mortem: { level: 'info', audience: 'on_call' },
  incident_resolved: { level: 'success', audience: 'affected' },
  incident_reopened: { level: 'warning', audience: 'affected' },
  sla_warning: { level: 'warning', audience: 'assignee_or_desk' },
  sla_breached: { level: 'warning', audience: 'assignee_and_desk' },
}

const closedWithoutAWord: ReadonlySet<CloseReason> = new Set(['spam', 'merged'])

/**
 * What somebody is told when an event happens; undefined for what stays within the desk (003, « Quand les Notifications
 * sont Envoyées »). A reply that also changes the status is told once, by the change of status.
 */
export function momentOf(event: TicketEvent): NotificationKind | undefined {
  switch (event.type) {
    case 'AgentReplied':
      return event.then === undefined ? 'reply' : undefined
    case 'CustomerWaitStarted':
      return 'waiting'
    case 'ChaseSent':
      return 'chase'
    case 'TicketResolved':
      return 'resolved'
    case 'TicketClosed':
      return closedWithoutAWord.has(event.reason) ? undefined : 'closed'
    case 'CustomerReplied':
      return 'customer_replied'
    case 'TicketAssigned':
      return 'assigned'
    case 'TicketEscalated':
      return 'escalated'
    case 'StagnationDetected':
      return 'stagnation'
    case 'UpdateOverdue':
      return 'update_overdue'
    case 'TargetWarned':
      return 'sla_warning'
    case 'TargetBreached':
      return event.over || event.imported ? undefined : 'sla_breached'
    default:
      return undefined
  }
}
