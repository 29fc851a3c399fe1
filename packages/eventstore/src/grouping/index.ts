export { createGroupRead } from './group-read.ts'
