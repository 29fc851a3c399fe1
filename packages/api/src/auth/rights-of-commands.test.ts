import { describe, expect, it } from 'vitest'
import type { Senders } from '@guichet/domain'
import { chatSentBy, fileAggregate, incidentAggregate, sentBy } from '@guichet/domain'
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
/** The senders of each command, and the commands that only the engine sends, and no mutation, by category. */
const commands = {
  file: { senders: fileAggregate.sentBy, ofTheEngine: ['store', 'recordScan', 'release'] },
  chat: {
    senders: chatSentBy,
    ofTheEngine: [
      'fence',
      'offer',
      'withdrawOffer',
      'disconnect',
      'reconnect',
      'identify',
      'linkTicket',
      'declineTicket',
      'fire',
    ],
  },
  incident: { senders: incidentAggregate.sentBy, ofTheEngine: ['linkTicket', 'declineTicket', 'fire'] },
  ticket: {
    senders: sentBy,
    ofTheEngine: [
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
    ],
  },
} satisfies Readonly<Record<string, Commands>>

type Commands = { readonly senders: Readonly<Record<string, Senders>>; readonly ofTheEngine: readonly string[] }

/** The commands that operations send. Role alone decides on the others. */
const sent = Object.entries<Commands>(commands).flatMap(([category, { senders }]) =>
  Object.entries<Readonly<Record<string, string>>>(rights).flatMap(([operation, { [category]: command }]) =>
    command === undefined ? [] : [{ operation, category, command, senders: senders[command] }],
  ),
)

describe('the table of rights and the tables of senders', () => {
  it('have a row for every mutation', () => {
    const mutations = Object.keys(createSchema().getMutationType()?.getFields() ?? {})
    expect([...sent.map(({ operation }) => operation), ...byRoleAlone].sort()).toEqual(mutations.sort())
  })

  it.each(Object.entries<Commands>(commands))(
    'have a row for every command of a %s',
    (of, { senders, ofTheEngine }) => {
      const ofOperations = sent.flatMap(({ category, command }) => (category === of ? command : []))
      expect([...ofOperations, ...ofTheEngine].sort()).toEqual(Object.keys(senders).sort())
    },
  )

  it.each(sent)('agree on who may send $operation', ({ operation, senders }) => {
    for (const role of roles) {
      const { kind } = actorOf({ id: 'x', role })
      const access = rights[operation as Operation][role]
      if (access !== 'none') expect({ role, sends: senders?.[kind] }).toEqual({ role, sends: true })
    }
  })
})
