export { createRouter } from './router.ts'
export type { Beginning, Router, RouterOptions, RouterStatus } from './router.ts'
