import type { Desk, Position, Sender, StoredFile } from '@guichet/domain'
import type { Files } from './files.ts'
import type { ReceivedContent } from './receive.ts'
import { CutOff } from './receive.ts'

/** The file that received content becomes, and who records it. */
type FileToBe = {
  readonly id: string
  /** The stream that it belongs to, such as `article-reset`. */
  readonly owner: string
  readonly name: string
  readonly sender: Sender
}

/** What records files: a desk, or the engine of one. */
type Recorder = Pick<Desk, 'execute' | 'read'>

/**
 * Stores received content and records the file. A repeat changes nothing.
 * @returns the file, and the position of its event unless it was there.
 * @throws as `Files.keep` does; `CutOff` where other content was stored under the id meanwhile.
 */
export async function storeFile(
  received: ReceivedContent,
  { id, owner, name, sender }: FileToBe,
  { files, desk }: { readonly files: Files; readonly desk: Recorder },
): Promise<{ readonly file: StoredFile; readonly position: Position | undefined }> {
  await files.keep(received, id, owner)
  const { bytes, sha256, mediaType } = received
  const outcome = await desk.execute(
    'file',
    id,
    { type: 'store', owner, name, bytes, sha256, mediaType, scan: files.scans },
    sender,
  )
  const { state: file } = await desk.read('file', id)
  if (file.status === 'absent' || file.sha256 !== sha256) {
    await files.remove({ owner, sha256 }, id)
    throw new CutOff(outcome.ok ? `the file ${id} was not recorded` : outcome.refusal.message)
  }
  // A clean-up has taken the upload for an interrupted one: the next one sees that the file is recorded.
  if (!(await files.ledger.settle(id)) && file.status !== 'deleted') await files.keep(received, id, owner)
  return { file, position: outcome.ok ? outcome.value.position : undefined }
}
