import { h } from '../page/dom.ts'
import type { Store } from '../connection/storage.ts'

/** What an agent is told of while they look elsewhere. */
type News = { readonly chatId: string; readonly title: string; readonly body: string; readonly lastsMs?: number }

/** Says what needs an agent: in the title of the page, by a sound, and by a notification of the browser. */
type Announcements = {
  /** The switch of the sound, and a button that asks for notifications as long as nobody has decided on them. */
  readonly element: HTMLElement
  announce(news: News): void
  /** The agent has seen a chat. */
  seen(chatId: string): void
  close(): void
}

type Options = {
  readonly store: Store
  /** Opens the chat of a notification that was pressed. */
  readonly open: (chatId: string) => void
  /** The names of the switch and of the button. */
  readonly words: Readonly<Record<'sound' | 'notify', string>>
}

const muteKey = 'guichet-muted'

/** Two short tones, quiet enough for an open office. */
function ring(): void {
  const context = new AudioContext()
  const volume = context.createGain()
  volume.gain.value = 0.1
  volume.connect(context.destination)
  for (const [index, frequency] of [660, 880].entries()) {
    const tone = context.createOscillator()
    tone.frequency.value = frequency
    tone.connect(volume)
    tone.start(context.currentTime + index * 0.15)
    tone.stop(context.currentTime + index * 0.15 + 0.12)
    if (index === 1) tone.addEventListener('ended', () => void context.close())
  }
}

/** What a browser refuses to announce in one way is still announced in the others. */
function withoutFail(announce: () => void): void {
  try {
    announce()
  } catch {
    // The title says it.
  }
}

/** The announcements of one page. Sound is on until it is switched off in this browser. */
export function createAnnouncements({ store, open, words }: Options): Announcements {
  const pageTitle = document.title
  const waiting = new Map<string, string>()
  const notifications = new Map<string, Notification>()
  const ends = new Map<string, ReturnType<typeof setTimeout>>()
  const sound = h('input', { type: 'checkbox', id: 'sound' })
  sound.checked = store.getItem(muteKey) === null
  sound.addEventListener('change', () => {
    if (sound.checked) store.removeItem(muteKey)
    else store.setItem(muteKey, 'yes')
  })
  const canNotify = 'Notification' in window
  const ask = h('button', { type: 'button', onclick: () => void request() }, words.notify)
  ask.hidden = !canNotify || Notification.permission !== 'default'

  async function request(): Promise<void> {
    ask.hidden = (await Notification.requestPermission()) !== 'default'
  }
  const showTitle = (): void => {
    const [latest] = [...waiting.values()].slice(-1)
    document.title = latest === undefined ? pageTitle : `(${waiting.size}) ${latest}`
  }
  /** @throws TypeError in browsers that notify by service workers alone. */
  const notify = (chatId: string, title: string, body: string): void => {
    const notification = new Notification(title, { body, tag: chatId })
    notification.addEventListener('click', () => {
      window.focus()
      open(chatId)
    })
    notifications.set(chatId, notification)
  }
  const seen = (chatId: string): void => {
    clearTimeout(ends.get(chatId))
    ends.delete(chatId)
    waiting.delete(chatId)
    notifications.get(chatId)?.close()
    notifications.delete(chatId)
    showTitle()
  }

  return {
    element: h('span', { class: 'announcements' }, h('label', { for: 'sound' }, sound, ` ${words.sound}`), ask),
    announce: ({ chatId, title, body, lastsMs }) => {
      seen(chatId)
      waiting.set(chatId, title)
      showTitle()
      if (lastsMs !== undefined)
        ends.set(
          chatId,
          setTimeout(() => seen(chatId), lastsMs),
        )
      // A browser plays no sound before the page was used.
      if (sound.checked && navigator.userActivation?.hasBeenActive) withoutFail(ring)
      if (canNotify && Notification.permission === 'granted' && !document.hasFocus()) {
        withoutFail(() => notify(chatId, title, body))
      }
    },
    seen,
    close: () => {
      for (const chatId of waiting.keys()) seen(chatId)
    },
  }
}
