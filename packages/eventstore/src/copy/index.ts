export { copyHistory, HistoryDiffers } from './copy-history.ts'
export type { Copied, CopyProgress } from './copy-history.ts'
