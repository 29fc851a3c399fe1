import { clockContract } from '../contract/index.ts'
import { fedClock } from '../testing/fed-clock.ts'

clockContract('the embedded clock', (process) => fedClock(process))
