import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf } from '../schema/context.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { commandFields, inputOf } from './command-input.ts'
import type { ResultTypes } from './result-types.ts'
import { commandData, send } from './send.ts'

/** How the viewer wants to be told; everybody decides for themselves alone. */
export function addRecipientMutations(builder: ApiBuilder, words: Vocabulary, { recipientPayload }: ResultTypes): void {
  const preferenceInput = inputOf(builder, 'changePreference', (t) => ({
    ...commandFields(t, 'what you chose'),
    preference: t.field({ type: words.preference, required: true }),
  }))
  const languageInput = inputOf(builder, 'chooseLanguage', (t) => ({
    ...commandFields(t, 'what you chose'),
    language: t.string({ required: true }),
  }))

  builder.mutationFields((t) => ({
    changePreference: t.field({
      type: recipientPayload('changePreference'),
      description: 'Chooses the ways on which you are told.',
      args: { input: t.arg({ type: preferenceInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'recipient', viewerOf(context).id, { type: 'changePreference', ...commandData(input) }, input),
    }),
    chooseLanguage: t.field({
      type: recipientPayload('chooseLanguage'),
      description: 'Chooses the language you are told in.',
      args: { input: t.arg({ type: languageInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'recipient', viewerOf(context).id, { type: 'chooseLanguage', ...commandData(input) }, input),
    }),
  }))
}
