import type { WidgetLanguage } from './languages.ts'
import type { Widget } from './widget.ts'

/** The words of the button; the widget has the others. */
const labels = {
  ar: 'فتح المحادثة',
  de: 'Chat öffnen',
  en: 'Open the chat',
  es: 'Abrir el chat',
  fr: 'Ouvrir la discussion',
  hi: 'चैट खोलें',
  ur: 'چیٹ کھولیں',
} as const satisfies Readonly<Record<WidgetLanguage, string>>

const css = `
:host {
  all: initial !important; position: fixed !important; display: block !important; inset-block: auto var(--guichet-inset, 16px) !important;
  inset-inline: auto var(--guichet-inset, 16px) !important; z-index: var(--guichet-z, 2147483000) !important
}
:host([hidden]) { display: none !important }
.launcher {
  display: block; margin-inline-start: auto; inline-size: 56px; block-size: 56px; border: 0; border-radius: 50%; cursor: pointer;
  font: 24px/1 system-ui, sans-serif; background: var(--guichet-accent, #1d4ed8); color: var(--guichet-accent-text, #fff); box-shadow: 0 4px 16px #0005
}
.launcher:focus-visible { outline: 3px solid var(--guichet-accent, #1d4ed8); outline-offset: 3px }`

/** How long a tab does not ask again whether the customer of the host has a chat on another device, in milliseconds. */
const askAgainMs = 300_000

/**
 * `<guichet-chat>`: the visitor's side of a chat. It begins as a button; the widget is loaded when it is first opened,
 * when this browser has a chat that goes on or has an unread answer, or a first message that was not acknowledged, and
 * once in five minutes for a customer whom the host names, who may have such a chat on another device; at once with the attribute `drafts`.
 * Attributes: `server`, `token`, `channel`, `lang`, `open`, `drafts`, `push-worker`.
 */
class GuichetChat extends HTMLElement {
  static readonly observedAttributes = ['token', 'open', 'drafts']
  #widget: Promise<Widget> | undefined
  #token: string | undefined

  /** The origin of the Guichet server: that of this script unless given. */
  get server(): string {
    return new URL(this.getAttribute('server') ?? import.meta.url, location.href).origin
  }

  /** Who the visitor is, as a token of the desk. */
  get token(): string {
    return this.#token ?? this.getAttribute('token') ?? ''
  }

  set token(token: string) {
    this.#token = token
    this.#notify('token')
    if (this.isConnected) this.#lookForChat()
  }

  /** Ends an anonymous visit: revokes its token, and removes what this browser remembers of it. */
  forget(): void {
    void this.#load().then((widget) => widget?.changed('forget'))
  }

  connectedCallback(): void {
    if (!this.shadowRoot) {
      const root = this.attachShadow({ mode: 'open' })
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(css)
      root.adoptedStyleSheets = [sheet]
      const button = document.createElement('button')
      // As the widget chooses it.
      const tags = [this.lang, document.documentElement.lang, ...navigator.languages]
      const tag = tags.find((one) => Object.hasOwn(labels, languageIn(one))) ?? 'en'
      const language = languageIn(tag) as WidgetLanguage
      button.type = 'button'
      button.className = 'launcher'
      button.lang = language
      button.ariaLabel = labels[language]
      button.ariaExpanded = 'false'
      button.append(bubble())
      button.addEventListener('click', () => this.toggleAttribute('open'))
      root.append(button)
    }
    if (this.hasAttribute('open')) this.#notify('open')
    else this.#lookForChat()
  }

  disconnectedCallback(): void {
    // A page may move the element: then it is connected again at once.
    queueMicrotask(() => {
      if (this.isConnected || !this.#widget) return
      void this.#widget.then(
        (widget) => widget.close(),
        () => undefined,
      )
      this.#widget = undefined
    })
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.shadowRoot || before === after) return
    this.#notify(name)
    if (name !== 'open' && this.isConnected) this.#lookForChat()
  }

  /** Loads the widget where a chat may go on, an answer may be unread, or a draft may be offered. */
  #lookForChat(): void {
    if (this.hasAttribute('drafts') || this.#hasChat() || this.#mayHaveChatElsewhere()) void this.#load()
  }

  /** A customer of the host may have a chat on another device: the desk is asked from time to time. */
  #mayHaveChatElsewhere(): boolean {
    if (this.token === '') return false
    try {
      // The end of a token tells the tokens of two people apart, and is worth nothing alone.
      const key = `guichet-asked:${this.server}:${this.token.slice(-8)}`
      if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < askAgainMs) return false
      sessionStorage.setItem(key, `${Date.now()}`)
      return true
    } catch {
      return false
    }
  }

  #hasChat(): boolean {
    try {
      return Object.keys(localStorage).some((key) =>
        ['chat', 'start'].some((kind) => key.startsWith(`guichet-${kind}:${this.server}:`)),
      )
    } catch {
      return false
    }
  }

  /** A load that fails, such as without a network, is tried again with the next click. */
  #load(): Promise<Widget | undefined> {
    this.#widget ??= import('./widget.js').then(({ openWidget }) => openWidget(this))
    return this.#widget.catch(() => {
      this.#widget = undefined
      this.removeAttribute('open')
      return undefined
    })
  }

  #notify(name: string): void {
    if (name === 'open' && this.hasAttribute('open')) void this.#load()
    void this.#widget?.then(
      (widget) => widget.changed(name),
      () => undefined,
    )
  }
}

/** The language of a tag, such as `fr` of `fr-CA`. */
const languageIn = (tag: string): string => /^[a-z]{2}(?![a-z])/.exec(tag.toLowerCase())?.[0] ?? ''

/** A speech bubble. */
function bubble(): SVGElement {
  const make = (name: string, attributes: Readonly<Record<string, string>>): SVGElement => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    return element
  }
  const svg = make('svg', {
    viewBox: '0 0 24 24',
    width: '28',
    height: '28',
    'aria-hidden': 'true',
    fill: 'currentColor',
  })
  svg.append(make('path', { d: 'M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z' }))
  return svg
}

if (!customElements.get('guichet-chat')) customElements.define('guichet-chat', GuichetChat)
