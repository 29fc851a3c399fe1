import { newId } from '../connection/command-ids.ts'
import type { Attachment, UploadAnswer, FileView } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'
import { passes, refusalIn, Refused, Unreachable } from '../connection/refusals.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

type Server = {
  readonly transport: Pick<Transport, 'ask' | 'pause'>
  /** The origin of the server. */
  readonly server: string
  readonly words: Words
}

type Options = Server & {
  /** What the files belong to, as `createUpload` takes it. */
  readonly owner: { readonly chatId: string } | { readonly articleId: string }
  /** Receives an uploaded file, and the id of a message for it. */
  readonly send: (messageId: string, file: { readonly fileId: string; readonly name: string }) => void
}

/** The uploads of a chat or an article: a button that asks for files, and the list of those under way or refused. */
type Uploads = {
  readonly button: HTMLElement
  readonly element: HTMLElement
  /** Resolves with whether all of them were sent. */
  add(files: Iterable<File>): Promise<boolean>
  close(): void
}

/** How many refused files the list shows; older ones make place. */
const mostRefused = 10

/** What becomes of these passes too: the same content may be sent again. */
const uploadPasses = ['files_unavailable', 'upload_incomplete', 'link_expired']

/** Uploads files with their progress, and again after a lost connection until the server has answered. */
export function createUploads({ transport, server, words, owner, send }: Options): Uploads {
  const underWay = new Set<AbortController>()
  const element = h('ul', { class: 'uploads' })
  const input = h('input', { type: 'file', multiple: true, hidden: true, tabindex: '-1' })
  const add = async (files: Iterable<File>): Promise<boolean> =>
    (await Promise.all(Array.from(files, (file) => upload(file)))).every(Boolean)
  input.addEventListener('change', () => {
    void add(input.files ?? [])
    input.value = ''
  })
  const button = h(
    'span',
    {},
    input,
    h('button', { type: 'button', 'aria-label': words.attach, onclick: () => input.click() }, '+'),
  )

  function showRefused(row: HTMLElement): void {
    row.classList.add('refused')
    const rows = [...element.querySelectorAll('.refused')]
    for (const old of rows.slice(0, Math.max(0, rows.length - mostRefused))) old.remove()
    element.scrollTop = element.scrollHeight
  }

  async function upload(file: File): Promise<boolean> {
    const [commandId, messageId] = [newId(), newId()]
    const ending = new AbortController()
    const { signal } = ending
    underWay.add(ending)
    const progress = h('progress', { max: '1', value: '0', 'aria-label': file.name })
    const state = h('span', { role: 'status', dir: 'auto' })
    const cancel = h(
      'button',
      { type: 'button', 'aria-label': fill(words.cancel, file.name), onclick: () => (ending.abort(), row.remove()) },
      '×',
    )
    const row = h('li', {}, h('span', { dir: 'auto' }, file.name), progress, state, cancel)
    element.append(row)
    try {
      for (let attempt = 0; !signal.aborted; attempt++) {
        try {
          const { fileId, url } = await grant(commandId, file)
          if (signal.aborted) return false
          await post(server + url, file, signal, (part) => {
            setText(state, '')
            progress.value = part
          })
          row.remove()
          send(messageId, { fileId, name: file.name })
          return true
        } catch (error) {
          if (signal.aborted) return false
          if (error instanceof Refused) {
            progress.remove()
            setText(state, reason(error.code, words))
            showRefused(row)
            return false
          }
          if (!(error instanceof Unreachable)) throw error
          setText(state, words.resuming)
          await transport.pause(attempt)
        }
      }
      return false
    } finally {
      underWay.delete(ending)
    }
  }

  /** The place of an upload: the same one for each try under the same id. */
  async function grant(
    commandId: string,
    { name, size }: File,
  ): Promise<NonNullable<UploadAnswer['result']['upload']>> {
    const { result } = await transport.ask<UploadAnswer>(documents.createUpload, {
      input: { commandId, ...owner, name, bytes: size },
    })
    if (result.upload) return result.upload
    const code = refusalIn(result.userErrors) ?? 'internal_error'
    throw new Refused(result.userErrors[0]?.field === 'bytes' ? 'file_too_large' : code)
  }

  return {
    button,
    element,
    add,
    close: () => {
      for (const ending of underWay) ending.abort()
    },
  }
}

/** An upload of which nothing has moved for so long is tried again: a lost connection may never report it. In milliseconds. */
const stalledMs = 60_000

/** Sends the bytes of a file alone. `fetch` reports no progress. @throws Unreachable @throws Refused */
function post(url: string, file: File, signal: AbortSignal, progressed: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    let stalled = setTimeout(() => request.abort(), stalledMs)
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      clearTimeout(stalled)
      stalled = setTimeout(() => request.abort(), stalledMs)
      progressed(total > 0 ? loaded / total : 0)
    })
    request.addEventListener('loadend', () => clearTimeout(stalled))
    request.addEventListener('load', () => {
      if (request.status < 300) return resolve()
      const code = codeOf(request.responseText)
      reject(passes(code) || uploadPasses.includes(code) ? new Unreachable(code) : new Refused(code))
    })
    for (const ended of ['error', 'abort', 'timeout']) request.addEventListener(ended, () => reject(new Unreachable()))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    // Without its type, which the server would not believe.
    request.send(file.slice(0, file.size, ''))
  })
}

function codeOf(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: readonly { readonly extensions?: { code?: string } }[] }
    return errors?.[0]?.extensions?.code ?? 'unavailable'
  } catch {
    return 'unavailable'
  }
}

/** Why a file was not sent, in words. */
function reason(code: string, words: Words): string {
  switch (code.toLowerCase()) {
    case 'file_too_large':
      return words.fileTooLarge
    case 'file_type_refused':
      return words.fileTypeRefused
    case 'file_infected':
    case 'file_withheld':
      return words.fileInfected
    case 'too_many_uploads':
    case 'quota_exceeded':
      return words.fileTooMany
    default:
      return fill(words.refused, code)
  }
}

/** Links can be used for a quarter of an hour: older ones are asked for again, in milliseconds. */
const linkMs = 10 * 60_000

/** How often a file that the server does not know is asked for again. */
const mostUnknown = 4

/** How often a preview is asked for again, and after how many milliseconds. */
const mostPictures = 5
const pictureMs = 10_000

/**
 * Shows a file of a message, once it is seen: a link and a preview when it may be read, and in words why it may not. A
 * file that is being checked is asked for again until that has ended.
 */
export function showFile({ transport, server, words }: Server, { fileId, name }: Attachment): HTMLElement {
  const link = h('a', { target: '_blank', rel: 'noopener', dir: 'auto' }, name)
  const state = h('span', { role: 'status', dir: 'auto' })
  const element = h('p', { class: 'file' }, link, state)
  let loadedAt = 0
  /** Since when the link that is shown can be used. */
  let linkedAt = 0

  const show = ({ status, url, previewUrl }: FileView): void => {
    const why = { QUARANTINED: words.checking, CLEAN: '', INFECTED: words.withheld, DELETED: words.deleted }
    setText(state, why[status])
    if (url === null) return link.removeAttribute('href')
    linkedAt = Date.now()
    link.href = server + url
    if (previewUrl === null || link.querySelector('img')) return
    showPicture(server + previewUrl)
  }
  /** A picture that cannot be drawn yet is asked for again; where there is none, its name is shown alone. */
  const showPicture = (address: string, attempt = 0): void => {
    const picture = h('img', { src: address, alt: name })
    picture.addEventListener('error', () => {
      picture.remove()
      const isAgain = attempt < mostPictures && Date.now() - linkedAt <= linkMs && element.isConnected
      if (isAgain) setTimeout(() => showPicture(address, attempt + 1), pictureMs)
    })
    link.prepend(picture)
  }
  const load = async (attempt = 0): Promise<void> => {
    loadedAt = Date.now()
    try {
      const { file } = await transport.ask<{ readonly file: FileView | null }>(documents.file, { id: fileId })
      if (file) show(file)
      // Another server process than the one that sent the message may not know it yet.
      if (file ? file.status !== 'QUARANTINED' : attempt >= mostUnknown) return
    } catch (error) {
      if (error instanceof Refused) return
      if (!(error instanceof Unreachable)) throw error
    }
    await transport.pause(attempt)
    if (element.isConnected) await load(attempt + 1)
  }
  const refresh = (): void => {
    if (loadedAt > 0 && Date.now() - loadedAt > linkMs) void load()
  }
  link.addEventListener('click', (event) => {
    if (!link.href || Date.now() - linkedAt <= linkMs) return
    event.preventDefault()
    void load().then(() => {
      if (link.href && Date.now() - linkedAt <= linkMs) link.click()
    })
  })
  link.addEventListener('pointerenter', refresh)
  link.addEventListener('focus', refresh)
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return
    seen.disconnect()
    void load()
  })
  seen.observe(element)
  return element
}
