import { createUploads } from './attachments.ts'
import type { Session } from './session.ts'
import type { Transport } from '../connection/transport.ts'
import { lengthIfTooLong } from '../page/text-form.ts'
import { createTyping } from './typing.ts'
import type { Words } from '../page/words.ts'
import { h } from '../page/dom.ts'

type Options = {
  readonly transport: Transport
  /** The origin of the server. */
  readonly server: string
  readonly session: Session
  readonly words: Words
  readonly field: HTMLTextAreaElement
  /** What takes files that are dropped on it. */
  readonly area: HTMLElement
  /** Whether what is typed is for the other side. */
  readonly isShown: () => boolean
  /** Whether files are taken now; always, unless given. */
  readonly takesFiles?: () => boolean
}

/** What a composer has beside its text: a button for files, and above it who types and what is being uploaded. */
export type Composer = { readonly button: HTMLElement; readonly above: HTMLElement; close(): void }

/** Adds files, by a button, by dropping and by pasting them, and typing to the composer of a chat. */
export function openComposer({
  transport,
  server,
  session,
  words,
  field,
  area,
  isShown,
  takesFiles = () => true,
}: Options): Composer {
  const { id: chatId } = session.conversation.chat
  const uploads = createUploads({ transport, server, words, owner: { chatId }, send: session.sendFile })
  const typing = createTyping({ transport, chatId, words, field, isShown })
  const listeners = new AbortController()
  const { signal } = listeners
  const mayAdd = (): boolean => session.conversation.chat.status !== 'CLOSED' && takesFiles()
  const over = (event: DragEvent): void => {
    if (!mayAdd() || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    area.classList.add('dropping')
  }
  area.addEventListener('dragover', over, { signal })
  area.addEventListener('dragleave', () => area.classList.remove('dropping'), { signal })
  area.addEventListener(
    'drop',
    (event) => {
      area.classList.remove('dropping')
      const files = event.dataTransfer?.files
      if (!files?.length || !mayAdd()) return
      event.preventDefault()
      void uploads.add(files)
    },
    { signal },
  )
  field.addEventListener(
    'paste',
    (event) => {
      const files = event.clipboardData?.files
      if (!files?.length || !mayAdd()) return
      event.preventDefault()
      void uploads.add(files)
    },
    { signal },
  )
  /** The text stays in its field, and so in its draft, until it was sent. */
  const sendAsFile = async (): Promise<void> => {
    const { value } = field
    asFile.disabled = true
    const isSent = await uploads.add([new File([value], 'message.txt', { type: 'text/plain' })]).finally(() => {
      asFile.disabled = false
    })
    if (!isSent || field.value !== value) return
    field.value = ''
    field.dispatchEvent(new Event('input'))
  }
  const asFile = h(
    'button',
    {
      type: 'button',
      hidden: true,
      onclick: () => void sendAsFile(),
    },
    words.asFile,
  )
  field.addEventListener('input', () => (asFile.hidden = lengthIfTooLong(field.value) === undefined || !mayAdd()), {
    signal,
  })
  return {
    button: uploads.button,
    above: h('div', {}, typing.element, uploads.element, asFile),
    close: () => {
      listeners.abort()
      typing.close()
      uploads.close()
    },
  }
}
