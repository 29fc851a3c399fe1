import { describe, expect, it } from 'vitest'
import type { ImportEvent } from './history-import.ts'
import { importAggregate, importCorrelation, importIdOf } from './history-import.ts'
import { deskInMemory } from './testing/desk.ts'
import { alex, byAlex, camille, monday } from './testing/examples.ts'
import { nothing, refused, specify } from './testing/specification.ts'

const { given, when } = specify(importAggregate, byAlex)
const started: ImportEvent = { type: 'ImportStarted', at: monday, by: alex, source: 'log.csv', mapping: 'servicenow' }
const figures = { rows: 6, applied: 3, unchanged: 2, refused: 1 }
const completed: ImportEvent = { type: 'ImportCompleted', at: monday, by: alex, ...figures }

describe('an import', () => {
  it('starts and completes once', () => {
    when({ type: 'start', source: 'log.csv', mapping: 'servicenow' }).then(started)
    given(started).when({ type: 'start', source: 'log.csv', mapping: 'servicenow' }).then(nothing)
    given(started)
      .when({ type: 'complete', ...figures })
      .then(completed)
    given(started, completed)
      .when({ type: 'complete', ...figures, unchanged: 5, applied: 0 })
      .then(nothing)
    given(started, completed).when({ type: 'start', source: 'log.csv', mapping: 'servicenow' }).then(nothing)
  })

  it('takes no command of a customer', () => {
    when({ type: 'start', source: 'log.csv', mapping: 'servicenow' }, { by: camille }).then(
      refused('not_for_this_actor', 'by'),
    )
  })

  it('completes nothing that was not started', () => {
    when({ type: 'complete', ...figures }).then(refused('import_not_found'))
  })

  it('is abandoned once, while it is under way, and may be completed nevertheless', () => {
    const abandoned: ImportEvent = { type: 'ImportAbandoned', at: monday, by: alex }
    when({ type: 'abandon' }).then(refused('import_not_found'))
    given(started).when({ type: 'abandon' }).then(abandoned)
    given(started, abandoned).when({ type: 'abandon' }).then(nothing)
    given(started, completed).when({ type: 'abandon' }).then(nothing)
    given(started, abandoned)
      .when({ type: 'complete', ...figures })
      .then(completed)
  })

  it('resumes when it is started after it was abandoned', () => {
    const abandoned: ImportEvent = { type: 'ImportAbandoned', at: monday, by: alex }
    const resumed: ImportEvent = { type: 'ImportResumed', at: monday, by: alex }
    const start = { type: 'start', source: 'log.csv', mapping: 'servicenow' } as const
    given(started, abandoned).when(start).then(resumed)
    given(started, abandoned, resumed).when(start).then(nothing)
    given(started, abandoned, resumed).when({ type: 'abandon' }).then(abandoned)
    given(started, abandoned, resumed)
      .when({ type: 'complete', ...figures })
      .then(completed)
    given(started, abandoned, completed).when(start).then(nothing)
  })

  it('is not complete until all rows of its corrected cases have been read again, also after it was abandoned and resumed', () => {
    const start = { type: 'start', source: 'log.csv', mapping: 'servicenow' } as const
    const complete = { type: 'complete', ...figures } as const
    const correcting: ImportEvent = { type: 'ImportCorrectionStarted', at: monday, by: alex }
    const corrected: ImportEvent = { type: 'ImportCorrectionCompleted', at: monday, by: alex }
    const abandoned: ImportEvent = { type: 'ImportAbandoned', at: monday, by: alex }
    const resumed: ImportEvent = { type: 'ImportResumed', at: monday, by: alex }
    given(started).when({ type: 'startCorrection' }).then(correcting)
    given(started).when({ type: 'completeCorrection' }).then(nothing)
    given(started, completed).when({ type: 'startCorrection' }).then(refused('import_not_open'))
    given(started, correcting).when({ type: 'startCorrection' }).then(nothing)
    given(started, correcting).when(complete).then(refused('import_correcting'))
    given(started, correcting, abandoned).when(complete).then(refused('import_correcting'))
    given(started, correcting, abandoned).when(start).then(resumed)
    given(started, correcting, abandoned, resumed).when(complete).then(refused('import_correcting'))
    given(started, correcting).when({ type: 'completeCorrection' }).then(corrected)
    given(started, correcting, corrected).when(complete).then(completed)
    given(started, correcting).when({ type: 'startWithdrawal' }).then({
      type: 'ImportWithdrawalStarted',
      at: monday,
      by: alex,
    })
  })

  it('is not completed once it has been withdrawn', () => {
    const withdrawing: ImportEvent = { type: 'ImportWithdrawalStarted', at: monday, by: alex }
    const withdrawn: ImportEvent = { type: 'ImportWithdrawn', at: monday, by: alex, tickets: 2, kept: 0 }
    given(started, withdrawing, withdrawn)
      .when({ type: 'complete', ...figures })
      .then(refused('import_not_open'))
  })

  it('accounts for every row', async () => {
    const desk = deskInMemory()
    await desk.execute('import', 'i1', { type: 'start', source: 'log.csv', mapping: 'servicenow' }, { by: alex })
    expect(await desk.execute('import', 'i1', { type: 'complete', ...figures, rows: 7 }, { by: alex })).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_command', field: 'rows' },
    })
    expect(await desk.execute('import', 'i1', { type: 'complete', ...figures }, { by: alex })).toMatchObject({
      ok: true,
    })
    expect((await desk.read('import', 'i1')).state).toMatchObject({ status: 'completed', figures })
  })
})

describe('a correlation id', () => {
  it('names the import of an event', () => {
    expect(importIdOf(importCorrelation('2026-03'))).toBe('2026-03')
    expect(importIdOf('import/')).toBeUndefined()
    expect(importIdOf('imported/x')).toBeUndefined()
  })
})
