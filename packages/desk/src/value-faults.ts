import type { z } from 'zod'

type Issue = z.core.$ZodIssue
type Place = Pick<Issue, 'path' | 'message'>

/**
 * Returns the faults of a value. Where the value may have one of several forms, returns the faults of the form that was
 * meant: the only one that the value fits apart from some fields.
 */
export function placesOf(issue: Issue): readonly Place[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such field' }))
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map(({ message }) => ({ path: issue.path, message }))
    case 'invalid_union': {
      const meant = formMeant(issue.errors)
      if (!meant) return [issue]
      return meant.flatMap(placesOf).map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
    }
    default:
      return [issue]
  }
}

/**
 * Returns the only form whose faults are all in fields that it has, or else the only form whose faults are all in
 * fields.
 */
const formMeant = (forms: readonly Issue[][]): Issue[] | undefined =>
  onlyOne(forms.filter((form) => form.every(isInField))) ??
  onlyOne(forms.filter((form) => form.every((issue) => isInField(issue) || issue.code === 'unrecognized_keys')))

const isInField = ({ path }: Issue): boolean => path.length > 0

const onlyOne = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined)
