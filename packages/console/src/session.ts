import type { Conversation } from './conversation.ts'
import { conversationOf, isMessage, lastOfOthers, addChange } from './conversation.ts'
import type { Actor, Chat, ChatChange, ChatMutation, Result } from './documents.ts'
import { documents } from './documents.ts'
import type { Outbox, Store, Unsent } from './outbox.ts'
import { createOutbox } from './outbox.ts'
import type { Transport } from './transport.ts'
import { Refused, Unreachable } from './transport.ts'

/** One chat that a page takes part in. */
export type Session = {
  readonly conversation: Conversation
  /** What was written here and the chat has not told yet. */
  unsent(): readonly Unsent[]
  write(body: string, kind?: Unsent['kind']): void
  /** Gives up a message that the server refused. */
  discard(messageId: string): void
  /** Sends a command about the chat; returns the code of a refusal. */
  command(name: ChatMutation, input?: object): Promise<string | undefined>
  /** Says that what is shown now has been seen. */
  seen(): void
  close(): void
}

type Options = {
  readonly transport: Transport
  readonly store: Store
  readonly chat: Chat
  readonly side: 'customer' | 'desk'
  readonly isOwn: (by: Actor) => boolean
  readonly changed: () => void
  /** The chat cannot be followed any more, with the code. */
  readonly ended: (code: string) => void
}

/** How many earlier events a page begins with. */
const earlier = 300

/** Marks of what was read are sent this far apart at least, in milliseconds. */
const markMs = 2_000

/** Follows a chat, sends what is written and marks what is read. */
export function openSession({ transport, store, chat, side, isOwn, changed, ended }: Options): Session {
  const conversation = conversationOf(chat)
  const key = `guichet-outbox:${side}:${chat.id}`
  let closed = false

  const outbox: Outbox = createOutbox({
    store,
    key,
    pause: transport.pause,
    changed,
    stopped: () => closed,
    send: ({ messageId, body, kind }) => command('sendChatMessage', { commandId: messageId, messageId, body, kind }),
  })
  const otherPage = (event: StorageEvent): void => {
    if (event.key === key) changed()
  }
  window.addEventListener('storage', otherPage)

  async function command(name: ChatMutation, input: object = {}): Promise<string | undefined> {
    try {
      const { result } = await transport.ask<Result>(documents[name], {
        input: { commandId: newId(), chatId: chat.id, ...input },
      })
      return result.userErrors[0]?.code
    } catch (error) {
      if (error instanceof Refused) return error.code
      throw error
    }
  }

  const stop = transport.follow<{ readonly chatChanged: ChatChange }>(
    documents.chatChanged,
    () => ({
      id: chat.id,
      ...(conversation.cursor === undefined ? { last: earlier } : { after: conversation.cursor }),
    }),
    {
      next: ({ chatChanged }) => {
        addChange(conversation, chatChanged)
        const { message } = chatChanged.event
        if (message) outbox.forget(({ messageId }) => isMessage(message.messageId, messageId))
        changed()
      },
      refused: ended,
    },
  )
  void outbox.flush()

  let marked = chat.read[side]
  let marking: ReturnType<typeof setTimeout> | undefined
  const mark = async (): Promise<void> => {
    marking = undefined
    const upTo = lastOfOthers(conversation, isOwn)
    if (closed || upTo <= marked) return
    try {
      await command('markChatRead', { upTo })
      marked = upTo
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      marking = setTimeout(() => void mark(), markMs)
    }
  }

  return {
    conversation,
    unsent: outbox.all,
    write: (body, kind = 'TEXT') => {
      outbox.add({ messageId: newId(), body, kind })
      void outbox.flush()
    },
    discard: (id) => outbox.forget(({ messageId }) => messageId === id),
    command,
    seen: () => {
      if (conversation.chat.status !== 'CLOSED' && lastOfOthers(conversation, isOwn) > marked)
        marking ??= setTimeout(() => void mark(), markMs)
    },
    close: () => {
      closed = true
      clearTimeout(marking)
      window.removeEventListener('storage', otherPage)
      stop()
    },
  }
}

/** An id that nobody else chooses; also where a page is served without TLS, and `randomUUID` is missing. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
