import type { EventEnvelope, GuichetEventOf, LanguageDetector } from '@guichet/domain'
import {
  detectLanguage,
  engineCommandId,
  identityActor,
  importIdOf,
  parseStream,
  readHistory,
  survivingCustomer,
  throwIfTransient,
} from '@guichet/domain'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'

/** A ticket or a chat, by its id. */
export type Conversation = { readonly category: 'ticket' | 'chat'; readonly id: string }

type Options = {
  readonly detector: LanguageDetector
  /** The latest tickets and chats of these customers, some tens at most; they may lack the last seconds. */
  readonly conversationsOf: (customerIds: readonly string[]) => Promise<readonly Conversation[]>
}

/**
 * Detects the language of a customer who writes to the desk, from all their words and among the languages of the desk,
 * until it is found once. Other conversations are read with the first, second, fourth, eighth message of this one, and so on: they
 * say the same each time. Skips customers whose language somebody has said, and imported history.
 */
export const detectCustomerLanguage = ({ detector, conversationsOf }: Options): Reaction =>
  reaction({
    name: 'detect_customer_language',
    on: ['TicketOpened', 'CustomerReplied', 'ChatMessageSent'],
    inAnyOrder: true,
    react: async ({ event, stream, id, correlationId }, desk) => {
      if (importIdOf(correlationId) !== undefined || wordsOf(event) === undefined) return
      const { category, id: streamId } = parseStream(stream)
      if (category !== 'ticket' && category !== 'chat') return
      const { state: conversation } = await desk.readRecent(category, streamId)
      if (conversation.status === 'absent') return
      const { id: writerId } = conversation.customer
      const { id: customerId, state } = await survivingCustomer({ read: desk.readRecent }, writerId)
      if (state.status !== 'absent' && (state.details.language ?? state.detectedLanguage) !== undefined) return
      if ((await desk.readRecent('recipient', customerId)).state.language !== undefined) return
      const writings = await writingsIn({ category, id: streamId }, desk)
      const texts = [textsOf(writings)]
      if (isPowerOfTwo(writings.findIndex((each) => each.id === id) + 1)) {
        const others = await conversationsOf([...new Set([customerId, writerId])])
        const elsewhere = others.filter((each) => each.id !== streamId)
        texts.push(...(await Promise.all(elsewhere.map(async (each) => textsOf(await writingsIn(each, desk))))))
      }
      const language = await detectLanguage(detector, texts.flat(), Object.keys(desk.wording))
      if (language === undefined) return
      const outcome = await desk.engine.execute(
        'customer',
        customerId,
        { type: 'detectLanguage', language },
        { by: identityActor, commandId: engineCommandId('derived', 'language', id), causationId: id },
      )
      throwIfTransient(outcome)
    },
  })

type Writing = GuichetEventOf<'TicketOpened' | 'CustomerReplied' | 'ChatMessageSent'>

/** What a customer has written by themselves; undefined for what the desk wrote, or copied. */
function wordsOf(event: Writing): string | undefined {
  if (event.by.kind === 'agent') return undefined
  switch (event.type) {
    case 'TicketOpened':
      return event.chatId === undefined && !event.splitFrom && !event.draft
        ? `${event.subject}\n${event.body}`
        : undefined
    case 'CustomerReplied':
      return event.body
    case 'ChatMessageSent':
      return event.by.kind === 'customer' ? event.body : undefined
  }
}

/** What the customer of a conversation has written there, with the ids of the events. */
async function writingsIn(
  { category, id: conversationId }: Conversation,
  { store }: Parameters<Reaction['react']>[1],
): Promise<readonly { readonly id: string; readonly text: string }[]> {
  const history: readonly EventEnvelope[] = await readHistory(store, category, conversationId)
  return history.flatMap(({ id, event }) => {
    const text = isWriting(event) ? wordsOf(event) : undefined
    return text === undefined ? [] : [{ id, text }]
  })
}

/** The texts, the latest first. */
const textsOf = (writings: Awaited<ReturnType<typeof writingsIn>>): readonly string[] =>
  writings.map(({ text }) => text).reverse()

const isPowerOfTwo = (count: number): boolean => count > 0 && (count & (count - 1)) === 0

const isWriting = (event: EventEnvelope['event']): event is Writing =>
  event.type === 'TicketOpened' || event.type === 'CustomerReplied' || event.type === 'ChatMessageSent'
