export * from './correlation.ts'
export * from './history-import.ts'
