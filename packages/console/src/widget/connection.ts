import { retryDelay } from '../connection/back-off.ts'
import type { Store } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { createTransport } from '../connection/transport.ts'
import type { Identity } from './identity.ts'
import { createIdentity, mostRejections } from './identity.ts'
import type { Visit } from './visit.ts'
import { createVisit } from './visit.ts'

/** The element that the widget lives in. */
export type Host = HTMLElement & { readonly server: string; readonly token: string }

/** Tells the page of the host what the server refused, with the code. */
export function reportRefusal(host: Host, code: string): void {
  host.dispatchEvent(new CustomEvent('guichet-refused', { detail: { code } }))
}

type Options = {
  readonly host: Host
  readonly store: Store
  /** Called before it connects, again or as somebody else. */
  readonly identifying: () => void
  /** Nothing of the connection is of use any more. */
  readonly disconnected: () => void
  /** Called when it connects, with who connects now and who was connected before. */
  readonly identified: (owner: Identity['owner'], before: Identity['owner'] | undefined) => void
  readonly onConnection: (connected: boolean) => void
  /** The server refuses the token for good. */
  readonly refused: (code: string) => void
}

/** Whom the widget connects as, and how far they are on this site. */
export type Connection = {
  who(): Identity | undefined
  visit(): Visit | undefined
  /** Undefined while it is not connected. */
  transport(): Transport | undefined
  /** The number of the present identity: what an earlier one still waits for is dropped. */
  turn(): number
  /** Whether it is made with this token of the host, which was not refused. */
  isMadeWith(token: string): boolean
  /** Connects with the element's present token, or as a visitor without one. */
  identify(): void
  disconnect(): void
  /** The server takes the token no more: a visitor gets another one, and the host is asked for one of its own. */
  rejected(code: string, token?: string): void
}

/** Creates the connection; `identify` makes it. */
export function createConnection(options: Options): Connection {
  const { host, store } = options
  let who: Identity | undefined
  let visit: Visit | undefined
  let transport: Transport | undefined
  let turn = 0
  /** The host's token that the connection is made with. */
  let hostToken = ''
  /** Counts the tokens that were refused since the last connection. */
  let rejections = 0
  let endRenewal: (() => void) | undefined
  let asking: ReturnType<typeof setTimeout> | undefined

  function disconnect(): void {
    turn++
    clearTimeout(asking)
    endRenewal?.()
    options.disconnected()
    transport?.close()
    transport = undefined
  }

  function identify(): void {
    options.identifying()
    disconnect()
    hostToken = host.token
    const before = who?.owner
    who = createIdentity(host.server, hostToken, store)
    visit = createVisit(store, host.server, who.owner)
    const { token } = who
    const current = turn
    transport = createTransport({
      server: host.server,
      token,
      onConnection: (connected) => {
        if (current !== turn) return
        if (connected) rejections = 0
        options.onConnection(connected)
      },
      onRejected: rejected,
    })
    endRenewal = who.keepFresh(() => transport?.refresh())
    options.identified(who.owner, before)
  }

  function rejected(code: string, token?: string): void {
    const before = rejections++
    if (who?.rejected(token) && before < mostRejections) return identify()
    disconnect()
    options.refused(code)
    // A host whose tokens are all refused is asked less and less often.
    const wait = before === 0 ? 0 : retryDelay(before)
    asking = setTimeout(() => host.dispatchEvent(new CustomEvent('guichet-token', { detail: { code } })), wait)
  }

  return {
    who: () => who,
    visit: () => visit,
    transport: () => transport,
    turn: () => turn,
    isMadeWith: (token) => transport !== undefined && hostToken !== '' && token === hostToken,
    identify,
    disconnect,
    rejected,
  }
}
