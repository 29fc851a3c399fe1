import type { Recipient } from '@guichet/domain'
import { recipientAggregate } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { commandFields, send } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addMutation } from '../mutation.ts'
import { loadNodes } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addVocabulary } from '../vocabulary.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

/** A person and their notification settings. */
type NotificationSettings = { readonly id: string; readonly settings: Recipient }

/** Reads the notification settings of a person; those of the desk unless they have changed any. */
export const readRecipient = async (
  id: string,
  { services }: Pick<ApiContext, 'services'>,
): Promise<NotificationSettings> => ({
  id,
  settings: (await services.desk.read('recipient', id)).state,
})

/** Adds `Recipient`. */
export function addRecipientType({ builder, use }: SchemaParts) {
  const vocabulary = use(addVocabulary)
  const recipient = builder.objectRef<NotificationSettings>('Recipient')
  builder.node(recipient, {
    description: 'The notification settings of a person.',
    id: { resolve: ({ id }) => id },
    loadMany: loadNodes('viewer', async (id, context) =>
      id === viewerOf(context).id ? readRecipient(id, context) : undefined,
    ),
    fields: (t) => ({
      preference: t.field({ type: vocabulary.preference, resolve: ({ settings }) => settings.preference }),
      language: t.string({ nullable: true, resolve: ({ settings }) => settings.language }),
    }),
  })
  return recipient
}

/** Adds the mutations of notification settings, which everybody changes only for themselves. */
export function addRecipientMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { entityPayload } = use(addResultTypes)
  const recipient = use(addRecipientType)
  const { schemas, descriptions } = recipientAggregate
  const payload = entityPayload('recipient', recipient, {
    models: ['inbox'],
    reached: 'Waits until notifications follow the settings; false if that takes too long.',
    read: readRecipient,
  })
  for (const operation of ['changePreference', 'chooseLanguage'] as const)
    addMutation(builder, inputs, operation, {
      description: descriptions[operation],
      payload,
      schema: schemas[operation],
      fields: (t) => commandFields(t, 'your setting'),
      resolve: (command, input, context) => send(context, 'recipient', viewerOf(context).id, command, input),
    })
}
