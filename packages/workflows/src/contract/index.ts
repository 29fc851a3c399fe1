export { clockContract } from './clock-contract.ts'
export { openScene } from './scene.ts'
export type { MakeEngine, Process, Scene } from './scene.ts'
export * from '../delivery/contract/index.ts'
