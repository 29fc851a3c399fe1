import type { Desk, EventEnvelope, FileEvent, ScanVerdict, StoredFile } from '@guichet/domain'
import {
  engineCommandId,
  filesActor,
  filesToDelete,
  parseStream,
  scannerActor,
  throwIfTransient,
} from '@guichet/domain'
import { inParallel } from '../supervision.ts'
import type { Reaction } from './reaction.ts'
import { reaction, reactionToMany } from './reaction.ts'

/** What the reactions need of the content of files. */
export type FileContent = {
  /** Asks the scanner. Throws when it does not answer, or fails at the file: then the file is scanned later. */
  scan(file: StoredFile): Promise<{ readonly verdict: ScanVerdict; readonly detail?: string | undefined }>
  /** Removes the content of a deleted file from the storage. */
  remove(file: StoredFile, fileId: string): Promise<void>
  /** Whether an error means that the scanner or the storage does not answer. */
  isAway(error: unknown): boolean
}

/** How many files are scanned at once. */
const atOnce = 4

type StoredEvent = EventEnvelope<Extract<FileEvent, { readonly type: 'FileStored' }>>

/**
 * Sends each file in quarantine to the scanner, and its answer to the file. While the scanner is away the files stay in
 * quarantine, and are sent again with growing pauses; so is one at which it fails, apart from the others.
 */
export function scanFiles({ scan, isAway }: Pick<FileContent, 'scan' | 'isAway'>): Reaction {
  return reactionToMany({
    name: 'scan_files',
    on: ['FileStored'],
    among: 100,
    isOutage: isAway,
    react: async (envelopes: readonly StoredEvent[], desk) => {
      const failures: unknown[] = []
      await inParallel(envelopes, atOnce, async (envelope) => {
        await scanOne(envelope, desk, scan).catch((error: unknown) => failures.push(error))
      })
      if (failures.length > 0) throw failures.find(isAway) ?? failures[0]
    },
  })
}

async function scanOne(
  { stream, id, correlationId }: StoredEvent,
  desk: Desk,
  scan: FileContent['scan'],
): Promise<void> {
  const { id: fileId } = parseStream(stream)
  const { state } = await desk.read('file', fileId)
  if (state.status !== 'quarantined' || state.scanned) return
  const { verdict, detail } = await scan(state)
  const outcome = await desk.engine.execute(
    'file',
    fileId,
    { type: 'recordScan', verdict, ...(detail !== undefined && { detail }) },
    { by: scannerActor, commandId: engineCommandId('file', 'scan', id), correlationId, causationId: id },
  )
  throwIfTransient(outcome)
}

/** Deletes the files of messages that were removed, unless another message of the conversation names them. */
export const deleteRedactedFiles: Reaction = reaction({
  name: 'delete_redacted_files',
  on: ['ChatMessageRedacted', 'TicketMessageRedacted'],
  inAnyOrder: true,
  react: async ({ event, stream, id, correlationId }, desk) => {
    for (const fileId of await filesToDelete(desk, stream, event)) {
      const outcome = await desk.engine.execute(
        'file',
        fileId,
        { type: 'delete', reason: 'the message that named it was removed' },
        { by: filesActor, commandId: engineCommandId('file', 'redacted', fileId), correlationId, causationId: id },
      )
      throwIfTransient(outcome)
    }
  },
})

/** Removes the content of deleted files from the storage, unless another file of the conversation has the same. */
export function removeDeletedFiles({ remove, isAway }: Pick<FileContent, 'remove' | 'isAway'>): Reaction {
  return reaction({
    name: 'remove_deleted_files',
    on: ['FileDeleted'],
    isOutage: isAway,
    react: async ({ stream }, desk) => {
      const { id } = parseStream(stream)
      const { state } = await desk.read('file', id)
      if (state.status === 'deleted') await remove(state, id)
    },
  })
}
