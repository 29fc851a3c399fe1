import { expect, it } from 'vitest'
import { asWorkerOptions, workerSettings } from './worker-settings.ts'

it('leaves omitted settings to the workers', () => {
  expect(workerSettings({ TEMPORAL_ADDRESS: '127.0.0.1:7233' })).toEqual({})
  expect(asWorkerOptions({}, true)).toEqual({})
})

it('reads the given settings, and sets a version only for workers of workflows', () => {
  const settings = workerSettings({
    GUICHET_TEMPORAL_CONCURRENCY: '16',
    GUICHET_TEMPORAL_CACHED_WORKFLOWS: '50',
    GUICHET_TEMPORAL_POLLERS: '4',
    GUICHET_TEMPORAL_METRICS: '127.0.0.1:9464',
    TEMPORAL_DEPLOYMENT_NAME: 'guichet',
    TEMPORAL_WORKER_BUILD_ID: '1.2.3',
  })
  expect(settings).toEqual({
    concurrency: 16,
    cachedWorkflows: 50,
    pollers: 4,
    metricsAddress: '127.0.0.1:9464',
    deployment: { name: 'guichet', buildId: '1.2.3' },
  })
  expect(asWorkerOptions(settings, true).workerDeploymentOptions?.version).toEqual({
    deploymentName: 'guichet',
    buildId: '1.2.3',
  })
  expect(asWorkerOptions(settings, false).workerDeploymentOptions).toBeUndefined()
})

it.each([
  [{ GUICHET_TEMPORAL_CONCURRENCY: '0' }, 'GUICHET_TEMPORAL_CONCURRENCY must be at least 1'],
  [{ GUICHET_TEMPORAL_POLLERS: 'many' }, 'GUICHET_TEMPORAL_POLLERS must be a whole number'],
  [{ GUICHET_TEMPORAL_METRICS: '9464' }, 'GUICHET_TEMPORAL_METRICS must be of the form 127.0.0.1:9464'],
  [{ TEMPORAL_WORKER_BUILD_ID: '1' }, 'TEMPORAL_DEPLOYMENT_NAME needs TEMPORAL_WORKER_BUILD_ID beside it'],
])('refuses %o', (given, message) => {
  expect(() => workerSettings(given)).toThrow(message)
})
