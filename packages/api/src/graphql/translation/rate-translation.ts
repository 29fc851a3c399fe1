import { z } from 'zod'
import { describeIssue, language, limits, line, malformed, refusal } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { refused } from '../command.ts'
import { addInputs } from '../inputs.ts'
import { raterOf } from '../knowledge/readership-mutations.ts'
import { addMutation } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import { isTranslated, messageOfId } from './translated-text.ts'

const ratingSchema = z.strictObject({
  to: language.describe('The language of the translation.'),
  service: line(limits.name).describe('The service that has translated it, as the translation names it.'),
  right: z.boolean().describe('Whether it says what the message says.'),
})

/** Adds `rateTranslation`: what a reader says of a translation decides which service is asked first. */
export function addRateTranslation({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  addMutation(builder, inputs, 'rateTranslation', {
    description:
      'Says whether the translation of a message is right, in place of what you have said of it before. It decides which service is asked first for these languages.',
    payload: plainPayload,
    schema: ratingSchema,
    fields: (t) => ({
      of: t.id({ required: true, description: 'The global id of the message, of a ticket or a chat.' }),
    }),
    resolve: (rating, { of }, context) => rate(of, rating, context),
  })
}

async function rate(of: string, input: unknown, context: ApiContext): Promise<CommandResult> {
  const { success, data, error } = ratingSchema.safeParse(input, describeIssue)
  if (!success) return refused(malformed(error))
  const { translations, desk } = context.services
  const notStored = refused(refusal('translation_not_found', { field: 'of' }))
  if (await isBlocked(context)) return refused(refusal('customer_blocked'))
  const message = await messageOfId(of, context)
  if (!translations || !message || !isTranslated(message, context)) return notStored
  const { kind, id } = await raterOf(context)
  const isRated = await translations.rate({
    of: message,
    to: data.to,
    service: data.service,
    rater: `${kind} ${id}`,
    isRight: data.right,
    at: desk.now(),
  })
  return isRated ? { id: undefined, executed: undefined, userErrors: [] } : notStored
}
