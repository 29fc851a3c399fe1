import { isSameLanguage, personId } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { addChatType } from '../chat/chat.ts'
import { viewerOf } from '../context.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addTicketType } from '../ticket/ticket.ts'

const field = {
  nullable: true,
  description:
    'The one of your languages in which you work on it where you do not speak its own: services translate between the two. Null where you speak it, where nothing is translated, and for customers.',
  extensions: { ...deskOnly, cost: 2 },
} as const

/** Adds `Ticket.workingLanguage` and `Chat.workingLanguage`: whether what both sides write is translated for who reads it. */
export function addWorkingLanguage({ builder, use }: SchemaParts): void {
  builder.objectField(use(addTicketType), 'workingLanguage', (t) =>
    t.string({ ...field, resolve: ({ language }, _, context) => workingLanguage(language, context) }),
  )
  builder.objectField(use(addChatType), 'workingLanguage', (t) =>
    t.string({ ...field, resolve: ({ language }, _, context) => workingLanguage(language, context) }),
  )
}

async function workingLanguage(language: string, context: ApiContext): Promise<string | undefined> {
  const { translations } = context.services
  const { id, role } = viewerOf(context)
  if (!translations || role === 'service' || !personId.safeParse(id).success) return undefined
  const languages = await context.loaders.agentLanguages.load(id)
  if (languages.some((spoken) => isSameLanguage(spoken, language))) return undefined
  return languages.find((spoken) => translations.serves(spoken, language) && translations.serves(language, spoken))
}
