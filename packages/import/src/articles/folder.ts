import { constants } from 'node:fs'
import type { Dirent } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { compareTexts, textSourceLimits, withoutUnprintable } from '@guichet/domain'
import { ImportFault } from '../fault.ts'

/**
 * The limits of a folder that is imported: how many files, how deep folders lie in one another, how many bytes a Markdown
 * file and all of them together have, and how many the files that articles get, once for each article.
 */
export const folderLimits = {
  files: 20_000,
  depth: 12,
  fileBytes: 512 * 1_024,
  bytes: 256 * 1_024 * 1_024,
  attachedBytes: 4_096 * 1_024 * 1_024,
} as const

/** Why a file of a folder is not read; docs/guides/import-articles.md explains each. */
export type FileCode = (typeof fileCodes)[number]

/** The reasons for which a file is not read, before anything is known of its text. */
export const fileCodes = [
  'not_markdown',
  'hidden',
  'symbolic_link',
  'not_a_file',
  'name_unusable',
  'too_deep',
  'file_too_large',
  'file_type_refused',
  'file_unreadable',
  'not_text',
  'record_unreadable',
  'page_of_other_kind',
  'redirect',
] as const

/**
 * A file of a folder, by its path in it: with its text, with its length in bytes where it is no Markdown, or with the
 * reason why it is not read.
 */
export type FolderFile = { readonly path: string } & (
  | { readonly text: string }
  | { readonly bytes: number }
  | {
      readonly code: FileCode
      readonly reason: string
      /** How many records of another system it stands for, where they are not named one by one; 1 unless given. */
      readonly times?: number
    }
)

/** The files of a folder, in the order of their paths. */
export type Folder = {
  readonly name: string
  readonly files: readonly FolderFile[]
  /** What another system calls articles and categories, by the keys and folders that they have here: theirs may change. */
  readonly identities?: ReadonlyMap<string, string>
}

type Entry = { readonly path: string; readonly textBytes: number } | Exclude<FolderFile, { readonly text: string }>

/** The names of files that may be articles. */
export const markdown = /\.(?:md|markdown)$/i

/**
 * Reads the Markdown files of a folder, and lists the others. Symbolic links are not followed, and nothing outside of the folder is read. The
 * size of all files is looked at before one of them is read.
 * @throws Fault `folder_unreadable`, `folder_too_large`.
 */
export async function readFolder(folder: string, signal?: AbortSignal): Promise<Folder> {
  const entries: Entry[] = []
  await list(folder, '', 1, entries, signal)
  const bytes = entries.reduce((sum, entry) => sum + ('textBytes' in entry ? entry.textBytes : 0), 0)
  if (bytes > folderLimits.bytes)
    throw new ImportFault('folder_too_large', `the texts in ${folder} have ${bytes} bytes, of ${folderLimits.bytes}`)
  const files: FolderFile[] = []
  for (const entry of entries.sort((one, other) => compareTexts(one.path, other.path))) {
    signal?.throwIfAborted()
    files.push('textBytes' in entry ? await readText(folder, entry.path) : entry)
  }
  return { name: folder, files }
}

async function list(
  root: string,
  folder: string,
  depth: number,
  entries: Entry[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  for (const entry of await entriesOf(root, folder)) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entries.length >= folderLimits.files)
      throw new ImportFault('folder_too_large', `${root} has more than ${folderLimits.files} files`)
    const listed = await look(root, path, entry)
    if (listed !== 'folder') entries.push(listed)
    else if (depth < folderLimits.depth) await list(root, path, depth + 1, entries, signal)
    else entries.push({ path, code: 'too_deep', reason: `lies more than ${folderLimits.depth} folders deep` })
  }
}

async function entriesOf(root: string, folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true })
  } catch (cause) {
    throw new ImportFault('folder_unreadable', `${join(root, folder)} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

/** What an entry of a folder is. The name of a file that is not imported may be anything, and is printed. */
async function look(root: string, path: string, entry: Dirent): Promise<Entry | 'folder'> {
  const { name } = entry
  const not = (code: FileCode, reason: string): Entry => ({ path: visible(path), code, reason })
  if (entry.isSymbolicLink()) return not('symbolic_link', 'is a symbolic link, which is not followed')
  if (/[\\\ufffd\t\r\n]/.test(name) || withoutUnprintable(name) !== name || path.length > textSourceLimits.path)
    return not('name_unusable', 'has control characters, a backslash or no UTF-8 in its name, or too long a path')
  if (name.startsWith('.')) return not('hidden', 'is hidden: its name begins with a full stop')
  if (entry.isDirectory()) return 'folder'
  if (!entry.isFile()) return not('not_a_file', 'is a pipe, a socket or a device')
  try {
    const { size } = await lstat(join(root, path))
    if (!markdown.test(name)) return { path, bytes: size }
    if (size <= folderLimits.fileBytes) return { path, textBytes: size }
    return not('file_too_large', `has ${size} bytes, of ${folderLimits.fileBytes}`)
  } catch (cause) {
    return not('file_unreadable', messageOf(cause))
  }
}

async function readText(root: string, path: string): Promise<FolderFile> {
  const not = (code: FileCode, reason: string): FolderFile => ({ path, code, reason })
  let bytes: Buffer
  try {
    const handle = await openInFolder(root, path)
    try {
      const buffer = Buffer.alloc(folderLimits.fileBytes + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      bytes = buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    return not('file_unreadable', messageOf(cause))
  }
  if (bytes.length > folderLimits.fileBytes)
    return not('file_too_large', `has more than ${folderLimits.fileBytes} bytes`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (withoutUnprintable(text) === text) return { path, text }
    return not('not_text', 'holds control characters')
  } catch {
    return not('not_text', 'is not UTF-8')
  }
}

/**
 * Opens a file of a folder that was listed. It may have become another one since: no link is followed, neither in the
 * place of the file nor of a folder above it, and no pipe is waited for.
 */
export async function openInFolder(root: string, path: string): Promise<FileHandle> {
  const whole = join(root, path)
  const handle = await open(whole, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const [inside, place, open, there] = await Promise.all([
      realpath(root),
      realpath(whole),
      handle.stat(),
      lstat(whole),
    ])
    if (place === join(inside, path) && open.ino === there.ino && open.dev === there.dev) return handle
    throw new Error('lies outside of the folder now')
  } catch (cause) {
    await handle.close()
    throw cause
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** A path as it may be printed. */
const visible = (path: string): string =>
  withoutUnprintable(path.replaceAll(/[\t\r\n]/g, ' ')).slice(0, textSourceLimits.path)
