import { stringify } from 'yaml'
import { slugOf, withoutUnprintable, cutTo } from '@guichet/domain'
import { ImportFault } from '../../fault.ts'
import type { FileFault } from '../article-file.ts'
import { languageIn } from '../article-file.ts'
import type { FileCode, Folder, FolderFile } from '../folder.ts'
import { folderLimits } from '../folder.ts'
import type { PeerText } from './html.ts'

/** A system whose help centre is imported. */
export type Peer = 'zendesk' | 'mediawiki'

/** How many characters of a name are in that of a file. */
export const nameLength = 30

/** The name of a file or folder for something that another system knows by an id: its name here may change, and repeat. */
export const fileNameFor = (name: string, id: string): string =>
  `${cutTo(slugOf(name), nameLength).replace(/-$/, '')}-${id}`

/** A locale of another system, such as `en-us`, as the tag of a language: `en-US`; undefined for none. */
export const tagOf = (locale: string): string | undefined => languageIn(locale.replaceAll('_', '-'))

/** How many pictures, attachments and pieces of markup of a text are named. */
const maxNamed = 20

/** How many records and faults of one code are named; the others are counted. */
const mostOfCode = 1_000

/** The help centre of another system as a folder, with what is wrong with its texts. */
export type PeerContent = Folder & { readonly faults: readonly FileFault[] }

/** The help centre of another system as a folder of Markdown files, which is written piece by piece. */
export class PeerFolder {
  readonly #files: FolderFile[] = []
  readonly #skipped: FolderFile[] = []
  readonly #faults: FileFault[] = []
  readonly #skips = new Map<FileCode, number>()
  readonly #notes = new Map<FileFault['code'], number>()
  readonly #identities = new Map<string, string>()
  readonly #name: string
  #bytes = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Counts what is kept of the file. @throws Fault `folder_too_large`. */
  count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > folderLimits.bytes)
      throw new ImportFault('folder_too_large', `the texts in ${this.#name} have more than ${folderLimits.bytes} bytes`)
  }

  /** Says what the other system calls an article or a category, by its key or folder here. */
  identify(key: string, identity: string): void {
    this.#identities.set(key, identity)
  }

  /** Adds a text. */
  write(path: string, values: Readonly<Record<string, unknown>>, text: PeerText): void {
    const { markdown, pictures, unread } = text
    const stated = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
    if (this.#files.length >= folderLimits.files)
      throw new ImportFault('folder_too_large', `${this.#name} has more than ${folderLimits.files} texts`)
    this.#files.push({
      path,
      text: `---\n${stringify(stated, { lineWidth: 0 })}---\n\n${withoutUnprintable(markdown)}\n`,
    })
    for (const each of pictures.slice(0, maxNamed))
      this.note(path, 'picture_not_imported', `${each} is in the other system, and does not come in`)
    if (unread.length > 0)
      this.note(path, 'markup_unread', `${unread.slice(0, maxNamed).join(', ')}: kept as text, or left out`)
  }

  /** Says that something does not come in. */
  skip(path: string, code: FileCode, reason: string): void {
    if (countIn(this.#skips, code) > mostOfCode) return
    this.#skipped.push({ path: withoutUnprintable(path.replaceAll(/[\t\r\n]/g, ' ')).slice(0, 300), code, reason })
  }

  /** Says what is wrong with a text. */
  note(path: string, code: FileFault['code'], reason: string): void {
    if (countIn(this.#notes, code) > mostOfCode) return
    this.#faults.push({ path, code, reason: withoutUnprintable(reason.replaceAll(/\s+/g, ' ')).slice(0, 500) })
  }

  /** All of it. */
  folder(): PeerContent {
    return {
      name: this.#name,
      files: [...this.#files, ...this.#skipped, ...othersOf(this.#skips)],
      faults: [...this.#faults, ...othersOf(this.#notes)],
      identities: this.#identities,
    }
  }
}

function countIn<C>(counts: Map<C, number>, code: C): number {
  const count = (counts.get(code) ?? 0) + 1
  counts.set(code, count)
  return count
}

/** What stands for those of each code that are not named. */
const othersOf = <C extends string>(counts: ReadonlyMap<C, number>) =>
  [...counts].flatMap(([code, count]) => {
    const times = count - mostOfCode
    return times > 0 ? [{ path: `${times} more`, code, reason: `${mostOfCode} others are named`, times }] : []
  })
