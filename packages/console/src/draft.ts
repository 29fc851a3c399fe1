import type { Store } from './storage.ts'
import { removeAll, tabStorage } from './storage.ts'

/** What was typed and not sent, of each place where somebody types. It outlives the page, in the tab. */
type Drafts = {
  read(place: string): string
  keep(place: string, text: string): void
  /** Removes all of it. */
  forget(): void
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
    forget: () => removeAll(store, beginning),
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

/** What a visitor types: the first message of a chat, and messages in it. */
type VisitorTexts = {
  /** Somebody types here, whose key says who and where; shows what they had typed before. */
  owner(key: string): void
  /** A chat is shown; shows what was typed in it before. */
  enter(chatId: string): void
  /** A chat is left for good: what was typed in it is for the next one. */
  leave(chatId: string): void
  /** Keeps what is typed now, of a chat that will be shown no more until it is opened again. */
  keep(): void
  /** Removes all that the owner has typed. */
  forget(): void
  close(): void
}

/** Keeps what is typed in two fields for the next page of the tab. `chatId` is that of the chat that is shown. */
export function createVisitorTexts(
  first: HTMLTextAreaElement,
  text: HTMLTextAreaElement,
  chatId: () => string | undefined,
): VisitorTexts {
  let drafts: Drafts | undefined
  const keep = (): void => {
    const chat = chatId()
    drafts?.keep('start', first.value)
    if (chat !== undefined) drafts?.keep(chat, text.value)
  }
  const stop = whenLeft(keep)
  return {
    owner: (key) => {
      drafts = createDrafts(tabStorage(), `guichet-draft:${key}:`)
      first.value ||= drafts.read('start')
    },
    enter: (chat) => {
      text.value ||= drafts?.read(chat) ?? ''
    },
    leave: (chat) => {
      first.value = [first.value, text.value].filter((typed) => typed.trim() !== '').join('\n')
      text.value = ''
      drafts?.keep(chat, '')
    },
    keep,
    forget: () => drafts?.forget(),
    close: () => {
      keep()
      stop()
    },
  }
}
