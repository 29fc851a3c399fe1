import { relayUpdate } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/**
 * Tells the urgent ticket of an incident of each public update: its customer, to whom the update went out, has had news. One whose
 * ticket is still to be opened waits for that, as `openIncidentTickets` does.
 */
export const relayIncidentUpdates: Reaction = reaction({
  name: 'relay_incident_updates',
  on: ['IncidentUpdatePosted'],
  react: async (envelope, desk) => {
    const { settled } = await relayUpdate(desk, envelope)
    if (!settled) throw new UpdateNotRelayed(`the ticket of ${envelope.stream} cannot be told of an update now`)
  },
})

/** An update that the ticket of its incident could not be told of yet, which will be tried again. */
export class UpdateNotRelayed extends Error {
  override readonly name = 'UpdateNotRelayed'
}
