import type { Channel } from '../connection/documents.ts'
import { Refused, tokenCodes, Unreachable } from '../connection/refusals.ts'
import { moveText } from '../conversation/draft.ts'
import type { ChatPane } from './chat-pane.ts'
import type { Connection, Host } from './connection.ts'
import { reportRefusal } from './connection.ts'
import type { Panel } from './panel.ts'
import type { Start } from './visit.ts'
import { currentChat, isContinued, startChat, startInput } from './visit.ts'
import type { VisitorChat } from './visitor-chat.ts'

type Options = {
  readonly host: Host
  readonly panel: Panel
  readonly channel: Channel
  /** The language of the page. */
  readonly language: string
  readonly connection: Connection
  readonly chatPane: ChatPane
  readonly visitorChat: VisitorChat
  /** Aborted when the widget is closed. */
  readonly signal: AbortSignal
  readonly changed: () => void
}

/** How the visitor gets to a chat: to the one that they have already, or to the one that they begin here. */
export type Resumption = {
  /** Whether a visitor says who they are: what they have read stays on the screen meanwhile. */
  isClaiming(): boolean
  /** Whether the connection was lost, or could not be made. */
  isLost(): boolean
  /** Why the chat is not available, as a code. */
  problem(): string | undefined
  /** The widget is about to connect, again or as somebody else. */
  identifying(): void
  connectionChanged(connected: boolean): void
  /** The chat is not available. */
  fail(code: string): void
  /** Starts a chat with its first message, again and again until the server has answered. */
  begin(body: string): void
  /** Goes on where this browser was: with a start, with a chat, or with nothing. */
  resume(): Promise<void>
  /** Leaves a chat that has ended, for the one that this browser or the customer has meanwhile, or for a new one. */
  leave(): void
}

/** Makes it; `resume` begins it for each identity. */
export function createResumption(options: Options): Resumption {
  const { host, panel, channel, language, connection, chatPane, visitorChat, signal, changed } = options
  const first = panel.startForm.field
  const isOpen = (): boolean => host.hasAttribute('open')
  let problem: string | undefined
  let lost = false
  let claiming = false

  function fail(code: string): void {
    problem = code
    reportRefusal(host, code)
    changed()
  }

  async function resume(): Promise<void> {
    const turn = connection.turn()
    const isOver = (): boolean => signal.aborted || turn !== connection.turn()
    changed()
    const [who, visit, transport] = [connection.who(), connection.visit(), connection.transport()]
    let pendingStart: Start | undefined
    for (let attempt = 0; !isOver() && transport && visit; attempt++) {
      try {
        if (await who?.claim()) {
          visit.adopt()
          // They have signed out meanwhile: nothing stays here for the next person.
          if (isOver() && connection.who()?.owner === 'visitor') visit.drop()
        }
        if (isOver()) return
        const start = (pendingStart = visit.start())
        const started = start && (await startChat(transport, visit, startInput(start, channel, language)))
        const current = started ? null : await currentChat(transport, visit, who?.owner === 'visitor')
        if (isOver()) return
        problem = undefined
        claiming = lost = false
        const chat = started?.chat ?? current
        if (current?.status === 'CLOSED' && current.unread === 0 && !isOpen()) visitorChat.setAside(current)
        else if (chat) visitorChat.follow(chat)
        // The customer had a chat already: the message goes there. The server takes it once.
        if (start && started?.repeated) chatPane.session()?.write(start.message.body, 'TEXT', start.message.messageId)
        if (start) visit.endStart()
        return changed()
      } catch (error) {
        if (error instanceof Refused) {
          claiming = false
          first.value ||= pendingStart?.message.body ?? ''
          if (isOver()) return
          return tokenCodes.includes(error.code) ? connection.rejected(error.code) : fail(error.code)
        }
        if (!(error instanceof Unreachable)) throw error
        if (isOver()) return
        lost = true
        changed()
        await transport.pause(attempt)
      }
    }
  }

  return {
    isClaiming: () => claiming,
    isLost: () => lost,
    problem: () => problem,
    identifying: () => {
      claiming = chatPane.session() !== undefined && connection.who()?.owner === 'visitor' && host.token !== ''
      problem = undefined
      lost = false
    },
    connectionChanged: (connected) => {
      lost = !connected
    },
    fail,
    begin: (body) => {
      // The start of another tab goes first: this text waits for its chat.
      if (connection.visit()?.begin(body) === false) panel.text.value = body
      void resume()
    },
    resume,
    leave: () => {
      const chat = chatPane.session()?.conversation.chat
      const visit = connection.visit()
      if (chat) visit?.forgetChat(chat.id)
      if (chat) moveText(panel.text, first)
      chatPane.leave()
      problem = undefined
      changed()
      if (isOpen()) first.focus()
      if (chat && (isContinued(chat) || visit?.chatId() !== null)) void resume()
    },
  }
}
