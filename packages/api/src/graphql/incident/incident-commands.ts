import type { IncidentCommandType } from '@guichet/domain'
import type { InputFieldMap } from '@pothos/core'
import type { Operation } from '../../auth/index.ts'
import type { InputBuilder } from '../command/command-input.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { People } from '../schema/people.ts'

/** Commands whose input is the domain's own, field by field. */
export type PlainIncidentCommand = Exclude<IncidentCommandType, 'declare' | 'linkTicket' | 'declineTicket' | 'fire'>

type Definition = {
  readonly operation: Operation
  readonly description: string
  fields(t: InputBuilder): InputFieldMap
}

/** Every command of an incident as an input: the fields are named as the domain names them, and checked there. */
export function incidentCommands(
  { personInput }: People,
  affectedInput: ReturnType<typeof affectedCustomerInput>,
): Readonly<Record<PlainIncidentCommand, Definition>> {
  const none = () => ({})
  return {
    acknowledge: {
      operation: 'acknowledgeIncident',
      description: 'Takes an incident on: nobody is paged any more.',
      fields: none,
    },
    addCustomers: {
      operation: 'addAffectedCustomers',
      description: 'Names more customers whom an incident affects.',
      fields: (t) => ({ customers: t.field({ type: [affectedInput], required: true }) }),
    },
    recordCallback: {
      operation: 'recordCallback',
      description: 'Notes that an expert has called back.',
      fields: (t) => ({ note: t.string() }),
    },
    openWarRoom: {
      operation: 'openWarRoom',
      description: 'Opens the war room, or moves it.',
      fields: (t) => ({ place: t.string({ required: true, description: 'A room, or an address of a call.' }) }),
    },
    dispatchTechnician: {
      operation: 'dispatchTechnician',
      description: 'Sends a technician to the site.',
      fields: (t) => ({ technician: t.field({ type: personInput, required: true }), site: t.string() }),
    },
    confirmOnSite: {
      operation: 'confirmOnSite',
      description: 'Notes that the technician is on site.',
      fields: none,
    },
    postUpdate: {
      operation: 'postIncidentUpdate',
      description: 'Tells the customers affected, and those who are briefed, how things stand.',
      fields: (t) => ({
        message: t.string({ required: true }),
        internal: t.boolean({ description: 'For the desk and those who are briefed alone; false unless given.' }),
      }),
    },
    resolve: {
      operation: 'resolveIncident',
      description: 'Ends an incident; the post-mortem is due.',
      fields: (t) => ({
        summary: t.string({ required: true, description: 'For the desk; customers are not told it.' }),
      }),
    },
    reopen: {
      operation: 'reopenIncident',
      description:
        'Takes the end of an incident back: what was owed is owed again from now on, and no post-mortem is due.',
      fields: (t) => ({ reason: t.string({ required: true, description: 'For the desk.' }) }),
    },
    writePostMortem: {
      operation: 'writePostMortem',
      description: 'Writes down what was learned, which closes the incident.',
      fields: (t) => ({ body: t.string({ required: true }) }),
    },
  }
}

/** `AffectedCustomerInput`. */
export const affectedCustomerInput = (builder: ApiBuilder) =>
  builder.inputType('AffectedCustomerInput', {
    fields: (t) => ({
      id: t.id({ required: true }),
      name: t.string(),
      firstName: t.string(),
      email: t.string(),
      language: t.string({ description: 'A language tag such as fr, that they are written to in.' }),
    }),
  })
