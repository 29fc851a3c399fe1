export { createChance } from './customers.ts'
export { agents } from './roster.ts'
