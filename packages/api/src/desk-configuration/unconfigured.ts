import type { TicketPolicy } from '@guichet/domain'
import { defaultConfiguration, defaultConfigurationVersion, policyOf } from '@guichet/domain'

/** What the tickets of a desk are run by until a configuration has been applied to it. */
export const unconfigured: TicketPolicy = {
  version: defaultConfigurationVersion,
  ...policyOf({ configuration: defaultConfiguration, publicHolidays: {} }),
}
