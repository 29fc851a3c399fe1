export * from './recipient.ts'
