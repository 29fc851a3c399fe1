import type { Actor, FileState, StoredFile } from '@guichet/domain'
import type { Files, ReceivedContent } from '@guichet/files'
import {
  CutOff,
  NoPreview,
  ObjectBeingRemoved,
  ObjectFailed,
  ObjectMissing,
  PreviewLater,
  StorageUnavailable,
  storeFile,
  TooLarge,
  TypeMismatch,
} from '@guichet/files'
import type { EdgeErrorCode } from '../errors.ts'
import { edgeError, edgeErrorOf } from '../errors.ts'
import type { Services } from './services.ts'

/** The services that the content of files needs. */
export type FileServices = Pick<Services, 'desk' | 'acknowledged'> & { readonly files: Files }

/** The file that received content becomes. */
type FileToBe = { readonly id: string; readonly owner: string; readonly name: string; readonly by: Actor }

/** Content that came with an operation, as a variable of it. */
export class UploadedContent {
  readonly received: ReceivedContent
  /** The name that its sender gave it, made safe: its content was checked by it. */
  readonly name: string

  constructor(received: ReceivedContent, name: string) {
    this.received = received
    this.name = name
  }
}

/**
 * Stores received content and records the file.
 * @throws as `Files.keep` does; `upload_incomplete` where other content was stored under the id meanwhile.
 */
export async function storeReceived(
  received: ReceivedContent,
  { id, owner, name, by }: FileToBe,
  { files, desk, acknowledged }: FileServices,
): Promise<StoredFile> {
  const sender = { by, commandId: `store-${id}` }
  const { file, position } = await storeFile(received, { id, owner, name, sender }, { files, desk })
  if (position !== undefined) acknowledged.written(position)
  return file
}

/** Returns the file of an id, if it was stored. */
export async function storedFile(id: string, desk: Services['desk']): Promise<StoredFile | undefined> {
  const { state }: { readonly state: FileState } = await desk.read('file', id)
  return state.status === 'absent' ? undefined : state
}

const codes: readonly (readonly [abstract: abstract new (...args: never[]) => Error, code: EdgeErrorCode])[] = [
  [TooLarge, 'file_too_large'],
  [TypeMismatch, 'file_type_refused'],
  [CutOff, 'upload_incomplete'],
  [NoPreview, 'preview_unavailable'],
  [PreviewLater, 'preview_later'],
  [ObjectMissing, 'files_unavailable'],
  [ObjectBeingRemoved, 'files_unavailable'],
  [ObjectFailed, 'files_unavailable'],
  [StorageUnavailable, 'files_unavailable'],
]

/** The error of the edge for what went wrong with content. */
export function fileError(error: unknown): unknown {
  const code = codes.find(([type]) => error instanceof type)?.[1]
  if (code === undefined) return error
  return code === 'files_unavailable'
    ? edgeErrorOf(code, error, 'the storage of the files does not answer; try again')
    : edgeError(code, (error as Error).message)
}
