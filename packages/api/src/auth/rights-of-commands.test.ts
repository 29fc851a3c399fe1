import { describe, expect, it } from 'vitest'
import type { Senders } from '@guichet/domain'
import { aggregates } from '@guichet/domain'
import { createSchema } from '../graphql/schema.ts'
import type { Role } from './principal.ts'
import { actorOf, roles } from './principal.ts'
import type { Access, Operation } from './rights.ts'
import { rights } from './rights.ts'

/** Operations that send no command, several, or one that another operation sends. */
const withoutCommand: readonly Operation[] = [
  'sendLiveDataCard',
  'identifyCustomer',
  'createUpload',
  'restoreArticleRevision',
  'showArticleEditing',
  'showChatTyping',
  'sendChatCallSignal',
  'showPresence',
  'leaveChatMessage',
  'subscribeToPush',
  'unsubscribeFromPush',
  'runMacro',
  'sendArticle',
  'rateArticle',
  'viewArticle',
  'rateTranslation',
  'recordDeflection',
  'recordActivities',
]
/** Commands that agents and customers may send by their definition, and that only the engine sends, by category. */
const ofTheEngine: Readonly<Record<string, readonly string[]>> = {
  file: ['release'],
  customer: ['beginMerge', 'completeMerge', 'revertMerge', 'splitOff'],
  chat: ['offer', 'linkTicket', 'declineTicket'],
  incident: ['linkTicket', 'declineTicket'],
  ticket: ['absorb', 'completeAbsorption', 'revertAbsorption', 'declineMerge'],
}

type Defined = { readonly sentBy?: Readonly<Record<string, Senders>> }

const definitions: Readonly<Record<string, Defined>> = aggregates

type RowOfRights = Readonly<Record<Role, Access>> & { readonly sends?: Readonly<Record<string, string>> }

/** The commands that operations send. */
const sent = Object.entries<RowOfRights>(rights).flatMap(([operation, { sends = {} }]) =>
  Object.entries(sends).map(([category, command]) => ({
    operation,
    category,
    command,
    senders: definitions[category]?.sentBy?.[command],
  })),
)
const categories = new Set(sent.map(({ category }) => category))

describe('the table of rights and the tables of senders', () => {
  it('have a row for every mutation', () => {
    const mutations = Object.keys(createSchema().getMutationType()?.getFields() ?? {})
    expect([...sent.map(({ operation }) => operation), ...withoutCommand].sort()).toEqual(mutations.sort())
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
