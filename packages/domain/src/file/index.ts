export {
  attachedFilesSchema,
  factsOfFile,
  fileAggregate,
  fileEvents,
  fileIdSchema,
  fileLimits,
  fileOwnerSchema,
  fileStatuses,
  refuseFiles,
  safeFileName,
  scanVerdicts,
} from './file.ts'
export type { AttachedFile, FileEvent, FileState, FileStatus, ScanVerdict, StoredFile } from './file.ts'
