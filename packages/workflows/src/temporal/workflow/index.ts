export { deliver, publishReports } from './deliver.ts'
export { reconcileClocks } from './reconcile-clocks.ts'
export { streamClock } from './stream-clock.ts'
