import type { Desk } from '@guichet/domain'

/** Whether a desk has a plan: one that names none has any. */
export const hasPlan = ({ plans }: Pick<Desk['policy'], 'plans'>, plan: string): boolean =>
  !plans?.size || plans.has(plan)
