import type { MessageOriginal } from '@guichet/domain'
import type { SchemaParts } from './builder.ts'
import { seesOwnOnly } from './context.ts'

/** Adds `MessageOriginal`: the text from which a message of a ticket or chat was translated. */
export function addMessageOriginal({ builder }: SchemaParts) {
  return builder.objectRef<MessageOriginal>('MessageOriginal').implement({
    description: 'What an agent has written in their language, and sent in that of the customer.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language that it was translated from.' }),
      body: t.string({
        nullable: true,
        description: 'The text; null for customers where the desk keeps it to itself.',
        resolve: async ({ body }, _, context) =>
          seesOwnOnly(context) && (await context.services.desk.terms()).policy.originals === 'desk' ? undefined : body,
      }),
    }),
  })
}
