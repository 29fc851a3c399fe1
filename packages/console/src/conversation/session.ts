import { newId } from '../connection/command-ids.ts'
import type { Conversation } from './conversation.ts'
import { addChange, addEarlier, beginAnew, conversationOf, isMessage, lastOfOthers } from './conversation.ts'
import type { Actor, Chat, ChatChange, ChatMutation, MessagePage, Result } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import type { Outbox, Unsent } from './outbox.ts'
import { createOutbox } from './outbox.ts'
import type { Store } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf, refusalIn, Refused, Unreachable } from '../connection/refusals.ts'

/** One chat that a page takes part in. */
export type Session = {
  readonly conversation: Conversation
  /** What was written here and the chat has not shown yet. */
  unsent(): readonly Unsent[]
  /** `messageId` is that of a message which may have been sent already. */
  write(body: string, kind?: 'TEXT' | 'NOTE', messageId?: string, original?: Unsent['original']): void
  /** Sends an uploaded file in a message of its own. */
  sendFile(messageId: string, file: NonNullable<Unsent['file']>): void
  /** Sends a message that the server refused once more: what it was refused for may have passed. */
  retry(messageId: string): void
  /** Gives up a message that the server refused. */
  discard(messageId: string): void
  /** Sends a command about the chat; returns the code of a refusal. @throws Unreachable when it may be sent again. */
  command(name: ChatMutation, input?: object): Promise<string | undefined>
  /**
   * Sends a command about the chat, again and again under one id, until the server has answered; returns the code of a
   * refusal. Gives up when another choice of the same kind follows, or the session is closed.
   */
  insist(name: ChatMutation, input: Choice): Promise<string | undefined>
  /** Reads messages before those that are shown; returns the code of a refusal. */
  readEarlier(): Promise<string | undefined>
  /** What this side has written and the chat shows, one message below the other. */
  written(): string
  /** Says that what is shown now has been seen. */
  seen(): void
  close(): void
}

/** What a customer chooses; one choice replaces an earlier one, but not that of an action of another message. */
export type Choice = Readonly<Record<string, string | number>>

type Options = {
  readonly transport: Transport
  readonly store: Store
  readonly chat: Chat
  readonly side: 'customer' | 'desk'
  /** The agent whose page it is: what one agent has written is not sent by the next one at the same browser. */
  readonly agent?: string
  readonly isOwn: (by: Actor) => boolean
  readonly changed: () => void
  /** The chat cannot be followed for now, with the code; undefined once it can. */
  readonly delayed: (code: string | undefined) => void
  /** The chat cannot be followed any more, with the code. */
  readonly ended: (code: string) => void
}

/** How many earlier events a page begins with. */
const earlier = 300

/** Marks of what was read are sent this far apart at least, in milliseconds. */
const markMs = 2_000

/** Follows a chat, sends what is written and marks what is read. */
export function openSession({ transport, store, chat, side, agent, isOwn, changed, delayed, ended }: Options): Session {
  const conversation = conversationOf(chat)
  const key = ['guichet-outbox', side, ...(agent === undefined ? [] : [agent]), chat.id].join(':')
  let closed = false
  const stopped = (): boolean => closed

  const outbox: Outbox = createOutbox({
    store,
    key,
    pause: transport.pause,
    changed,
    stopped,
    send: ({ messageId, body, kind, file, original }) =>
      command('sendChatMessage', {
        commandId: messageId,
        messageId,
        body,
        kind,
        original,
        ...(file && { attachments: [{ fileId: file.fileId }] }),
      }),
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
      return refusalIn(result.userErrors)
    } catch (error) {
      if (error instanceof Refused) return error.code
      throw error
    }
  }

  const follow = (): (() => void) =>
    transport.follow<{ readonly chatChanged: ChatChange }>(
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
        delayed,
        refused: (code) => {
          if (code !== 'cursor_invalid' || conversation.cursor === undefined) return ended(code)
          // The server was restored from an earlier state: it knows nothing of the place where this page was.
          beginAnew(conversation)
          conversation.chat = { ...conversation.chat, lastNumber: 0 }
          stop = follow()
        },
      },
    )
  let stop = follow()
  void outbox.flush()

  const marks = createReadMarks({
    read: chat.read[side],
    readable: () => lastOfOthers(conversation, isOwn),
    send: (upTo) => command('markChatRead', { upTo }),
    stopped,
  })

  return {
    conversation,
    readEarlier: () => readEarlier({ transport, chat, changed }, conversation, stopped),
    unsent: outbox.all,
    write: (body, kind = 'TEXT', messageId = newId(), original) => {
      outbox.add({ messageId, body, kind, original })
      void outbox.flush()
    },
    sendFile: (messageId, file) => {
      outbox.add({ messageId, body: '', kind: 'FILE', file })
      void outbox.flush()
    },
    retry: outbox.retry,
    discard: (id) => outbox.forget(({ messageId }) => messageId === id),
    command,
    insist: createChoices({ command, pause: transport.pause, stopped }),
    written: () =>
      conversation.entries
        .flatMap((entry) => (entry.is === 'message' && isOwn(entry.by) && entry.body !== '' ? [entry.body] : []))
        .join('\n'),
    seen: marks.seen,
    close: () => {
      marks.close()
      closed = true
      window.removeEventListener('storage', otherPage)
      stop()
    },
  }
}

/** Reads pages before those that are shown, until there is one that has something else. */
async function readEarlier(
  { transport, chat, changed }: Pick<Options, 'transport' | 'chat' | 'changed'>,
  conversation: Conversation,
  stopped: () => boolean,
): Promise<string | undefined> {
  const { entries } = conversation
  try {
    for (let added = 0; added === 0 && conversation.hasEarlier;) {
      const answer = await transport.ask<{ readonly chat: { readonly messages: MessagePage } | null }>(
        documents.messages,
        { id: chat.id, before: conversation.earlierBefore },
      )
      // The conversation may have begun anew meanwhile.
      if (stopped() || entries !== conversation.entries || !answer.chat) return undefined
      added = addEarlier(conversation, answer.chat.messages)
    }
    changed()
    return undefined
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    return codeOf(error)
  }
}

type ReadMarksOptions = {
  /** Up to which number this side has read when the session is opened. */
  readonly read: number
  /** Up to which number it can have read. */
  readonly readable: () => number
  /** @throws Unreachable when it may be sent again. */
  readonly send: (upTo: number) => Promise<unknown>
  readonly stopped: () => boolean
}

/** Says up to which message this side has read the chat; `close` says at once what has not been said. */
function createReadMarks({ read, readable, send, stopped }: ReadMarksOptions): Pick<Session, 'seen' | 'close'> {
  let marked = read
  let marking: ReturnType<typeof setTimeout> | undefined
  const mark = async (): Promise<void> => {
    marking = undefined
    const upTo = readable()
    if (stopped() || upTo <= marked) return
    try {
      await send(upTo)
      marked = upTo
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      if (!stopped()) marking = setTimeout(() => void mark(), markMs)
    }
  }
  return {
    seen: () => {
      if (readable() > marked) marking ??= setTimeout(() => void mark(), markMs)
    },
    close: () => {
      clearTimeout(marking)
      // What was seen last is not shown as unread again, on the next page or on another device.
      if (marking !== undefined) void mark()
    },
  }
}

type ChoicesOptions = Pick<Session, 'command'> & {
  readonly pause: Transport['pause']
  readonly stopped: () => boolean
}

/** Sends what is chosen until the server has answered, or another choice of the same kind follows. */
function createChoices({ command, pause, stopped }: ChoicesOptions): Session['insist'] {
  /** The last choice of each kind that has no answer. */
  const choices = new Map<string, string>()
  return async (name, input) => {
    const kind = `${name} ${input['messageId']}`
    const choice = JSON.stringify(input)
    if (choices.get(kind) === choice) return undefined
    choices.set(kind, choice)
    const commandId = newId()
    for (let attempt = 0; !stopped() && choices.get(kind) === choice; attempt++) {
      try {
        const refused = await command(name, { commandId, ...input })
        if (choices.get(kind) === choice) choices.delete(kind)
        return refused
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error
        await pause(attempt)
      }
    }
    return undefined
  }
}
