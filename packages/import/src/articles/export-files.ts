import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Desk, StoredFile } from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import type { Files } from '@guichet/files'
import { ObjectMissing } from '@guichet/files'
import { readArticle } from '@guichet/knowledge'
import { pathNamed, withTargets } from './file-targets.ts'
import { markdown } from './folder.ts'

/** The text of a file that is written, and what it wrote for files when it came in, by their ids. */
type ExportedText = {
  readonly articleId: string
  readonly body: string
  /** The path of the file that the text came from; undefined for one that never was in a file. */
  readonly sourcePath: string | undefined
  readonly targets: Readonly<Record<string, string>>
}

/** Writes the files that texts name into a folder. */
type FileExport = {
  /**
   * Writes the files that a text names, each once. Returns the text with where they lie in their place, as it came in
   * where they lie there again.
   * @param path the path of the text.
   */
  bodyAt(path: string, text: ExportedText): Promise<string>
  /** How many files are written. */
  readonly written: number
  /** The files that are not written, each with the path of the text that names it: deleted, withheld, lost or another's. */
  readonly missing: readonly string[]
}

/** Begins to write files into a folder. */
export function exportFiles(
  folder: string,
  { desk, files, signal }: { readonly desk: Desk; readonly files: Files; readonly signal?: AbortSignal },
): FileExport {
  /** The contents of the paths that are taken. */
  const paths = new Map<string, string>()
  const missing = new Set<string>()

  /** Writes a file where nothing else is, and returns its path; undefined where its content is lost. */
  const write = async (id: string, file: StoredFile, place: string): Promise<string | undefined> => {
    const { name, dir, ext } = posix.parse(place)
    for (const path of [place, posix.join(dir, `${name}-${id}${ext}`), posix.join(dir, id)]) {
      if (paths.get(path) === file.sha256) return path
      const target = await openNew(join(folder, path))
      if (!target) continue
      try {
        await pipeline(await files.read(file, undefined, signal), target.createWriteStream(), {
          ...(signal && { signal }),
        })
      } catch (error) {
        await target.close()
        await rm(join(folder, path))
        if (error instanceof ObjectMissing) return undefined
        throw error
      }
      paths.set(path, file.sha256)
      return path
    }
    return undefined
  }

  return {
    bodyAt: async (path, { articleId, body, sourcePath, targets }) => {
      const here = folderOf(path)
      const places: Record<string, string> = {}
      for (const id of readArticle(body).files) {
        const before = Object.hasOwn(targets, id) ? targets[id] : undefined
        const { state: file } = await retryWhileAway(() => desk.read('file', id))
        const isReadable = file.status === 'clean' && file.owner === `article-${articleId}`
        const former = before === undefined ? undefined : pathNamed(folderOf(sourcePath ?? path), before)
        const place = former ?? (isReadable ? posix.join(here, nameOf(file)) : '')
        const at = isReadable ? await write(id, file, place) : undefined
        if (at === undefined) missing.add(`${path}: ${before ?? `file:${id}`}`)
        const isWhereItWas = before !== undefined && (at === undefined || at === pathNamed(here, before))
        if (isWhereItWas) places[id] = before
        else if (at !== undefined) places[id] = addressOf(posix.relative(here, at))
      }
      return withTargets(body, places)
    },
    get written() {
      return paths.size
    },
    get missing() {
      return [...missing]
    },
  }
}

/** Why there can be no new file at a path: something is there, or the name is too long for the disk. */
const codesOfObstacles: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])

/** Creates a file; undefined where there can be none. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && codesOfObstacles.has(error.code)) return undefined
    throw error
  }
}

const folderOf = (path: string): string => (path.includes('/') ? posix.dirname(path) : '')

/** The name of a file: one that an import would take for a text, or not see, has another one. */
function nameOf({ name }: StoredFile): string {
  const visible = name.startsWith('.') ? `_${name}` : name
  return markdown.test(visible) ? `${visible}.txt` : visible
}

/** A path as the address of a link in Markdown. */
const addressOf = (path: string): string =>
  encodeURI(path).replaceAll(/[()?#&]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
