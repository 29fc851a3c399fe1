import type { VisitorTexts } from '../conversation/draft.ts'
import type { Chat } from '../connection/documents.ts'
import type { ChatPane } from './chat-pane.ts'
import type { Connection } from './connection.ts'
import { isContinued } from './visit.ts'

type Options = {
  readonly connection: Connection
  readonly chatPane: ChatPane
  /** Keeps what is typed in the panel. */
  readonly texts: VisitorTexts
  readonly changed: () => void
  /** It has ended, and goes on as another one. */
  readonly continued: () => void
  /** It cannot be followed any more, with the code. */
  readonly ended: (code: string) => void
}

/** The chat that the visitor has on this page: it is followed in the panel or, once it has ended, perhaps set aside. */
export type VisitorChat = {
  follow(chat: Chat): void
  /** Keeps a chat that has ended for as long as the page, and does not follow it while the panel is shut. */
  setAside(chat: Chat): void
  isSetAside(): boolean
  /** Follows the chat that was set aside, and returns whether there was one. */
  takeUp(): boolean
  /** Neither follows a chat nor keeps one that was set aside. Its messages stay, and what was typed is kept. */
  stop(): void
}

/** Makes it without a chat. */
export function createVisitorChat({ connection, chatPane, texts, changed, continued, ended }: Options): VisitorChat {
  /** A chat that has ended and was read, while the panel is shut. */
  let chatSetAside: Chat | undefined

  function follow(chat: Chat): void {
    const transport = connection.transport()
    if (!transport) return
    const turn = connection.turn()
    const isOver = (): boolean => turn !== connection.turn()
    chatPane.follow(transport, chat, {
      changed: () => {
        if (isOver()) return
        const session = chatPane.session()
        if (session && isContinued(session.conversation.chat)) continued()
        else changed()
      },
      ended: (code) => {
        if (!isOver()) ended(code)
      },
    })
    changed()
  }

  return {
    follow,
    setAside: (chat) => {
      chatSetAside = chat
      chatPane.leave()
      // Who has typed something there finds it on the next page.
      if (!texts.holds(chat.id)) connection.visit()?.forgetChat(chat.id)
    },
    isSetAside: () => chatSetAside !== undefined,
    takeUp: () => {
      const chat = chatSetAside
      if (!chat) return false
      chatSetAside = undefined
      const visit = connection.visit()
      if (visit?.chatId() === null) visit.setChat(chat.id)
      follow(chat)
      return true
    },
    stop: () => {
      chatPane.leave()
      chatPane.endCalls()
      chatSetAside = undefined
    },
  }
}
