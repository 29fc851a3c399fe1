import { vi } from 'vitest'
import { intervalOf, ownWaits, patience, patientWait } from './patient.ts'

if (!(ownWaits in vi)) {
  const { waitUntil, waitFor } = vi
  const patientWaitFor: typeof waitFor = (assertion, options) =>
    waitFor(assertion, { ...intervalOf(options), ...patience })
  Object.assign(vi, { [ownWaits]: { waitUntil, waitFor }, waitUntil: patientWait(waitUntil), waitFor: patientWaitFor })
}
