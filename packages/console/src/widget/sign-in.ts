import type { VisitorTexts } from '../conversation/draft.ts'
import type { ChatPane } from './chat-pane.ts'
import type { Connection, Host } from './connection.ts'
import type { Panel } from './panel.ts'
import { endPushes } from './push.ts'

type Options = {
  readonly host: Host
  readonly panel: Panel
  readonly texts: VisitorTexts
  readonly connection: Connection
  readonly chatPane: ChatPane
}

/** Who signs in and out at the site while its page is open. */
type SignIn = {
  /** The host has another token now, or none. */
  tokenChanged(): void
  /** Ends an anonymous visit. */
  forget(): void
  /** Removes from the page what somebody has typed and read. */
  empty(): void
}

/** Connects as the person who signs in, and removes from the page what belongs to the person who signs out. */
export function createSignIn({ host, panel, texts, connection, chatPane }: Options): SignIn {
  function empty(): void {
    texts.clear()
    panel.startForm.show(undefined)
    panel.desk.reset()
    panel.draft.reset()
    chatPane.clear()
  }

  /** Leaves nothing here for the next person at this browser. */
  function signOut(): void {
    connection.visit()?.forget()
    texts.forget()
    void endPushes(host).catch(() => undefined)
    connection.disconnect()
    empty()
  }

  function revokeToken(): void {
    void connection
      .who()
      ?.leave()
      .catch(() => undefined)
  }

  return {
    tokenChanged: () => {
      // The same token again, which has not been refused.
      if (connection.isMadeWith(host.token)) return
      if (host.token === '') signOut()
      // An anonymous visitor whom the host names now is claimed; any other token of the desk has had its time.
      if (host.token === '' || connection.who()?.owner !== 'visitor') revokeToken()
      connection.identify()
    },
    forget: () => {
      signOut()
      revokeToken()
      connection.identify()
    },
    empty,
  }
}
