import type { PluralForms } from '../../wording/locale.ts'
import type { ActivityKind } from '../activity.ts'
import type { SuspicionReason } from '../suspicion.ts'

/** What drafts are about: a kind, `other` for those that a desk has added, and `rising` for more and more errors. */
export type SubjectName = Exclude<ActivityKind, 'page_view'> | 'rising' | 'other'

/** What the desk writes before it is asked, in a language: drafts, the reasons for them, and declarations of incidents. */
export type ProactiveWording = {
  readonly subjects: Readonly<Record<SubjectName, string>>
  /** What happens, as part of a sentence. */
  readonly troubles: Readonly<Record<SubjectName, string>>
  /** What has happened, in the first person of the customer: what, how often and since when. */
  readonly summary: (trouble: string, times: string, since: string) => string
  /** How often. */
  readonly times: PluralForms
  readonly code: string
  readonly pages: string
  readonly versions: string
  readonly reasons: Readonly<Record<Exclude<SuspicionReason['reason'], 'plan'>, PluralForms>> & {
    readonly plan: string
  }
  readonly declaration: {
    readonly title: (fingerprint: string) => string
    readonly summary: (people: string, usual: string, since: string) => string
  }
}
