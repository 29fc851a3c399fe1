import type { DomainEvent, Executed, Recipient, Refusal, RefusalCode, TicketEvent, TicketState } from '@guichet/domain'
import { isShownToCustomers, refusalMessages } from '@guichet/domain'
import { ticketModels, ticketRow } from '@guichet/projections'
import type { ApiBuilder } from './builder.ts'
import type { CommandResult } from './command.ts'
import { internally } from './context.ts'
import type { ApiContext } from './services.ts'
import type { TicketRef, TicketView } from './ticket.ts'
import { viewOf } from './ticket.ts'
import type { Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

/** The payloads of mutations, a type for each: the entity, where the command ended, and why it was refused if it was. */
export function addResultTypes(builder: ApiBuilder, ticket: TicketRef, words: Vocabulary) {
  const codes = Object.keys(refusalMessages) as RefusalCode[]
  const code = enumOf(builder, 'UserErrorCode', codes, { describe: (word) => sentence(refusalMessages[word]) })
  const userError = builder.objectRef<Pick<Refusal, 'code' | 'message' | 'field'>>('UserError').implement({
    description: 'Why the domain refused a command; docs/errors.md explains each code.',
    fields: (t) => ({
      code: t.expose('code', { type: code }),
      message: t.exposeString('message'),
      path: t.stringList({
        description:
          'Where the fault is in the arguments, such as ["input", "customer", "email"]; empty when it is in none.',
        resolve: ({ field }) =>
          field === undefined ? [] : ['input', ...field.split(/[.[\]]+/).filter((part) => part !== '')],
      }),
      field: t.exposeString('field', {
        nullable: true,
        description: 'The same below `input`, as one text: customer.email.',
      }),
    }),
  })

  const payload = builder.interfaceRef<CommandResult>('MutationPayload').implement({
    fields: (t) => ({
      position: t.string({
        nullable: true,
        description: 'Where the command’s last event stands in the order of all events; null when it stored none.',
        resolve: ({ executed }) => executed?.position,
      }),
      version: t.int({
        nullable: true,
        description: 'The version that the command left behind; null for customers.',
        resolve: ({ executed }, _, context) => internally(context, executed?.version),
      }),
      repeated: t.boolean({
        description: 'True when this very command had been carried out before: this is its first outcome.',
        resolve: ({ executed }) => executed?.repeated ?? false,
      }),
      readModelsReached: t.boolean({
        description:
          'Waits until what follows from the change shows it to everybody; false when that takes too long. What you ask yourself waits for your own changes anyway.',
        resolve: () => {
          throw new Error('each payload says which read models it waits for')
        },
      }),
      userErrors: t.expose('userErrors', { type: [userError] }),
    }),
  })

  const ticketPayload = (operation: string) =>
    builder.objectRef<CommandResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description:
            'Waits until lists and conversations show the change to everybody; false when that takes too long. What you ask yourself waits for your own changes anyway.',
          resolve: (_, __, { shows }) => shows(ticketModels),
        }),
        ticket: t.field({
          type: ticket,
          nullable: true,
          description: 'As the command left it.',
          resolve: ({ id, executed }, _, context) =>
            id === undefined || !executed ? null : writtenTicket(id, executed, context),
        }),
      }),
    })

  const recipient = builder.objectRef<Recipient>('Recipient').implement({
    description: 'How somebody wants to be told.',
    fields: (t) => ({
      preference: t.expose('preference', { type: words.preference }),
      language: t.exposeString('language', { nullable: true }),
    }),
  })

  const recipientPayload = (operation: string) =>
    builder.objectRef<CommandResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description: 'Waits until what follows is sent as chosen; false when that takes too long.',
          resolve: (_, __, { shows }) => shows(['inbox']),
        }),
        recipient: t.field({
          type: recipient,
          nullable: true,
          resolve: async ({ id }, _, { services }) =>
            id === undefined ? null : (await services.desk.read('recipient', id)).state,
        }),
      }),
    })

  return { payload, ticketPayload, recipientPayload, recipient }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** The name of the type that a mutation answers with. */
export const payloadOf = (operation: string): string =>
  `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Payload`

export type ResultTypes = ReturnType<typeof addResultTypes>

/**
 * The ticket that a command has left behind, without asking for it where the command tells all there is to show. A
 * repeat, and a command without an event for customers, is answered with the ticket as it is.
 */
async function writtenTicket(
  ticketId: string,
  executed: Executed<DomainEvent>,
  { loaders, shows }: ApiContext,
): Promise<TicketView | null | undefined> {
  const { version, events, state } = executed as Executed<TicketEvent, TicketState>
  const shown = events.findLast((event) => isShownToCustomers({ event }))
  if (shown && state && state.status !== 'absent') {
    return { ...ticketRow(ticketId, version, state, shown.at), written: true }
  }
  return (await shows(ticketModels))
    ? loaders.ticket.load(ticketId)
    : viewOf(ticketId, await loaders.history.load(ticketId))
}
