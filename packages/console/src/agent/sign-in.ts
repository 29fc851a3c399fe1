import { documents } from '../connection/documents.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import { createTransport } from '../connection/transport.ts'
import { h } from '../page/dom.ts'
import { fill } from '../page/words.ts'

/** Who uses a page of the desk: the id, the name if there is one, and the role of the API, such as `AGENT`. */
export type Viewer = { readonly userId: string; readonly name: string | null; readonly role: string }

/** What a page of the desk says before somebody has signed in; `{0}` is the code of the refusal. */
type SignInWords = Readonly<Record<'token' | 'signIn' | 'tokenRefused' | 'offline', string>>

type Options = {
  /** Where the form is shown; a `data-token` signs in at once. */
  readonly main: HTMLElement
  readonly words: SignInWords
  /** Shows the page; `connection` says that the live connection is lost. Returns how to leave it. */
  readonly enter: (transport: Transport, viewer: Viewer, connection: HTMLElement) => () => void
}

const tokenKey = 'guichet-token'

/** Signs somebody of the desk in with a token, which is kept for the tab, and asks for another one when it is refused. */
export function beginSignedIn({ main, words, enter }: Options): void {
  const showForm = (problem?: string): void => {
    const token = h('input', { id: 'token', type: 'password', autocomplete: 'off', required: true })
    const form = h(
      'form',
      {
        class: 'sign-in',
        onsubmit: (event) => {
          event.preventDefault()
          void signIn(token.value.trim())
        },
      },
      h('label', { for: 'token' }, words.token),
      token,
      h('button', { class: 'primary' }, words.signIn),
    )
    main.replaceChildren(...(problem === undefined ? [] : [h('p', { role: 'alert' }, problem)]), form)
  }

  async function signIn(token: string): Promise<void> {
    let leave = (): void => undefined
    const refuse = (code: string): void => {
      leave()
      transport.close()
      sessionStorage.removeItem(tokenKey)
      showForm(fill(words.tokenRefused, code))
    }
    const connection = h('p', { class: 'offline', hidden: true, role: 'status' }, words.offline)
    const transport = createTransport({
      server: location.origin,
      token: async () => token,
      onConnection: (connected) => (connection.hidden = connected),
      onRejected: refuse,
    })
    for (let attempt = 0; ; attempt++) {
      try {
        const { viewer } = await transport.ask<{ readonly viewer: Viewer }>(documents.viewer)
        if (viewer.role === 'CUSTOMER' || viewer.role === 'VISITOR') throw new Refused('forbidden')
        sessionStorage.setItem(tokenKey, token)
        leave = enter(transport, viewer, connection)
        return
      } catch (error) {
        if (error instanceof Refused) return refuse(error.code)
        if (!(error instanceof Unreachable)) throw error
        await transport.pause(attempt)
      }
    }
  }

  const token = main.dataset['token'] || sessionStorage.getItem(tokenKey)
  if (token) void signIn(token)
  else showForm()
}
