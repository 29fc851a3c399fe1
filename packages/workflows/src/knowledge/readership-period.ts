/** Which days in UTC are counted, both included, as `2026-03-02`; and which language: all unless given. */
export type ReadershipPeriod = {
  readonly from: string
  readonly to: string
  readonly language?: string | undefined
}
