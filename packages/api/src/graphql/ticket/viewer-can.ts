import type { TicketCommandType } from '@guichet/domain'
import { accepts, takenWhenMerged } from '@guichet/domain'
import type { Operation, Principal } from '../../auth/index.ts'
import { accessTo } from '../../auth/index.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { TicketRef } from './ticket-type.ts'
import type { TicketView } from './ticket-view.ts'

/** Which operation carries out each command of a ticket; null for those that only the engine itself sends. */
export const operationOf = {
  open: 'openTicket',
  start: 'startTicket',
  agentReply: 'agentReply',
  customerReply: 'customerReply',
  addNote: 'addNote',
  waitForCustomer: 'waitForCustomer',
  resolve: 'resolveTicket',
  confirm: 'confirmTicket',
  close: 'closeTicket',
  reopen: 'reopenTicket',
  markSpam: 'markSpam',
  changePriority: 'changePriority',
  assign: 'assignTicket',
  unassign: 'unassignTicket',
  tag: 'tagTicket',
  untag: 'untagTicket',
  rename: 'renameTicket',
  categorize: 'categorizeTicket',
  classify: null,
  attach: 'attachToTicket',
  addWatcher: 'addWatcher',
  removeWatcher: 'removeWatcher',
  absorb: null,
  completeAbsorption: null,
  revertAbsorption: null,
  mergeInto: 'mergeTickets',
  declineMerge: null,
  split: 'splitTicket',
  link: 'linkTickets',
  unlink: 'unlinkTickets',
  escalate: 'escalateTicket',
  deescalate: 'deescalateTicket',
  handOverToProduct: 'handOverToProduct',
  changePlan: 'changePlan',
  pauseClocks: 'pauseClocks',
  resumeClocks: 'resumeClocks',
  fire: null,
  route: null,
  confirmRouting: null,
  declineRouting: null,
  queue: null,
  handOver: null,
  relayUpdate: null,
  withdrawImport: null,
} as const satisfies Readonly<Record<TicketCommandType, Operation | null>>

/** Whether a viewer's command would be taken by a ticket as it stands: the rights table, then the lifecycle table. */
export function viewerCan(principal: Principal | undefined, ticket: TicketView, command: TicketCommandType): boolean {
  const operation = operationOf[command]
  if (operation === null || !principal) return false
  const access = accessTo(operation, principal)
  if (access === 'none' || (access === 'own' && ticket.customer.id !== principal.id)) return false
  if (ticket.mergedInto !== undefined && !takenWhenMerged.has(command)) return false
  return accepts(ticket.status, command)
}

/** `viewerCan…`, one field for every command that can be sent to a ticket. */
export function addViewerCan(builder: ApiBuilder, ticket: TicketRef): void {
  const commands = Object.entries(operationOf).filter(([command, operation]) => operation && command !== 'open')
  builder.objectFields(ticket, (t) =>
    Object.fromEntries(
      commands.map(([command, operation]) => [
        `viewerCan${capitalized(command)}`,
        t.boolean({
          nullable: true,
          description: `Whether \`${operation}\` would be taken from you now; null for a ticket as it was.`,
          resolve: (view, _, { principal }) =>
            view.asOf === undefined ? viewerCan(principal, view, command as TicketCommandType) : undefined,
        }),
      ]),
    ),
  )
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
