export { deadlineClock, deliver, publishReports, reconcileClocks } from './workflows.ts'
