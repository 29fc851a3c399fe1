export { leasedRouter } from './leased-router.ts'
export type { LeasedRouter, LeasedRouterOptions } from './leased-router.ts'
export { createRouter } from './router.ts'
export type { Beginning, Router, RouterOptions, RouterStatus } from './router.ts'
