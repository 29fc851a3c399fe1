import type { BusinessDays, SlaPolicy, SlaTarget } from '@guichet/domain'
import { targetTime } from '@guichet/domain'
import type { TermsHistory } from '../desk-configuration/terms-history.ts'

/** The row of the table of SLA policies that a target's terms are chosen by. */
export type SlaRule = {
  /** Which row of the table it is, counted from 1. */
  readonly row: number
  readonly policy: SlaPolicy
  /** The business time that it promises, in milliseconds or in business days. */
  readonly time: number | BusinessDays
}

type Chosen = { readonly policy: string; readonly policyVersion: string; readonly target: SlaTarget }

/** The rule of a target; undefined where its version of the configuration is not known, or promises nothing of the kind. */
export async function ruleOf(
  { policy: name, policyVersion, target }: Chosen,
  terms: TermsHistory,
): Promise<SlaRule | undefined> {
  const policies = await terms.policiesOf(policyVersion)
  const place = policies?.findIndex((policy) => policy.name === name) ?? -1
  const policy = policies?.[place]
  const time = policy && targetTime(policy, target)
  return policy && time !== undefined ? { row: place + 1, policy, time } : undefined
}
