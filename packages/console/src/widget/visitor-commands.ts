import type { ChatMutation } from '../connection/documents.ts'
import type { Choice } from '../conversation/session.ts'
import { localFailures } from '../page/status-line.ts'
import type { ChatPane } from './chat-pane.ts'
import type { Connection, Host } from './connection.ts'
import { reportRefusal } from './connection.ts'
import type { Panel } from './panel.ts'

type Options = {
  readonly host: Host
  readonly panel: Panel
  readonly connection: Connection
  readonly chatPane: ChatPane
  readonly changed: () => void
  /** Leaves a chat that has ended. */
  readonly leave: () => void
}

/** What the visitor writes and does in the chat that is followed. */
type VisitorCommands = {
  /** Sends what was written; in a chat that has ended meanwhile it continues the chat, or begins the next one. */
  write(body: string): Promise<void>
  /** Sends a command about the chat; returns the code of a refusal. */
  act(name: ChatMutation, input: Choice): Promise<string | undefined>
  /** A command was taken, or refused with a code: the chat goes on either way. */
  answered(code: string | undefined): void
}

/** Makes the commands; without a chat they do nothing. */
export function createVisitorCommands(options: Options): VisitorCommands {
  const { host, panel, connection, chatPane, changed, leave } = options

  async function write(body: string): Promise<void> {
    const [session, turn] = [chatPane.session(), connection.turn()]
    if (session?.conversation.chat.status !== 'CLOSED') return session?.write(body)
    const refused = await act('reopenChat', {})
    if (turn !== connection.turn()) return
    if (refused === undefined && session === chatPane.session()) return session.write(body)
    // What was typed goes back, for this chat or the next one.
    panel.text.value = [body, panel.text.value].join('\n').trim()
    if (session === chatPane.session()) leave()
  }

  async function act(name: ChatMutation, input: Choice): Promise<string | undefined> {
    const session = chatPane.session()
    const code = await session?.insist(name, input)
    if (session === chatPane.session()) answered(code)
    return code
  }

  function answered(code: string | undefined): void {
    panel.refusal.show(code)
    if (code !== undefined && !localFailures.includes(code)) reportRefusal(host, code)
    changed()
  }

  return { write, act, answered }
}
