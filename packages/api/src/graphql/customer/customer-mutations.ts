import { z } from 'zod'
import { accept, customerAggregate, deny, organisationAggregate, refusal } from '@guichet/domain'
import type { CustomerCommandInput, Result } from '@guichet/domain'
import { normalDomain, normalEmail, normalPhone } from '@guichet/desk/contacts'
import { operationOf } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { commandFields, derivedId, refused, send, senderOf, toCommandResult } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addCustomerType } from './customer.ts'
import { addIdentityInput, identityOf } from './customer-identity.ts'
import { addOrganisationType } from './organisation.ts'
import { addCommandMutations, addMutation } from '../mutation.ts'
import type { ApiContext } from '../services.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

const reachedDescription = 'Waits until lists and searches show the change to everybody; false if that takes too long.'

/** The mutations of customers. Addresses and numbers are brought into their normal form here. */
export function addCustomerMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { entityPayload } = use(addResultTypes)
  const customer = use(addCustomerType)
  const organisation = use(addOrganisationType)
  const identityInput = use(addIdentityInput)
  const customerPayload = entityPayload('customer', customer, {
    models: ['customers'],
    reached: reachedDescription,
    description: 'The customer after the command.',
    read: async (id, { services }) => {
      const { version, state } = await services.desk.read('customer', id)
      return state.status === 'absent' ? undefined : { id, version, customer: state }
    },
  })
  const { mergeInto: _mergeInto, ...operations } = operationOf.customer
  addCommandMutations(builder, inputs, {
    category: 'customer',
    definitions: customerAggregate,
    payload: customerPayload,
    operations,
    id: 'The id of the customer.',
    parts: { change: 'changes' },
    resolve: async (command, sent, context) => {
      if (command.type === 'splitBack') {
        const outcome = await context.services.desk.splitCustomer(sent.id, senderOf(context, sent))
        return toCommandResult(outcome, context, 'customer')
      }
      const normal = await normalised(command, sent.id, context)
      return normal.ok ? send(context, 'customer', sent.id, normal.value, sent) : refused(normal.refusal)
    },
  })
  addMutation(builder, inputs, 'identifyCustomer', {
    description:
      'Returns the customer whom an identity leads to, merges followed, or registers one with it, as verified. For channels that know it to be the customer’s own. First contacts at the same time get the same customer.',
    payload: customerPayload,
    schema: z.strictObject({}),
    fields: (t) => ({
      identity: t.field({ type: identityInput, required: true, description: 'What identifies the customer.' }),
      customerId: t.id({
        description:
          'The id of a customer who is new, derived from the command id unless given. A customer who has it already gets the identity.',
      }),
      commandId: commandFields(t, 'the customer').commandId,
    }),
    resolve: (_, identification, context) => identified(identification, context),
  })
  addMutation(builder, inputs, 'mergeCustomers', {
    description: `${customerAggregate.descriptions.mergeInto} Returns the one who survives.`,
    payload: customerPayload,
    schema: customerAggregate.schemas.mergeInto.omit({ target: true }),
    fields: (t) => ({
      customerId: t.id({ required: true, description: 'The customer who is merged.' }),
      intoCustomerId: t.id({ required: true, description: 'The customer who survives.' }),
      ...commandFields(t, 'the customer who is merged'),
    }),
    resolve: async (_, { customerId, intoCustomerId, ...input }, context) => {
      const sender = senderOf(context, input)
      const outcome = await context.services.desk.mergeCustomers(customerId, intoCustomerId, sender)
      return toCommandResult(outcome, context, 'customer')
    },
  })

  const organisationPayload = entityPayload('organisation', organisation, {
    models: ['customers'],
    reached: reachedDescription,
    description: 'The organisation after the command.',
    read: async (id, { services }) => {
      const { version, state } = await services.desk.read('organisation', id)
      return state.status === 'absent' ? undefined : { id, version, organisation: state }
    },
  })
  addCommandMutations(builder, inputs, {
    category: 'organisation',
    definitions: organisationAggregate,
    payload: organisationPayload,
    operations: operationOf.organisation,
    id: 'The id of the organisation; of a new one, an id of your choice.',
    parts: { change: 'changes' },
    resolve: (command, { id, ...input }, context) => {
      const isOfDomain = command.type === 'addDomain' || command.type === 'removeDomain'
      const normal = isOfDomain ? { ...command, domain: normalDomain(command.domain) ?? command.domain } : command
      return send(context, 'organisation', id, normal, input)
    },
  })
}

type Identification = {
  readonly identity: Parameters<typeof identityOf>[0]
  readonly customerId?: string | null | undefined
  readonly commandId: string
}

async function identified(
  { identity, customerId, commandId }: Identification,
  context: ApiContext,
): Promise<CommandResult> {
  const by = identityOf(identity)
  if (!by.ok) return refused(by.refusal)
  const newId = customerId ?? derivedId(viewerOf(context), commandId)
  const outcome = await context.services.desk.identifyCustomer(by.value, newId, senderOf(context, { commandId }))
  if (!outcome.ok) return toCommandResult(outcome, context, 'customer')
  const { registered } = outcome.value
  const stored = registered && toCommandResult(accept(registered), context, 'customer')
  return { id: outcome.value.customerId, executed: stored?.executed, userErrors: [] }
}

/** A command with its addresses and numbers in their normal form; a number without a country code is of the customer's. */
async function normalised(
  command: CustomerCommandInput,
  customerId: string,
  { services }: ApiContext,
): Promise<Result<CustomerCommandInput>> {
  switch (command.type) {
    case 'addEmail':
    case 'removeEmail': {
      const address = normalEmail(command.address)
      return address === undefined ? invalid('email_invalid', 'address') : accept({ ...command, address })
    }
    case 'addPhone':
    case 'removePhone': {
      const { state } = await services.desk.read('customer', customerId)
      const number = normalPhone(command.number, state.status === 'absent' ? undefined : state.details.country)
      return number === undefined ? invalid('phone_invalid', 'number') : accept({ ...command, number })
    }
    case 'register':
      return normalisedRegistration(command)
    default:
      return accept(command)
  }
}

const invalid = (code: 'email_invalid' | 'phone_invalid', field: string): Result<never> =>
  deny(refusal(code, { field }))

function normalisedRegistration(
  command: Extract<CustomerCommandInput, { type: 'register' }>,
): Result<CustomerCommandInput> {
  const emails = (command.emails ?? []).map((each) => ({ ...each, address: normalEmail(each.address) ?? '' }))
  const phones = (command.phones ?? []).map((each) => ({
    ...each,
    number: normalPhone(each.number, command.country) ?? '',
  }))
  const email = emails.findIndex(({ address }) => address === '')
  if (email >= 0) return invalid('email_invalid', `emails.${email}.address`)
  const phone = phones.findIndex(({ number }) => number === '')
  return phone >= 0 ? invalid('phone_invalid', `phones.${phone}.number`) : accept({ ...command, emails, phones })
}
