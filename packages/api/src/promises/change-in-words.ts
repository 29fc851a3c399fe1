import type { TermsChange } from '@guichet/domain'

type Moved = { readonly policyVersion: string; readonly notBefore?: TermsChange | undefined }

/** The change that moved a deadline, as the end of a sentence; nothing where none did. */
export function changeInWords({ notBefore, policyVersion }: Moved): string {
  if (!notBefore) return ''
  const { at, change } = notBefore
  return `, but not before ${changes[change] ?? `${policyVersion} came into force`} at ${at}`
}

const changes: { readonly [C in TermsChange['change']]?: string } = {
  priority: 'the change of priority',
  category: 'the change of category',
  classification: 'the classification',
  plan: 'the change of plan',
  team: 'the change of team',
  level: 'the change of level',
  split: 'the split of a message that was asked before',
  merge: 'the merge that brought the question along',
  opening: 'the ticket was opened',
}
