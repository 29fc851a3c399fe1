import type { h as makeElement } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'

/** The operations of the articles beside a chat, which are loaded with them. */
export const articlePanelDocuments = {
  conversationArticles: `query ConversationArticles($chatId: ID!, $query: String) {
  conversationArticles(chatId: $chatId, query: $query) {
    articles { article { key } language title excerpt address isSendable isCustomersLanguage sends solved }
    expertRequest { message }
  }
}`,
  sendArticle: `mutation SendArticle($input: SendArticleInput!) {
  result: sendArticle(input: $input) { userErrors { code } }
}`,
} as const

/** What the articles need; it is handed to them, so that their script imports no other one. */
type PanelOptions = {
  readonly h: typeof makeElement
  readonly transport: Pick<Transport, 'ask'>
  readonly send: <T>(command: unknown, send: (commandId: string) => Promise<T>) => Promise<T>
  readonly chatId: string
  /** The language of the page. */
  readonly language: string
  readonly field: HTMLTextAreaElement
  /** Whether what is written is a note. */
  readonly note: HTMLInputElement
  readonly fail: (error: unknown) => void
  /** Shows why something was refused; nothing for undefined. */
  readonly refuse: (code: string | undefined) => void
}

/** The articles beside a chat. */
export type ArticlePanel = {
  readonly element: HTMLElement
  /** Shows the articles for the chat as it is now, and moves to the search. */
  open(): void
}

type Suggestion = {
  readonly article: { readonly key: string }
  readonly language: string
  readonly title: string
  readonly excerpt: string
  readonly address: string | null
  readonly isSendable: boolean
  readonly isCustomersLanguage: boolean
  readonly sends: number
  readonly solved: number
}
type Answer = {
  readonly conversationArticles: {
    readonly articles: readonly Suggestion[]
    readonly expertRequest: { readonly message: string } | null
  } | null
}
type Outcome = { readonly result: { readonly userErrors: readonly { readonly code: string }[] } }

const texts = {
  en: {
    articles: 'Articles',
    search: 'Search articles',
    nothing: 'Nothing found.',
    results: 'Articles: {0}',
    expert: 'Ask an expert in a note',
    internal: 'For the desk alone',
    sent: 'Sent for this category: {0}, solved: {1}',
    forms: { LINK: 'Send the link', EXCERPT: 'Send an excerpt', WHOLE: 'Send the whole text' },
    copy: 'Copy the link',
    copied: 'The link is copied.',
    done: 'The article was sent.',
  },
  fr: {
    articles: 'Articles',
    search: 'Chercher des articles',
    nothing: 'Aucun résultat.',
    results: 'Articles : {0}',
    expert: 'Demander à un expert dans une note',
    internal: 'Réservé à l’équipe',
    sent: 'Envoyé pour cette catégorie : {0}, résolu : {1}',
    forms: { LINK: 'Envoyer le lien', EXCERPT: 'Envoyer un extrait', WHOLE: 'Envoyer le texte entier' },
    copy: 'Copier le lien',
    copied: 'Le lien est copié.',
    done: 'L’article est envoyé.',
  },
} as const

type Form = keyof (typeof texts)['en']['forms']

/** Searches articles for a chat, and sends them with what is typed in the field above them. */
export function openArticles(options: PanelOptions): ArticlePanel {
  const { h, transport, send, chatId, language, field, note, fail, refuse } = options
  const words = texts[language.startsWith('fr') ? 'fr' : 'en']
  const filled = (text: string, ...values: readonly (string | number)[]): string =>
    text.replaceAll(/\{(\d)\}/g, (_, n: string) => String(values[Number(n)] ?? ''))
  const status = h('p', { role: 'status' })
  const list = h('ul')
  const query = h('input', { type: 'search', 'aria-label': words.search, placeholder: words.search, dir: 'auto' })
  let turns = 0

  const search = async (): Promise<void> => {
    const turn = ++turns
    const variables = { chatId, query: query.value.trim().slice(0, 1_000) || undefined }
    const { conversationArticles } = await transport.ask<Answer>(articlePanelDocuments.conversationArticles, variables)
    if (turn !== turns) return
    const { articles = [], expertRequest } = conversationArticles ?? {}
    status.textContent = articles.length === 0 ? words.nothing : filled(words.results, articles.length)
    list.replaceChildren(...articles.map(entry), ...(expertRequest ? [asking(expertRequest.message)] : []))
  }
  const press = (work: Promise<void>): void => void work.catch(fail)
  const button = (label: string, title: string, onclick: () => void): HTMLElement =>
    h('button', { type: 'button', 'aria-label': `${label}: ${title}`, onclick }, label)

  const entry = (each: Suggestion): HTMLElement => {
    const { title, excerpt, address, isSendable, isCustomersLanguage, sends, solved } = each
    const link = address?.startsWith('http') ? address : undefined
    const forms: readonly Form[] = link === undefined ? ['EXCERPT', 'WHOLE'] : ['LINK', 'EXCERPT', 'WHOLE']
    const facts = [
      ...(isCustomersLanguage ? [] : [nameOf(each.language)]),
      ...(isSendable ? [] : [words.internal]),
      ...(sends > 0 ? [filled(words.sent, sends, solved)] : []),
    ]
    return h(
      'li',
      {},
      h('b', { dir: 'auto', lang: each.language }, title),
      ...(facts.length > 0 ? [h('small', {}, ` ${facts.join(' · ')}`)] : []),
      h('p', { dir: 'auto', lang: each.language }, excerpt),
      ...(isSendable ? forms.map((form) => button(words.forms[form], title, () => press(sendAs(form, each)))) : []),
      ...(link === undefined ? [] : [button(words.copy, title, () => press(copy(link)))]),
    )
  }
  const nameOf = (tag: string): string => new Intl.DisplayNames([language], { type: 'language' }).of(tag) ?? tag

  const sendAs = async (form: Form, { article }: Suggestion): Promise<void> => {
    const said = note.checked ? '' : field.value
    const input = { chatId, articleId: article.key, form, ...(said.trim() !== '' && { text: said }) }
    const { result } = await send(['sendArticle', input], (commandId) =>
      transport.ask<Outcome>(articlePanelDocuments.sendArticle, { input: { commandId, ...input } }),
    )
    const code = result.userErrors[0]?.code
    refuse(code)
    if (code !== undefined) return
    status.textContent = words.done
    if (said === '' || field.value !== said) return
    field.value = ''
    field.dispatchEvent(new Event('input'))
  }
  const copy = async (address: string): Promise<void> => {
    await navigator.clipboard.writeText(address)
    status.textContent = words.copied
  }
  /** The search goes into a note, on which the agent writes on: colleagues and experts read it. */
  const asking = (message: string): HTMLElement => {
    const ask = (): void => {
      note.checked = true
      field.value = message
      field.dispatchEvent(new Event('input'))
      field.focus()
    }
    return h('li', {}, h('button', { type: 'button', onclick: ask }, words.expert))
  }

  const form = h(
    'form',
    {
      role: 'search',
      onsubmit: (event) => {
        event.preventDefault()
        press(search())
      },
    },
    query,
  )
  return {
    element: h('section', { class: 'customer', 'aria-label': words.articles, tabindex: '0' }, form, status, list),
    open: () => {
      query.focus()
      press(search())
    },
  }
}
