import type { ObjectRef } from '@pothos/core'
import { z } from 'zod'
import { isSameLanguage, language, limits, text } from '@guichet/domain'
import type { TranslationFault, TranslationQuality } from '@guichet/workflows'
import { translationFaults } from '@guichet/workflows'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { conversationOf } from '../canned/canned.ts'
import { addChatMessageType } from '../chat/chat-message.ts'
import { readArguments } from '../filter.ts'
import type { ApiContext } from '../services.ts'
import { addConversation } from '../ticket/conversation.ts'
import { enumOf } from '../vocabulary.ts'
import type { TranslatedText } from '../translate-messages.ts'
import { languageOf } from '../translate-messages.ts'
import type { TranslatableMessage } from './translated-text.ts'
import { messageOfChat, messageOfTicket, translationOf } from './translated-text.ts'

const faultNames: Readonly<Record<TranslationFault, string>> = {
  no_service: 'No service of the desk has these two languages, or customers may not ask for this one.',
  budget_spent: 'What a service may be sent today is used up, by all or by the person whose conversation it is.',
  service_failed: 'No service gave a good answer in time.',
  wrong_language: 'The answer was in another language.',
  useless_answer: 'The answer was empty, much longer than the text, or HTML.',
  parts_lost: 'A code, an address or a name did not come back: that part is left as it was written.',
}

const toSchema = z.object({ to: language })

const draftSchema = z.object({ text: text(limits.body), to: language.optional(), from: language.optional() })

type MessageOf<View> = (view: View, context: ApiContext) => Promise<TranslatableMessage | undefined>

/**
 * Adds `Message.translation` and `ChatMessage.translation`, `draftTranslation`, what an agent is about to send in another language, and
 * `translationQualities`, what was measured of the services.
 */
export function addMessageTranslation({ builder, use }: SchemaParts): void {
  const { message } = use(addConversation)
  const chatMessage = use(addChatMessageType)
  const fault = enumOf(builder, 'TranslationFault', translationFaults, {
    description: 'Why a text, or a part of it, is not translated.',
    describe: (word) => faultNames[word],
  })
  const translation = builder.objectRef<TranslatedText>('Translation').implement({
    description: 'A text in another language, by a service: to be marked as that, and shown beside the text itself.',
    fields: (t) => ({
      text: t.exposeString('text', {
        description: 'Plain text. What could not be translated stands there as it was written.',
      }),
      language: t.exposeString('to', { description: 'The language that was asked for.' }),
      sourceLanguage: t.exposeString('from', { description: 'The language of the text itself.' }),
      service: t.string({
        nullable: true,
        description: 'The service; null where nothing is translated.',
        resolve: ({ by }) => by?.service,
      }),
      serviceVersion: t.string({
        nullable: true,
        description: 'The version of the service; null where nothing is translated.',
        resolve: ({ by }) => by?.version,
      }),
      fault: t.expose('fault', {
        type: fault,
        nullable: true,
        description: 'Why it is not translated, or not all of it; null where all is.',
      }),
    }),
  })
  const addField = <View>(type: ObjectRef<SchemaTypes, View>, messageOf: MessageOf<View>): void =>
    builder.objectField(type, 'translation', (t) =>
      t.field({
        type: translation,
        nullable: true,
        description:
          'The message in another language; null where it is in that one, and for what is not translated: internal notes unless the desk has it so, and, for customers, what the desk has not written to them. Customers ask for a language of the desk, of the conversation or of their own.',
        args: { to: t.arg.string({ required: true, description: 'The language, such as fr.' }) },
        extensions: { cost: 20 },
        resolve: async (view, args, context) =>
          translationOf(await messageOf(view, context), readArguments(toSchema, args).to, context),
      }),
    )
  addField(message, messageOfTicket)
  addField(chatMessage, messageOfChat)

  const quality = builder.objectRef<TranslationQuality>('TranslationQuality').implement({
    description: 'How good a service is for a pair of languages, by those who have read its translations.',
    fields: (t) => ({
      service: t.exposeString('service', { description: 'The service.' }),
      serviceVersion: t.exposeString('version', { description: 'The version of the service.' }),
      sourceLanguage: t.exposeString('from', { description: 'The language that it translates from.' }),
      language: t.exposeString('to', { description: 'The language that it translates into.' }),
      rated: t.exposeInt('rated', { description: 'How many ratings there are.' }),
      right: t.exposeInt('right', { description: 'How many of them say that the translation is right.' }),
    }),
  })
  builder.queryFields((t) => ({
    draftTranslation: t.field({
      type: translation,
      nullable: true,
      description:
        'What you are about to write in a ticket or chat, in the language of its customer: read it before you send it. Null if there is no such ticket or chat, and where the text is in that language. It is stored nowhere.',
      args: {
        chatId: t.arg.id({ description: 'The chat; give this or a ticket.' }),
        ticketId: t.arg.id({ description: 'The ticket; give this or a chat.' }),
        text: t.arg.string({ required: true, description: 'The text.' }),
        to: t.arg.string({ description: 'The language; that of the conversation unless given.' }),
        from: t.arg.string({ description: 'The language of the text; that of its words unless given.' }),
      },
      extensions: { cost: 20 },
      resolve: (_, { chatId, ticketId, ...args }, context) => draftTranslation({ chatId, ticketId }, args, context),
    }),
    translationQualities: t.field({
      type: [quality],
      description:
        'What readers have said of the translations of each service, in its present version, by pair of languages, the best first: people of the desk of each message, customers once a day, unidentified visitors not at all.',
      extensions: { cost: 20 },
      resolve: async (_, __, { services }) => [...((await services.translations?.qualities()) ?? [])],
    }),
  }))
}

async function draftTranslation(
  named: Parameters<typeof conversationOf>[0],
  args: object,
  context: ApiContext,
): Promise<TranslatedText | undefined> {
  const { text: draft, ...languages } = readArguments(draftSchema, args)
  const conversation = await conversationOf(named, context)
  const { translations, desk, languages: detector } = context.services
  if (!conversation || !translations) return undefined
  const { to = conversation.language } = languages
  const { defaultLanguage } = (await desk.terms()).policy
  const { from = await languageOf(draft, defaultLanguage, to, detector) } = languages
  if (isSameLanguage(from, to)) return undefined
  const names = [conversation.customer.name, context.principal?.name].filter((name) => name !== undefined)
  const [translation] = await translations.translate([{ text: draft, from, to, names }])
  return translation && { ...translation, from, to }
}
