import type { Actor } from '../kernel/actor.ts'
import type { TicketCommandType } from './commands.ts'

type Senders = Readonly<Record<Actor['kind'], boolean>>

const anyone: Senders = { customer: true, agent: true, system: true }
const desk: Senders = { customer: false, agent: true, system: true }
const customerOrSystem: Senders = { customer: true, agent: false, system: true }
const system: Senders = { customer: false, agent: false, system: true }

/**
 * What only the desk may say of a ticket, where a command says it: another ticket's wait, and a category that the desk does not
 * have. Undefined for every other command.
 */
export const deskFactIn = (command: object): string | undefined =>
  ['splitFrom', 'anyCategory'].find((field) => Object.hasOwn(command, field))

/**
 * Who may send which command. `system` is whatever acts for others or for the desk itself: a clock, an import, a channel that
 * brings in what customers have written elsewhere. A missing cell does not compile.
 */
export const sentBy: Readonly<Record<TicketCommandType, Senders>> = {
  open: anyone,
  start: desk,
  agentReply: desk,
  customerReply: customerOrSystem,
  relayUpdate: system,
  addNote: desk,
  waitForCustomer: desk,
  resolve: desk,
  confirm: customerOrSystem,
  close: desk,
  reopen: desk,
  markSpam: desk,
  changePriority: desk,
  assign: desk,
  unassign: desk,
  tag: desk,
  untag: desk,
  rename: desk,
  categorize: desk,
  classify: system,
  attach: anyone,
  addWatcher: desk,
  removeWatcher: desk,
  absorb: desk,
  completeAbsorption: desk,
  revertAbsorption: desk,
  mergeInto: desk,
  declineMerge: desk,
  split: desk,
  link: desk,
  unlink: desk,
  escalate: desk,
  deescalate: desk,
  handOverToProduct: desk,
  changePlan: desk,
  pauseClocks: desk,
  resumeClocks: desk,
  withdrawImport: system,
  fire: system,
  route: system,
  confirmRouting: system,
  declineRouting: system,
  queue: system,
  handOver: system,
}
