import type { Actor, Desk, Position } from '@guichet/domain'
import { engineCommandId, filesActor, instant } from '@guichet/domain'
import type { CleanedUp, Files } from '@guichet/files'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import { periodicallyInOneProcess } from '@guichet/workflows'
import type { Pool } from 'pg'

type Parts = {
  readonly desk: Desk
  readonly files: Files
  readonly runner: Pick<ProjectionRunner, 'reached'>
  readonly readModels: Pick<ReadModels, 'files'>
}

/** How much a clean-up removed, and how many files it deleted that no message had. */
type CleanedFiles = CleanedUp & { readonly unattached: number }

type Ages = {
  /** What interrupted uploads have left is removed when it is older, in milliseconds. */
  readonly olderThanMs: number
  /** Files that no message has are deleted when they are older, in milliseconds. */
  readonly unattachedMs: number
  /** Who deletes these; the engine by default. */
  readonly by?: Actor
}

/** How long the read model may take to know the messages that were sent before, in milliseconds. */
const patienceMs = 10_000

/** How many files are deleted at a time. */
const page = 100

/**
 * Deletes the files of conversations that no message has named in time, each with an event, and removes what
 * interrupted uploads have left. Deletes no file while the read model does not know all messages.
 */
export async function cleanFiles(
  parts: Parts,
  { olderThanMs, unattachedMs, by = filesActor }: Ages,
): Promise<CleanedFiles> {
  const unattached = await deleteUnattached(parts, unattachedMs, by)
  return { ...(await parts.files.cleanUp((id) => exists(parts.desk, id), olderThanMs)), unattached }
}

async function exists(desk: Desk, id: string): Promise<boolean> {
  const { state } = await desk.read('file', id)
  return state.status !== 'absent' && state.status !== 'deleted'
}

async function deleteUnattached({ desk, runner, readModels }: Parts, unattachedMs: number, by: Actor): Promise<number> {
  const head = await desk.store.head()
  if (head === undefined || !(await runner.reached(head, patienceMs, ['files']))) return 0
  const before = instant(new Date(Date.now() - unattachedMs))
  const handledIds = new Set<string>()
  for (;;) {
    const ids = (await readModels.files.unattached(before, page)).filter((id) => !handledIds.has(id))
    if (ids.length === 0) return handledIds.size
    let position: Position | undefined
    for (const id of ids) {
      const reason = 'no message has named it'
      const sender = { by, commandId: engineCommandId('file', 'unattached', id) }
      const outcome = await desk.engine.execute('file', id, { type: 'delete', reason }, sender)
      if (outcome.ok) position = outcome.value.position ?? position
      handledIds.add(id)
    }
    if (position !== undefined) await runner.reached(position, patienceMs, ['files'])
  }
}

const everyMs = 3_600_000

/** Cleans up once an hour, in one process of all. The process that had the lease last keeps it. */
export function cleaningFiles(
  parts: Parts,
  unattachedMs: number,
  { pool, onError }: { readonly pool: Pool; readonly onError: (error: unknown, context: string) => void },
): { stop(): Promise<void> } {
  return periodicallyInOneProcess(pool, 'clean_files', {
    everyMs,
    work: async () => void (await cleanFiles(parts, { olderThanMs: 86_400_000, unattachedMs })),
    onError: (error) => onError(error, 'cleaning up the files'),
  })
}
