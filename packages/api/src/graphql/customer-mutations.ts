import { z } from 'zod'
import {
  accept,
  customerCommandDescriptions,
  customerCommandSchemas,
  deny,
  fieldValues,
  organisationCommandDescriptions,
  organisationCommandSchemas,
  refusal,
} from '@guichet/domain'
import type { CustomerCommandInput, Result, StreamCategories } from '@guichet/domain'
import { normalDomain, normalEmail, normalPhone } from '@guichet/desk/contacts'
import type { ApiBuilder } from './builder.ts'
import type { CommandResult } from './command.ts'
import { commandFields, derivedId, refused, send, senderOf, toCommandResult } from './command.ts'
import { viewerOf } from './context.ts'
import type { CustomerTypes } from './customer.ts'
import { identityOf } from './customer.ts'
import type { InputBuilder, Inputs } from './inputs.ts'
import type { ResultTypes } from './result-types.ts'
import type { ApiContext } from './services.ts'

const shown = 'Waits until lists and searches show the change to everybody; false if that takes too long.'

/** The mutations of customers. Addresses and numbers are brought into their normal form here. */
export function addCustomerMutations(
  builder: ApiBuilder,
  inputs: Inputs,
  { entityPayload }: ResultTypes,
  { customer, organisation, identityInput }: CustomerTypes,
): void {
  inputs.pairs('OwnFieldInput', fieldValues, 'name', 'value')
  const customerPayload = entityPayload('customer', customer, {
    models: ['customers'],
    reached: shown,
    description: 'The customer after the command.',
    read: async (id, { services }) => {
      const { version, state } = await services.desk.read('customer', id)
      return state.status === 'absent' ? undefined : { id, version, customer: state }
    },
  })
  const ofCustomer = (t: InputBuilder) => ({
    customerId: t.id({ required: true, description: 'The id of the customer.' }),
    ...commandFields(t, 'the customer'),
  })

  const changes = inputs.of('changeCustomer', customerCommandSchemas.change.shape.changes, ofCustomer)
  builder.mutationField('changeCustomer', (t) =>
    t.field({
      type: customerPayload('changeCustomer'),
      description: customerCommandDescriptions.change,
      args: { input: t.arg({ type: changes.type, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'customer', input.customerId, { type: 'change', changes: changes.read(input) }, input),
    }),
  )

  for (const [operation, type] of plain) {
    const schema: z.ZodObject = customerCommandSchemas[type]
    const input = inputs.of(operation, schema, ofCustomer)
    builder.mutationField(operation, (t) =>
      t.field({
        type: customerPayload(operation),
        description: customerCommandDescriptions[type],
        args: { input: t.arg({ type: input.type, required: true }) },
        resolve: async (_, args, context) => {
          const { customerId } = args.input
          const command = await normalised(input.read(args.input) as CustomerCommandInput, customerId, context)
          if (!command.ok) return refused(command.refusal)
          return send(context, 'customer', customerId, command.value, args.input)
        },
      }),
    )
  }

  const identify = inputs.of('identifyCustomer', z.strictObject({}), (t) => ({
    identity: t.field({ type: identityInput, required: true, description: 'What identifies the customer.' }),
    customerId: t.id({
      description:
        'The id of a customer who is new, derived from the command id unless given. A customer who has it already gets the identity.',
    }),
    commandId: commandFields(t, 'the customer').commandId,
  }))
  builder.mutationField('identifyCustomer', (t) =>
    t.field({
      type: customerPayload('identifyCustomer'),
      description:
        'Returns the customer whom an identity leads to, merges followed, or registers one with it, as verified. For channels that know it to be the customer’s own. First contacts at the same time get the same customer.',
      args: { input: t.arg({ type: identify.type, required: true }) },
      resolve: async (_, { input }, context) => identified(input, context),
    }),
  )

  const merge = inputs.of('mergeCustomers', customerCommandSchemas.mergeInto.omit({ target: true }), (t) => ({
    customerId: t.id({ required: true, description: 'The customer who is merged.' }),
    intoCustomerId: t.id({ required: true, description: 'The customer who survives.' }),
    ...commandFields(t, 'the customer who is merged'),
  }))
  const split = inputs.of('splitCustomer', customerCommandSchemas.splitBack, ofCustomer)
  builder.mutationFields((t) => ({
    mergeCustomers: t.field({
      type: customerPayload('mergeCustomers'),
      description: `${customerCommandDescriptions.mergeInto} Returns the one who survives.`,
      args: { input: t.arg({ type: merge.type, required: true }) },
      resolve: async (_, { input }, context) => {
        const { customerId, intoCustomerId } = input
        const sender = senderOf(context, input)
        const outcome = await context.services.desk.mergeCustomers(customerId, intoCustomerId, sender)
        return toCommandResult(outcome, context, 'customer')
      },
    }),
    splitCustomer: t.field({
      type: customerPayload('splitCustomer'),
      description: customerCommandDescriptions.splitBack,
      args: { input: t.arg({ type: split.type, required: true }) },
      resolve: async (_, { input }, context) => {
        const outcome = await context.services.desk.splitCustomer(input.customerId, senderOf(context, input))
        return toCommandResult(outcome, context, 'customer')
      },
    }),
  }))

  const organisationPayload = entityPayload('organisation', organisation, {
    models: ['customers'],
    reached: shown,
    description: 'The organisation after the command.',
    read: async (id, { services }) => {
      const { version, state } = await services.desk.read('organisation', id)
      return state.status === 'absent' ? undefined : { id, version, organisation: state }
    },
  })
  const ofOrganisation = (t: InputBuilder) => ({
    organisationId: t.id({
      required: true,
      description: 'The id of the organisation; of a new one, an id of your choice.',
    }),
    ...commandFields(t, 'the organisation'),
  })
  const registration = inputs.of('registerOrganisation', organisationCommandSchemas.register, ofOrganisation)
  const change = inputs.of('changeOrganisation', organisationCommandSchemas.change.shape.changes, ofOrganisation)
  builder.mutationFields((t) => ({
    registerOrganisation: t.field({
      type: organisationPayload('registerOrganisation'),
      description: organisationCommandDescriptions.register,
      args: { input: t.arg({ type: registration.type, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'organisation', input.organisationId, registration.read(input), input),
    }),
    changeOrganisation: t.field({
      type: organisationPayload('changeOrganisation'),
      description: organisationCommandDescriptions.change,
      args: { input: t.arg({ type: change.type, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'organisation', input.organisationId, { type: 'change', changes: change.read(input) }, input),
    }),
  }))
  for (const [operation, type] of ofOrganisationParts) {
    const schema: z.ZodObject = organisationCommandSchemas[type]
    const input = inputs.of(operation, schema, ofOrganisation)
    builder.mutationField(operation, (t) =>
      t.field({
        type: organisationPayload(operation),
        description: organisationCommandDescriptions[type],
        args: { input: t.arg({ type: input.type, required: true }) },
        resolve: (_, args, context) => {
          const given = input.read(args.input) as OrganisationPart
          const command = 'domain' in given ? { ...given, domain: normalDomain(given.domain) ?? given.domain } : given
          return send(context, 'organisation', args.input.organisationId, command, args.input)
        },
      }),
    )
  }
}

type OrganisationPart = StreamCategories['organisation']['command'] & {
  readonly type: (typeof ofOrganisationParts)[number][1]
}

/** The mutations of an organisation's domains and managers. */
const ofOrganisationParts = [
  ['addOrganisationDomain', 'addDomain'],
  ['removeOrganisationDomain', 'removeDomain'],
  ['addOrganisationManager', 'addManager'],
  ['removeOrganisationManager', 'removeManager'],
] as const

/** The mutations whose inputs have the fields of their commands. */
const plain = [
  ['registerCustomer', 'register'],
  ['addCustomerEmail', 'addEmail'],
  ['removeCustomerEmail', 'removeEmail'],
  ['addCustomerPhone', 'addPhone'],
  ['removeCustomerPhone', 'removePhone'],
  ['addCustomerExternalId', 'addExternalId'],
  ['removeCustomerExternalId', 'removeExternalId'],
  ['addCustomerNote', 'addNote'],
  ['blockCustomer', 'block'],
  ['unblockCustomer', 'unblock'],
] as const

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
