export { folderStorage } from './folder-storage.ts'
export { s3Storage } from './s3-storage.ts'
export type { S3Options } from './s3-storage.ts'
export { ContentDiffers, ObjectFailed, ObjectMissing, StorageUnavailable } from './storage.ts'
export type { ByteRange, ExpectedObject, FileStorage, StoredObject } from './storage.ts'
export { clamdScanner, ScanFailed, ScannerUnavailable } from './clamd.ts'
export type { ClamdOptions, FileScanner, Verdict } from './clamd.ts'
export { openFiles } from './files.ts'
export type { CleanedUp, ContentOf, Files, FilesOptions } from './files.ts'
export { ObjectBeingRemoved, TooManyUploads, UploadTaken } from './ledger.ts'
export type { GrantedUpload, Ledger } from './ledger.ts'
export type { LinkQuery, Links, LinkUse, LinkValidity, SignedPages } from './links.ts'
export {
  hasPreview,
  isNamedAsSound,
  isShownInline,
  mediaTypeOf,
  sampleBytes,
  TypeMismatch,
  unknownType,
} from './media-type.ts'
export { createPreviewer, drawnAtOnce, NoPreview, PreviewLater } from './preview.ts'
export type { Previewer, PreviewTask } from './preview.ts'
export { CutOff, TooLarge } from './receive.ts'
export type { ReceivedContent, Receiver } from './receive.ts'
export { storeFile } from './store-file.ts'
