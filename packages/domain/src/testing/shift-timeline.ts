import type { ConfigurationInput } from '../configuration/configuration.ts'
import { configurationSchema } from '../configuration/configuration.ts'
import { termsOf } from '../configuration/terms-of.ts'
import type { Instant } from '../kernel/instant.ts'
import { instant } from '../kernel/instant.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import type { TermsTimeline } from '../ticket/terms.ts'
import { defaultWording } from '../wording/index.ts'
import { supportCalendars, supportCentres } from './support-centres.ts'

/** 000's three centres and three shifts, as somebody writes them into a configuration; `changes` replace what they name. */
export function followTheSun(changes: ConfigurationInput['followTheSun'] = {}): ConfigurationInput {
  return { calendars: supportCalendars, followTheSun: { ...supportCentres, ...changes } }
}

/** The terms of configurations that come into force one after the other: the first since 2020, unless it says from when. */
export const timelineOf = (
  ...versions: readonly { readonly from?: Instant; readonly configuration: ConfigurationInput }[]
): TermsTimeline =>
  termsOf(
    versions.map(({ from = instant('2020-01-01T00:00:00Z'), configuration }, index) => ({
      number: index + 1,
      configuration: configurationSchema.parse(configuration),
      publicHolidays: {},
      effectiveFrom: from,
    })),
    { policy: defaultTicketPolicy, wording: defaultWording },
  )
