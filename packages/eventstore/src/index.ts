export * from './embedded/index.ts'
export * from './migration/index.ts'
export * from './postgres/index.ts'
export * from './subscription/index.ts'
