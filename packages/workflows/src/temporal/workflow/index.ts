export { deadlineClock } from './deadline-clock.ts'
export { deliver, publishReports } from './deliver.ts'
export { reconcileClocks } from './reconcile-clocks.ts'
