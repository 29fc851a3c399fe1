export { firstCarrying, pageCalls, webRtcCalls } from './call-providers.ts'
