import { describe, expect, it } from 'vitest'
import type { IncidentCommandType, TicketCommandType } from '@guichet/domain'
import { incidentSentBy, sentBy } from '@guichet/domain'
import { createSchema } from '../graphql/schema.ts'
import { actorOf, roles } from './principal.ts'
import type { Operation } from './rights.ts'
import { rights } from './rights.ts'

/** The commands that mutations send to tickets and incidents; the others are decided on by role alone. */
const ticketCommands: Readonly<Partial<Record<Operation, TicketCommandType>>> = {
  openTicket: 'open',
  startTicket: 'start',
  agentReply: 'agentReply',
  customerReply: 'customerReply',
  addNote: 'addNote',
  waitForCustomer: 'waitForCustomer',
  resolveTicket: 'resolve',
  confirmTicket: 'confirm',
  closeTicket: 'close',
  reopenTicket: 'reopen',
  markSpam: 'markSpam',
  changePriority: 'changePriority',
  assignTicket: 'assign',
  unassignTicket: 'unassign',
  tagTicket: 'tag',
  untagTicket: 'untag',
  renameTicket: 'rename',
  categorizeTicket: 'categorize',
  attachToTicket: 'attach',
  addWatcher: 'addWatcher',
  removeWatcher: 'removeWatcher',
  mergeTickets: 'absorb',
  splitTicket: 'split',
  linkTickets: 'link',
  unlinkTickets: 'unlink',
  escalateTicket: 'escalate',
  deescalateTicket: 'deescalate',
  handOverToProduct: 'handOverToProduct',
  changePlan: 'changePlan',
  pauseClocks: 'pauseClocks',
  resumeClocks: 'resumeClocks',
}
const incidentCommands: Readonly<Partial<Record<Operation, IncidentCommandType>>> = {
  declareIncident: 'declare',
  acknowledgeIncident: 'acknowledge',
  addAffectedCustomers: 'addCustomers',
  recordCallback: 'recordCallback',
  openWarRoom: 'openWarRoom',
  dispatchTechnician: 'dispatchTechnician',
  confirmOnSite: 'confirmOnSite',
  postIncidentUpdate: 'postUpdate',
  resolveIncident: 'resolve',
  reopenIncident: 'reopen',
  writePostMortem: 'writePostMortem',
}
const byRoleAlone: readonly Operation[] = [
  'registerAgent',
  'changeAgent',
  'retireAgent',
  'setAvailability',
  'changePreference',
  'chooseLanguage',
  'applyConfiguration',
]
/** What the engine alone sends: no mutation does. */
const engineOnTickets: readonly TicketCommandType[] = [
  'relayUpdate',
  'withdrawImport',
  'classify',
  'completeAbsorption',
  'revertAbsorption',
  'mergeInto',
  'declineMerge',
  'fire',
  'route',
  'confirmRouting',
  'declineRouting',
  'queue',
  'handOver',
]
const engineOnIncidents: readonly IncidentCommandType[] = ['linkTicket', 'declineTicket', 'fire']

const commands = [
  ...Object.entries(ticketCommands).map(([operation, type]) => ({ operation, senders: sentBy[type] })),
  ...Object.entries(incidentCommands).map(([operation, type]) => ({ operation, senders: incidentSentBy[type] })),
]

describe('the table of rights and the tables of senders', () => {
  it('have a row for every mutation and every command', () => {
    const mutations = Object.keys(createSchema().getMutationType()?.getFields() ?? {})
    expect([...commands.map(({ operation }) => operation), ...byRoleAlone].sort()).toEqual(mutations.sort())
    expect([...Object.values(ticketCommands), ...engineOnTickets].sort()).toEqual(Object.keys(sentBy).sort())
    expect([...Object.values(incidentCommands), ...engineOnIncidents].sort()).toEqual(
      Object.keys(incidentSentBy).sort(),
    )
  })

  it.each(commands)('agree on who may send $operation', ({ operation, senders }) => {
    for (const role of roles) {
      const { kind } = actorOf({ id: 'x', role })
      const access = rights[operation as Operation][role]
      if (access !== 'none') expect({ role, sends: senders[kind] }).toEqual({ role, sends: true })
    }
  })
})
