import type { FileStatus, StoredFile } from '@guichet/domain'
import { ObjectFailed, StorageUnavailable } from '@guichet/files'
import type { FileListRow } from '@guichet/projections'
import { cleanFiles } from '../../engine/clean-files.ts'
import type { Engine } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { counted, table } from '../table.ts'
import { askReadModels, withEngineRepeatedly } from '../with-engine.ts'

/** The options of `files`. */
export type ListOptions = {
  readonly of?: string
  readonly status?: FileStatus
  readonly unattached?: boolean
  readonly json?: boolean
}
/** The options of `files show`. */
export type ShowOptions = { readonly json?: boolean }
/** The options of `files delete`. */
export type DeleteOptions = ActorOption & { readonly reason: string }
/** The options of `files release`. */
export type ReleaseOptions = ActorOption & { readonly reason: string }
/** The options of `files clean`; `olderThan` in milliseconds. */
export type CleanOptions = ActorOption & { readonly olderThan: number; readonly json?: boolean }

/** Prints the latest hundred files. */
export async function list({ of: owner, status, unattached, json }: ListOptions, context: Context): Promise<void> {
  const { terminal } = context
  const filter = { owner, status, ...(unattached && { attached: false }) }
  const files = await askReadModels(context, async ({ readModels }) => {
    const { rows } = await readModels.files.list(filter, { limit: 100 })
    return rows.map(({ row }) => row)
  })
  if (json) return terminal.out(JSON.stringify(files))
  if (files.length === 0) return terminal.out('there is no such file')
  terminal.out(table(['file', 'of', 'status', 'type', 'bytes', 'stored', 'by', 'name'], files.map(row)))
}

const row = ({ id, owner, status, mediaType, bytes, storedAt, storedBy, name, attached }: FileListRow): string[] => [
  id,
  owner,
  attached ? status : `${status}, no message has it`,
  mediaType,
  String(bytes),
  storedAt,
  storedBy.id,
  name,
]

/** Prints one file. */
export async function show(id: string, { json }: ShowOptions, context: Context): Promise<void> {
  const { terminal } = context
  const file = await withEngineRepeatedly(context, (engine) => fileOf(engine, id))
  if (json) return terminal.out(JSON.stringify({ id, ...file }))
  const { owner, name, status, mediaType, bytes, sha256, storedAt, storedBy, scanned } = file
  const lines = [
    ['file', id],
    ['of', owner],
    ['name', name],
    ['status', status],
    ['scanner', scanned ? [scanned.verdict, scanned.detail].filter(Boolean).join(': ') : 'has not answered'],
    ['type', mediaType],
    ['bytes', String(bytes)],
    ['sha-256', sha256],
    ['stored', `${storedAt} by ${storedBy.kind} ${storedBy.id}`],
  ]
  terminal.out(lines.map(([label = '', value = '']) => `${label.padEnd(8)} ${value}`).join('\n'))
}

async function fileOf({ desk }: Engine, id: string): Promise<StoredFile> {
  const { state } = await desk.read('file', id.replace(/^File~/, ''))
  if (state.status === 'absent') throw new CommandFault('file_not_found', `there is no file ${id}`)
  return state
}

/** Deletes a file. Its content is removed by the server, or by this process if the storage answers. */
export async function remove(reference: string, { reason, by }: DeleteOptions, context: Context): Promise<void> {
  const id = reference.replace(/^File~/, '')
  await withEngineRepeatedly(context, async (engine) => {
    await fileOf(engine, id)
    const outcome = await engine.desk.engine.execute('file', id, { type: 'delete', reason }, { by })
    if (!outcome.ok) throw new CommandFault('usage', outcome.refusal.message)
    await reachable(async () => engine.files.remove(await fileOf(engine, id), id))
  })
  context.terminal.out(`file ${id} is deleted`)
}

/** Takes a file out of quarantine that no scanner has found anything in. */
export async function release(reference: string, { reason, by }: ReleaseOptions, context: Context): Promise<void> {
  const id = reference.replace(/^File~/, '')
  await withEngineRepeatedly(context, async (engine) => {
    const { status } = await fileOf(engine, id)
    if (status === 'clean') return
    if (status !== 'quarantined') throw new CommandFault('usage', `file ${id} is ${status}, and not in quarantine`)
    const outcome = await engine.desk.engine.execute('file', id, { type: 'release', reason }, { by })
    if (!outcome.ok) throw new CommandFault('usage', outcome.refusal.message)
  })
  context.terminal.out(`file ${id} may be read`)
}

/** Deletes what no message has named, and removes what interrupted uploads and older databases have left behind. */
export async function clean({ olderThan, by, json }: CleanOptions, context: Context): Promise<void> {
  const { unattachedMs } = environmentOf(context).files
  const cleaned = await withEngineRepeatedly(context, (engine) =>
    reachable(async () => {
      const { objects, ...others } = await cleanFiles(engine, { olderThanMs: olderThan, unattachedMs, by })
      return { ...others, objects: objects + (await engine.files.removeUnknown(olderThan)) }
    }),
  )
  if (json) return context.terminal.out(JSON.stringify(cleaned))
  const { unattached, parts, uploads, objects } = cleaned
  context.terminal.out(
    `deleted ${counted(unattached, 'file')} that no message has; removed ${counted(parts, 'part')} of transfers, ${counted(uploads, 'expired upload')} and ${counted(objects, 'unused object')}`,
  )
}

const reachable = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((error: unknown) => {
    const failed = error instanceof StorageUnavailable || error instanceof ObjectFailed
    throw failed ? new CommandFault('files_unavailable', error.message, { cause: error }) : error
  })
