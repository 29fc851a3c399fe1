import type { CallPanel } from '../conversation/call.ts'
import { createCallPanel } from '../conversation/call.ts'
import { showFile } from '../conversation/attachments.ts'
import type { Composer } from '../conversation/composer.ts'
import { openComposer } from '../conversation/composer.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import { createMessageLog } from '../conversation/message-log.ts'
import type { Session } from '../conversation/session.ts'
import { openSession } from '../conversation/session.ts'
import type { Channel, Chat } from '../connection/documents.ts'
import type { Store } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'
import type { Host } from './connection.ts'
import type { Panel } from './panel.ts'
import { createPushButton } from './push.ts'
import { isOwn } from './unread-badge.ts'

type Options = {
  readonly host: Host
  readonly panel: Panel
  readonly words: Words
  readonly formats: Formats
  readonly channel: Channel
  readonly store: Store
  /** Keeps what is typed in the panel. */
  readonly texts: VisitorTexts
  readonly transport: () => Transport | undefined
  /** A choice of an action in a message. */
  readonly choose: (messageId: string, actionId: string) => void
  /** A command was taken, or refused with a code: the chat goes on either way. */
  readonly answered: (code: string | undefined) => void
}

/** What happens to a chat while it is followed. */
type Following = Pick<Parameters<typeof openSession>[0], 'changed' | 'ended'>

/** The chat in the panel: its messages, what is written in it, and its calls. */
export type ChatPane = {
  /** The chat that is followed, if any. */
  session(): Session | undefined
  /** Why it cannot be followed for now, as a code. */
  delay(): string | undefined
  follow(transport: Transport, chat: Chat, following: Following): void
  /** Shows what has changed in it. */
  show(): void
  /** Stops following it. Its messages stay, and what was typed is kept. */
  leave(): void
  endCalls(): void
  /** Removes from the page what was read, and what it was written with. */
  clear(): void
}

/** Shows a chat in the panel, one after another. */
export function createChatPane(options: Options): ChatPane {
  const { host, panel, words, formats, channel, store, texts, transport, choose, answered } = options
  const { attachPlace, aboveComposer, callPlace, logPlace } = panel
  let session: Session | undefined
  let delay: string | undefined
  let tools: Composer | undefined
  let calls: CallPanel | undefined
  let log = newLog()

  function newLog() {
    const created = createMessageLog({
      words,
      formats,
      isOwn,
      nameOf: ({ name }) => name ?? words.agent,
      readBy: 'desk',
      showFile: (file) => {
        const connected = transport()
        return connected ? showFile({ transport: connected, server: host.server, words }, file) : h('p')
      },
      choose,
      fail: answered,
    })
    logPlace.replaceChildren(created.element)
    return created
  }

  function leave(): void {
    texts.keep()
    tools?.close()
    tools = undefined
    session?.close()
    session = delay = undefined
    panel.refusal.show(undefined)
  }

  return {
    session: () => session,
    delay: () => delay,
    follow: (connected, chat, following) => {
      leave()
      log = newLog()
      calls?.close()
      session = openSession({
        transport: connected,
        store,
        chat,
        side: 'customer',
        isOwn,
        ...following,
        delayed: (code) => {
          delay = code
          panel.status.say()
        },
      })
      tools = openComposer({
        transport: connected,
        session,
        words,
        server: host.server,
        field: panel.text,
        area: panel.element,
        isShown: () => true,
        takesFiles: panel.desk.takesFiles,
      })
      texts.restore(panel.text)
      attachPlace.replaceChildren(tools.button)
      aboveComposer.replaceChildren(createPushButton(host, connected, words, channel), tools.above)
      const { command } = session
      calls = createCallPanel({ transport: connected, side: 'customer', words, command, fail: answered })
      callPlace.replaceChildren(calls.element)
    },
    show: () => {
      if (!session) return
      log.show(session)
      calls?.show(session.conversation.chat, session.conversation.calls)
    },
    leave,
    endCalls: () => calls?.close(),
    clear: () => {
      for (const place of [attachPlace, aboveComposer, callPlace]) place.replaceChildren()
      log = newLog()
    },
  }
}
