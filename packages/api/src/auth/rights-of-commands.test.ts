import { describe, expect, it } from 'vitest'
import type { Senders } from '@guichet/domain'
import { aggregates } from '@guichet/domain'
import { createSchema } from '../graphql/schema.ts'
import { actorOf, roles } from './principal.ts'
import type { Operation } from './rights.ts'
import { rights } from './rights.ts'

const byRoleAlone: readonly Operation[] = [
  'sendLiveDataCard',
  'registerAgent',
  'changeAgent',
  'retireAgent',
  'setAvailability',
  'registerCustomer',
  'identifyCustomer',
  'changeCustomer',
  'addCustomerEmail',
  'removeCustomerEmail',
  'addCustomerPhone',
  'removeCustomerPhone',
  'addCustomerExternalId',
  'removeCustomerExternalId',
  'addCustomerNote',
  'blockCustomer',
  'unblockCustomer',
  'mergeCustomers',
  'splitCustomer',
  'registerOrganisation',
  'changeOrganisation',
  'addOrganisationDomain',
  'removeOrganisationDomain',
  'addOrganisationManager',
  'removeOrganisationManager',
  'changePreference',
  'chooseLanguage',
  'applyConfiguration',
  'createUpload',
  'uploadFile',
  'showChatTyping',
  'sendChatCallSignal',
  'showPresence',
  'leaveChatMessage',
  'subscribeToPush',
  'unsubscribeFromPush',
  'saveCannedReply',
  'removeCannedReply',
  'saveMacro',
  'removeMacro',
  'runMacro',
]
/** Commands that agents and customers may send by their definition, and that only the engine sends, by category. */
const ofTheEngine: Readonly<Record<string, readonly string[]>> = {
  file: ['store', 'release'],
  chat: ['offer', 'linkTicket', 'declineTicket'],
  incident: ['linkTicket', 'declineTicket'],
  ticket: ['absorb', 'completeAbsorption', 'revertAbsorption', 'declineMerge'],
}

type Defined = { readonly sentBy?: Readonly<Record<string, Senders>> }

const definitions: Readonly<Record<string, Defined>> = aggregates

/** The commands that operations send, of every category but those that are named like a role. Role alone decides on others. */
const sent = Object.entries(definitions).flatMap(([category, { sentBy = {} }]) =>
  roles.some((role) => role === category)
    ? []
    : Object.entries<Readonly<Record<string, string>>>(rights).flatMap(([operation, { [category]: command }]) =>
        command === undefined ? [] : [{ operation, category, command, senders: sentBy[command] }],
      ),
)
const categories = new Set(sent.map(({ category }) => category))

describe('the table of rights and the tables of senders', () => {
  it('have a row for every mutation', () => {
    const mutations = Object.keys(createSchema().getMutationType()?.getFields() ?? {})
    expect([...sent.map(({ operation }) => operation), ...byRoleAlone].sort()).toEqual(mutations.sort())
  })

  it.each([...categories])('have a row for every command of a %s that not only the system may send', (of) => {
    const { sentBy = {} } = definitions[of] ?? {}
    const commands = Object.entries(sentBy).flatMap(([command, { customer, agent }]) =>
      customer || agent ? [command] : [],
    )
    const named = sent.flatMap(({ category, command }) => (category === of ? [command] : []))
    expect([...named, ...(ofTheEngine[of] ?? [])].sort()).toEqual(commands.sort())
  })

  it.each(sent)('agree on who may send $operation', ({ operation, senders }) => {
    for (const role of roles) {
      const { kind } = actorOf({ id: 'x', role })
      const access = rights[operation as Operation][role]
      if (access !== 'none') expect({ role, sends: senders?.[kind] }).toEqual({ role, sends: true })
    }
  })
})
