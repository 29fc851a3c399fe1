export * from './clock/index.ts'
export * from './embedded/index.ts'
export * from './reaction/index.ts'
export type { OnError } from './supervision/on-error.ts'
