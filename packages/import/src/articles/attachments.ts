import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { articleLimits, cutTo, safeFileName, textSourceLimits } from '@guichet/domain'
import { mediaTypeOf, sampleBytes, TypeMismatch } from '@guichet/files'
import { ImportFault } from '../fault.ts'
import type { Attachment, FileFault, SkippedFile } from './article-file.ts'
import type { ArticlesRun } from './articles-run.ts'
import { namedFiles, pathNamed, withIds, withTargets } from './file-targets.ts'
import type { Folder } from './folder.ts'
import { folderLimits, openInFolder } from './folder.ts'
import type { ArticlePlan, PlannedText } from './plan-folder.ts'

type Content = Pick<Attachment, 'bytes' | 'sha256'>

/** Why a file does not come in. */
type Reason = Pick<SkippedFile, 'code' | 'reason'>

/** The articles with the files that their texts name. */
type AttachedArticles = {
  readonly articles: readonly ArticlePlan[]
  readonly faults: readonly FileFault[]
  /** Why files that are no texts do not come in, by their paths: those that no text names, or that may not be stored. */
  readonly reasons: ReadonlyMap<string, Reason>
}

/**
 * Reads the files of a folder that texts name, and names them by their ids there. Only what was listed in the folder is
 * read: no address, no link of the file system, and nothing outside.
 * @throws Fault `folder_too_large`.
 */
export async function attachFiles(
  articles: readonly ArticlePlan[],
  folder: Folder,
  run: Pick<ArticlesRun, 'attachments' | 'idOf' | 'signal'>,
): Promise<AttachedArticles> {
  const sizes = new Map(folder.files.flatMap((file) => ('bytes' in file ? [[file.path, file.bytes] as const] : [])))
  const reasons = new Map<string, Reason>(
    [...sizes].map(([path]) => [path, { code: 'not_markdown', reason: 'is no .md file, and no text names it' }]),
  )
  const faults: FileFault[] = []
  const contents = new Map<string, Content | Reason>()
  const contentOf = async (path: string): Promise<Content | Reason> => {
    const content = contents.get(path) ?? (await readContent(folder.name, path, sizes.get(path) ?? 0, run))
    contents.set(path, content)
    if ('code' in content) reasons.set(path, content)
    else reasons.delete(path)
    return content
  }
  let bytes = 0
  const attached: ArticlePlan[] = []
  for (const article of articles) {
    const ofArticle = new Map<string, Attachment>()
    const attach = async (text: PlannedText): Promise<PlannedText> => {
      run.signal?.throwIfAborted()
      const { source } = text.file
      const { body: original } = text.text
      const places = namedFiles(original, (target) => pathAmong(sizes, text.file.folder, target))
      const note = ({ target, isPicture }: (typeof places)[number], reason: string): void => {
        const code = isPicture ? 'picture_not_imported' : 'attachment_not_imported'
        faults.push({ path: source.path, code, reason: `${target} ${reason}` })
      }
      const written = new Map<string, Attachment>()
      const ids = new Map<number, string>()
      for (const each of places) {
        const { at, target, path } = each
        const content = await contentOf(path)
        if ('code' in content) {
          note(each, content.reason)
          continue
        }
        const id = run.idOf('file', JSON.stringify([article.identity, target, content.sha256]))
        if (written.size === textSourceLimits.files && !written.has(id))
          note(each, `does not come in: a text has ${textSourceLimits.files} files at most`)
        else {
          ids.set(at, id)
          written.set(id, { id, path, target, name: safeFileName(posix.basename(path)), ...content })
        }
      }
      if (written.size === 0) return text
      const files = Object.fromEntries([...written].map(([id, { target }]) => [id, target]))
      const body = withIds(original, ids)
      if (cutTo(body, articleLimits.body) !== body || withTargets(body, files) !== original) {
        for (const each of places) note(each, 'does not come in: the text would be too long with it')
        return text
      }
      for (const attachment of written.values()) ofArticle.set(attachment.id, attachment)
      return {
        file: { ...text.file, source: { ...source, files } },
        text: { ...text.text, body },
        attachments: [...written.values()],
      }
    }
    const [first, ...others] = article.texts
    const texts: [PlannedText, ...PlannedText[]] = [await attach(first)]
    for (const text of others) texts.push(await attach(text))
    attached.push({ ...article, texts })
    for (const content of new Map([...ofArticle.values()].map((each) => [each.sha256, each])).values())
      bytes += content.bytes
    if (bytes > folderLimits.attachedBytes)
      throw new ImportFault(
        'folder_too_large',
        `the files that texts in ${folder.name} name have more than ${folderLimits.attachedBytes} bytes`,
      )
  }
  return { articles: attached, faults, reasons }
}

/** The path that a target names in a folder, if one of these files has it. */
function pathAmong(files: ReadonlyMap<string, unknown>, folder: string, target: string): string | undefined {
  const path = pathNamed(folder, target)
  return path !== undefined && files.has(path) ? path : undefined
}

/** The length and the checksum of a file of a folder, or why it is not taken. */
async function readContent(
  root: string,
  path: string,
  listedBytes: number,
  { attachments, signal }: Pick<ArticlesRun, 'attachments' | 'signal'>,
): Promise<Content | Reason> {
  if (!attachments) return { code: 'not_markdown', reason: 'is in the folder, and does not come in' }
  const { maxBytes } = attachments
  const tooLarge = { code: 'file_too_large', reason: `has more than ${maxBytes} bytes` }
  if (listedBytes > maxBytes) return tooLarge
  const hash = createHash('sha256')
  const sample: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of (await contentStream(root, path, signal)) as AsyncIterable<Buffer>) {
      if (bytes < sampleBytes) sample.push(chunk)
      bytes += chunk.length
      if (bytes > maxBytes) return tooLarge
      hash.update(chunk)
    }
    await mediaTypeOf(safeFileName(posix.basename(path)), Buffer.concat(sample).subarray(0, sampleBytes))
  } catch (cause) {
    signal?.throwIfAborted()
    const code = cause instanceof TypeMismatch ? 'file_type_refused' : 'file_unreadable'
    return { code, reason: cause instanceof Error ? cause.message : String(cause) }
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** The content of a file of a folder, which is closed with the stream. */
export async function contentStream(root: string, path: string, signal?: AbortSignal): Promise<Readable> {
  const handle = await openInFolder(root, path)
  return handle.createReadStream({ ...(signal && { signal }) })
}
