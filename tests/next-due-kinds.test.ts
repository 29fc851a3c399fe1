import type { ShiftDeadline } from '@guichet/domain'
import { chatDeadlineKinds, deadlineKinds, incidentDeadlineKinds, slaTargets } from '@guichet/domain'
import { expect, it } from 'vitest'
import { document } from './documents/documents.ts'

const ofShifts: ShiftDeadline['kind'] = 'shift_change'

/** `first_response_breach` as the document names it for every target: `_breach`. */
const ofAnyTarget = (kind: string): string => {
  const target = slaTargets.find((each) => kind.startsWith(`${each}_`))
  return target === undefined ? kind : kind.slice(target.length)
}

it('the operations document lists exactly the kinds of deadlines that a clock may wait for', () => {
  const lines = document('docs/operations.md').text.split('\n')
  const [, , , meaning = ''] = (lines.find((line) => line.startsWith('| `GuichetNextDueKind`')) ?? '').split('|')
  const listed = Array.from(meaning.matchAll(/`(\w+)`/g), ([, kind = '']) => ofAnyTarget(kind))
  const kinds = [...deadlineKinds.map(ofAnyTarget), ...incidentDeadlineKinds, ...chatDeadlineKinds, ofShifts]
  expect(new Set(listed)).toEqual(new Set(kinds))
})
