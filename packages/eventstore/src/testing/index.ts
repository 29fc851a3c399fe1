export * from './test-database.ts'
export * from './test-postgres.ts'
export * from './slow-append.ts'
