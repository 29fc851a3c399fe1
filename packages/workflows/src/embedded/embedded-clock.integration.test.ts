import { clockContract } from '../contract/index.ts'
import { fedClock } from './testing/engine.ts'

clockContract('the embedded clock', (process) => fedClock(process))
