import { describe, expect, it } from 'vitest'
import type { IncidentCommandType, Senders, TicketCommandType } from '@guichet/domain'
import { incidentSentBy, sentBy } from '@guichet/domain'
import { createSchema } from '../graphql/schema.ts'
import { actorOf, roles } from './principal.ts'
import type { Operation } from './rights.ts'
import { rights } from './rights.ts'

const byRoleAlone: readonly Operation[] = [
  'registerAgent',
  'changeAgent',
  'retireAgent',
  'setAvailability',
  'changePreference',
  'chooseLanguage',
  'applyConfiguration',
]
/** The commands that only the engine sends, and no mutation. */
const engineOnTickets: readonly TicketCommandType[] = [
  'relayUpdate',
  'withdrawImport',
  'classify',
  'absorb',
  'completeAbsorption',
  'revertAbsorption',
  'declineMerge',
  'fire',
  'route',
  'confirmRouting',
  'declineRouting',
  'queue',
  'handOver',
]
const engineOnIncidents: readonly IncidentCommandType[] = ['linkTicket', 'declineTicket', 'fire']

type Sent = {
  readonly operation: string
  readonly of: 'ticket' | 'incident'
  readonly command: string
  readonly senders: Senders
}

/** The commands that operations send to tickets and incidents. Role alone decides on the others. */
const sent = Object.entries(rights).flatMap(([operation, row]): readonly Sent[] => {
  if ('ticket' in row) return [{ operation, of: 'ticket', command: row.ticket, senders: sentBy[row.ticket] }]
  if (!('incident' in row)) return []
  return [{ operation, of: 'incident', command: row.incident, senders: incidentSentBy[row.incident] }]
})
const sentTo = (of: Sent['of']): readonly string[] => sent.flatMap((each) => (each.of === of ? each.command : []))

describe('the table of rights and the tables of senders', () => {
  it('have a row for every mutation and every command', () => {
    const mutations = Object.keys(createSchema().getMutationType()?.getFields() ?? {})
    expect([...sent.map(({ operation }) => operation), ...byRoleAlone].sort()).toEqual(mutations.sort())
    expect([...sentTo('ticket'), ...engineOnTickets].sort()).toEqual(Object.keys(sentBy).sort())
    expect([...sentTo('incident'), ...engineOnIncidents].sort()).toEqual(Object.keys(incidentSentBy).sort())
  })

  it.each(sent)('agree on who may send $operation', ({ operation, senders }) => {
    for (const role of roles) {
      const { kind } = actorOf({ id: 'x', role })
      const access = rights[operation as Operation][role]
      if (access !== 'none') expect({ role, sends: senders[kind] }).toEqual({ role, sends: true })
    }
  })
})
