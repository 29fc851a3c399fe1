import type { Store } from '../connection/storage.ts'
import { removeAll, tabStorage } from '../connection/storage.ts'

/** What was typed and not sent, of each place where somebody types. It outlives the page, in the tab. */
export type Drafts = {
  read(place: string): string
  keep(place: string, text: string): void
}

/** The drafts whose keys begin with `beginning`, which names whose they are. */
export function createDrafts(store: Store, beginning: string): Drafts {
  return {
    read: (place) => store.getItem(`${beginning}${place}`) ?? '',
    keep: (place, text) => {
      const key = `${beginning}${place}`
      try {
        if (text.trim() === '') store.removeItem(key)
        else store.setItem(key, text)
      } catch {
        // The storage is full: then the text ends with the page.
      }
    },
  }
}

/** Calls `run` whenever the page may be about to go: it is left, loaded again or hidden. Returns how to stop that. */
export function whenLeft(run: () => void): () => void {
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') run()
  }
  window.addEventListener('pagehide', run)
  document.addEventListener('visibilitychange', hidden)
  return () => {
    window.removeEventListener('pagehide', run)
    document.removeEventListener('visibilitychange', hidden)
  }
}

type Field = HTMLInputElement | HTMLTextAreaElement

/** What a visitor types, in each of the widget's fields. */
export type VisitorTexts = {
  /** Keeps what is typed in a field and not sent under its place of the moment, if it has one. */
  add(field: Field, place: () => string | undefined): void
  /** Shows in a field what was typed at its place before, unless something is typed there now. */
  restore(field: Field): void
  /** A person types at a server; shows what they had typed before. */
  owner(server: string, person: string): void
  /** Keeps what is typed now, of a chat that will perhaps be shown no more. */
  keep(): void
  /** Whether something was typed in a chat, or about it, and not sent. */
  holds(chatId: string): boolean
  /** Empties the fields. */
  clear(): void
  /** Empties the fields, and removes all that anybody has typed at the server. */
  forget(): void
  close(): void
}

/** The place of what is typed about a chat that has ended. */
export const commentPlace = (chatId: string): string => `comment:${chatId}`

/** Keeps what is typed for the next page of the tab. The default value of a field is what was sent, or nothing. */
export function createVisitorTexts(): VisitorTexts {
  const fields: { readonly field: Field; readonly place: () => string | undefined }[] = []
  let drafts: Drafts | undefined
  let server = ''
  const keep = (): void => {
    for (const { field, place } of fields) {
      const at = place()
      if (at !== undefined) drafts?.keep(at, field.value === field.defaultValue ? '' : field.value)
    }
  }
  const restore = (field: Field): void => {
    const at = fields.find((one) => one.field === field)?.place()
    if (at === undefined || field.value !== field.defaultValue) return
    field.value = drafts?.read(at) || field.value
  }
  const clear = (): void => {
    for (const { field } of fields) field.value = field.defaultValue
  }
  const stop = whenLeft(keep)
  return {
    add: (field, place) => void fields.push({ field, place }),
    restore,
    owner: (at, person) => {
      server = at
      drafts = createDrafts(tabStorage(), `guichet-draft:${server}:${person}:`)
      for (const { field } of fields) restore(field)
    },
    keep,
    holds: (chatId) => [chatId, commentPlace(chatId)].some((place) => (drafts?.read(place) ?? '') !== ''),
    clear,
    forget: () => {
      clear()
      removeAll(tabStorage(), `guichet-draft:${server}:`)
    },
    close: () => {
      keep()
      stop()
    },
  }
}

/** Moves what was typed in one field to the end of another. */
export function moveText(from: Field, to: Field): void {
  to.value = [to.value, from.value].filter((typed) => typed.trim() !== '').join('\n')
  from.value = ''
}
