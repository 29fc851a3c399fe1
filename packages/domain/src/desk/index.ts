export * from './desk.ts'
export * from './events.ts'
export * from './merge-tickets.ts'
