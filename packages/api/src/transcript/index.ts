export { attachTranscript } from './mail.ts'
export { openTranscript } from './transcript.ts'
export type { TranscriptFormat } from './transcript.ts'
