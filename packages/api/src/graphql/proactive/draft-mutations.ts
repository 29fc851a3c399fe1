import { z } from 'zod'
import type { Customer, DraftText, Outcome, Result } from '@guichet/domain'
import {
  accept,
  deny,
  describeIssue,
  draftAggregate,
  isVisibleDraft,
  limits,
  malformed,
  personId,
  refusal,
  ticketAggregate,
  unlessDeleted,
} from '@guichet/domain'
import { projectionsBehind } from '@guichet/projections'
import type { Principal } from '../../auth/principal.ts'
import { isCustomer, personOf } from '../../auth/principal.ts'
import { operationOf } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { commandFields, derivedId, refused, send, senderOf, toCommandResult } from '../command.ts'
import { contactOf, recordPhone, withoutContact } from '../contact.ts'
import { viewerOf } from '../context.ts'
import type { InputBuilder } from '../inputs.ts'
import { addInputs } from '../inputs.ts'
import type { AddPayload } from '../mutation.ts'
import { addMutation } from '../mutation.ts'
import { addResultTypes, payloadOf } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import { planOf } from '../ticket/ticket-mutations.ts'
import { idsSharedWith, readDraft } from './draft-access.ts'
import { addDraftType } from './draft.ts'
import { textFor } from './draft-wording.ts'

/** The result of a mutation of a draft, with its number among those of the customer. */
type DraftResult = CommandResult & { readonly number?: number | undefined }

const contact = z.string().max(limits.email)

/** The fields of the opening of a draft: what the desk adds is not its sender's, but how they are answered is. */
const openingSchema = draftAggregate.schemas.open
  .omit({ ticketId: true, offer: true, customer: true, plan: true, phone: true })
  .extend({
    language: ticketAggregate.schemas.open.shape.language.describe(
      'The language of the text that you do not change, and of the ticket; by default yours.',
    ),
    email: contact
      .optional()
      .describe('An e-mail address for the answer; that of the token unless given. Visitors need one, or a number.'),
    phone: contact.optional().describe('A telephone number for the answer, with its country code.'),
  })

type OpeningInput = Omit<z.input<typeof openingSchema>, 'type'>

const reached = 'Waits until lists show the change to everybody; false if that takes too long.'

/** Adds a mutation for each command that people send to the drafts of a customer. */
export function addDraftMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { payload, payloadWith } = use(addResultTypes)
  const { draft } = use(addDraftType)
  const { schemas, descriptions } = draftAggregate
  const draftPayload: AddPayload<DraftResult> = (operation) =>
    builder.objectRef<DraftResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description: reached,
          resolve: (_, __, { shows }) => shows(projectionsBehind.drafts),
        }),
        draft: t.field({
          type: draft,
          nullable: true,
          description: 'The draft after the command.',
          resolve: ({ id, number }, _, context) =>
            id === undefined || number === undefined ? undefined : readDraft(id, number, context),
        }),
      }),
    })
  const switchPayload = payloadWith({
    reached,
    models: () => projectionsBehind.drafts,
    fields: (t) => ({
      draftsSwitchedOff: t.boolean({
        nullable: true,
        description: 'Whether drafts are switched off now.',
        resolve: async ({ id }, _, { services }) =>
          id === undefined ? undefined : (await services.desk.read('draft', id)).state.isOff,
      }),
    }),
  })

  for (const type of ['approve', 'withhold', 'dismiss'] as const)
    addMutation(builder, inputs, operationOf.draft[type], {
      description: descriptions[type],
      payload: draftPayload,
      schema: schemas[type],
      fields: draftFields,
      resolve: async (command, input, context): Promise<DraftResult> => {
        const customer = customerOf(input, context)
        if (!customer.ok) return refused(customer.refusal)
        return { ...(await send(context, 'draft', customer.value, command, input)), number: command.number }
      },
    })
  addMutation(builder, inputs, 'openDraft', {
    description: descriptions.open,
    payload: draftPayload,
    schema: openingSchema,
    fields: draftFields,
    resolve: async ({ type: _, ...opening }, input, context): Promise<DraftResult> => {
      const customer = customerOf(input, context)
      if (!customer.ok) return refused(customer.refusal)
      const outcome = await open(customer.value, opening, input.commandId, context)
      return { ...toCommandResult(outcome, context, 'draft'), number: opening.number }
    },
  })
  for (const type of ['switchOff', 'switchOn'] as const)
    addMutation(builder, inputs, operationOf.draft[type], {
      description: descriptions[type],
      payload: switchPayload,
      schema: schemas[type],
      fields: draftFields,
      resolve: async (command, input, context) => {
        const customer = customerOf(input, context)
        if (!customer.ok) return refused(customer.refusal)
        const people = await idsSharedWith(customer.value, context)
        for (const id of people.filter((each) => each !== customer.value)) {
          const merged = await unlessDeleted(send(context, 'draft', id, command, input), () => undefined)
          if (merged && merged.userErrors.length > 0) return merged
        }
        return send(context, 'draft', customer.value, command, input)
      },
    })
}

/** Opens a draft as a ticket of the viewer, as their token names them, or of the customer whom a service names. */
async function open(
  customerId: string,
  { number, subject, body, language, ...typed }: OpeningInput,
  commandId: string,
  context: ApiContext,
): Promise<Outcome> {
  const viewer = viewerOf(context)
  if (await isBlocked(context)) return deny(refusal('customer_blocked'))
  const normalised = contactOf(viewer, typed)
  if (!normalised.ok) return normalised
  const { email, phone } = normalised.value
  if (viewer.role === 'visitor' && email === undefined && phone === undefined) return deny(withoutContact())
  const offer = await shownText(customerId, number, language, context)
  const plan = isCustomer(viewer) ? await planOf(viewer, context) : undefined
  const opening = {
    number,
    ticketId: derivedId(viewer, commandId),
    ...(subject !== undefined && { subject }),
    ...(body !== undefined && { body }),
    ...(offer && { offer }),
    ...(plan !== undefined && { plan }),
    ...(phone !== undefined && { phone }),
    ...namedCustomer(viewer, customerId, email),
  }
  const outcome = await context.services.desk.openDraft(customerId, opening, senderOf(context, { commandId }))
  if (outcome.ok && phone !== undefined) await recordPhone(isCustomer(viewer) ? viewer.id : customerId, phone, context)
  return outcome
}

/** The customer of the ticket of a draft, as their token names them; a service names no more than an address. */
function namedCustomer(
  viewer: Principal,
  customerId: string,
  email: string | undefined,
): { readonly customer?: Customer } {
  if (isCustomer(viewer)) return { customer: { ...personOf(viewer), ...(email !== undefined && { email }) } }
  return email === undefined ? {} : { customer: { id: customerId, email } }
}

/** The text of a draft as the viewer reads it; undefined where there is none. */
async function shownText(
  customerId: string,
  number: number,
  language: string | undefined,
  context: ApiContext,
): Promise<DraftText | undefined> {
  const { state } = await context.services.desk.read('draft', customerId)
  const draft = state.drafts.find((each) => each.number === number)
  if (!draft || !isVisibleDraft(draft)) return undefined
  const { subject, body, language: written } = await textFor(draft, context, language)
  return { subject, body, language: written }
}

const draftFields = (t: InputBuilder) => ({
  customerId: t.id({
    description:
      'The customer whose drafts they are, as `Draft.customerId` has it: yourself unless given, and for customers nobody but who was merged into them.',
  }),
  commandId: commandFields(t, 'the draft').commandId,
})

type NamedCustomer = { readonly customerId?: string | null | undefined }

/**
 * Whose drafts a mutation is about: the desk and services name the customer, customers name one who was merged into
 * them. The domain refuses those of others.
 */
function customerOf({ customerId }: NamedCustomer, context: ApiContext): Result<string> {
  const viewer = viewerOf(context)
  const id = customerId ?? (isCustomer(viewer) ? viewer.id : undefined)
  const { success, data, error } = personId.safeParse(id, describeIssue)
  return success ? accept(data) : deny(malformed(error, 'customerId'))
}
