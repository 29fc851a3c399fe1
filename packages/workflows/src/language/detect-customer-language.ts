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
 * until it is found once. Skips customers whose language somebody has said, and imported history.
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
      const others = await conversationsOf([...new Set([customerId, writerId])])
      const here: Conversation = { category, id: streamId }
      const all = [here, ...others.filter((each) => each.id !== streamId)]
      const texts = await Promise.all(all.map((each) => textsOf(each, desk)))
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

/** What the customer of a conversation has written there, the latest first. */
async function textsOf(
  { category, id }: Conversation,
  { store }: Parameters<Reaction['react']>[1],
): Promise<readonly string[]> {
  const history: readonly EventEnvelope[] = await readHistory(store, category, id)
  return history.flatMap(({ event }) => (isWriting(event) ? (wordsOf(event) ?? []) : [])).reverse()
}

const isWriting = (event: EventEnvelope['event']): event is Writing =>
  event.type === 'TicketOpened' || event.type === 'CustomerReplied' || event.type === 'ChatMessageSent'
