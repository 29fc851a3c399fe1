import { hostStorage, tabStorage } from '../connection/storage.ts'
import { createVisitorTexts } from '../conversation/draft.ts'
import { createChatPane } from './chat-pane.ts'
import type { Host } from './connection.ts'
import { createConnection } from './connection.ts'
import { loadLanguage } from './languages.ts'
import { createOfferedDrafts } from './offered-drafts.ts'
import { createPanel } from './panel.ts'
import { createPanelView } from './panel-view.ts'
import { createResumption } from './resumption.ts'
import { createSignIn } from './sign-in.ts'
import { createSuggestionPlace } from './suggestion-place.ts'
import { channelOf } from './visit.ts'
import { createVisitorChat } from './visitor-chat.ts'
import { createVisitorCommands } from './visitor-commands.ts'

/** What the loader reports to the widget. */
export type Widget = {
  /** An attribute or property of the element has changed. */
  changed(name: string): void
  close(): void
}

/** Opens the visitor's side of a chat in the shadow root of its element. */
export async function openWidget(host: Host): Promise<Widget> {
  const store = hostStorage()
  const { words, formats } = await loadLanguage(host.lang, document.documentElement.lang, ...navigator.languages)
  const channel = channelOf(host.getAttribute('channel'))
  const texts = createVisitorTexts()
  const closing = new AbortController()
  const { signal } = closing
  const changed = (): void => view.show()
  const leave = (): void => resumption.leave()

  const drafts = createOfferedDrafts({
    language: formats.locale,
    offered: ({ number }) => host.dispatchEvent(new CustomEvent('guichet-draft', { detail: { number } })),
    changed,
  })
  const suggestions = createSuggestionPlace({
    words,
    language: formats.locale,
    server: host.server,
    store: tabStorage(),
    transport: () => connection.transport(),
  })
  const panel = createPanel({
    words,
    formats,
    channel,
    texts,
    drafts,
    suggestions,
    isAnonymous: () => connection.who()?.isAnonymous ?? true,
    hide: () => host.removeAttribute('open'),
    statusText: () => view.statusText(),
    begin: (body) => resumption.begin(body),
    write: (body) => void commands.write(body),
    act: (name, input) => commands.act(name, input),
    beginAnother: leave,
    session: () => chatPane.session(),
    changed,
  })
  const connection = createConnection({
    host,
    store,
    identifying: () => resumption.identifying(),
    disconnected: () => {
      visitorChat.stop()
      panel.place.stop()
      panel.desk.stop()
      drafts.stop()
    },
    identified: (owner, before) => {
      // A visitor who says who they are is the same person.
      if (before !== undefined && before !== 'visitor' && before !== owner) {
        signIn.empty()
        drafts.forget()
        suggestions.forget()
      }
      texts.owner(host.server, owner)
      void resumption.resume()
    },
    onConnection: (connected) => {
      resumption.connectionChanged(connected)
      view.showConnection()
      panel.status.say()
    },
    refused: (code) => resumption.fail(code),
  })
  const chatPane = createChatPane({
    host,
    panel,
    words,
    formats,
    channel,
    store,
    texts,
    transport: connection.transport,
    choose: (messageId, actionId) => void commands.act('chooseChatAction', { messageId, actionId }),
    answered: (code) => commands.answered(code),
  })
  const commands = createVisitorCommands({ host, panel, connection, chatPane, changed, leave })
  const signIn = createSignIn({ host, panel, texts, connection, chatPane })
  const visitorChat = createVisitorChat({
    connection,
    chatPane,
    texts,
    changed,
    continued: leave,
    ended: (code) => resumption.fail(code),
  })
  const resumption = createResumption({
    host,
    panel,
    channel,
    language: formats.locale,
    connection,
    chatPane,
    visitorChat,
    signal,
    changed,
  })
  const view = createPanelView({
    host,
    panel,
    words,
    formats,
    connection,
    chatPane,
    visitorChat,
    resumption,
    drafts,
    signal,
  })

  connection.identify()
  return {
    changed: (name) => {
      if (name === 'token') return signIn.tokenChanged()
      if (name === 'forget') return signIn.forget()
      view.show()
      if (name === 'open') view.moveFocus()
    },
    close: () => {
      texts.close()
      closing.abort()
      panel.status.close()
      connection.disconnect()
      view.remove()
    },
  }
}
