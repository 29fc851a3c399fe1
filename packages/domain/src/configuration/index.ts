export { categoriesOf, categoryTreeSchema } from '../category.ts'
export type { CategoryFacts, CategoryNode } from '../category.ts'
export { centreLimits, centreSettingsSchema, defaultHandOver } from '../centre.ts'
export type { Centre, CentreSettings, HandOverSettings } from '../centre.ts'
export * from '../level.ts'
export { changesBetween } from './configuration.ts'
export type { Change, Configuration } from './configuration.ts'
export { checkConsistency, configurationSchema, hoursFaults, wellFormed } from './consistency.ts'
export type { ConfigurationInput } from './consistency.ts'
export { defaultConfiguration, defaultConfigurationVersion } from './default-configuration.ts'
export { policyOf, termsOf, versionName } from './terms-of.ts'
export { constantTerms, routingTermsAt, termsAt, versionAt } from './terms.ts'
export type { TermsTimeline, TermsVersion } from './terms.ts'
export { configurationAggregate, configurationId, countriesOf, inForce } from './versions.ts'
export type {
  ConfigurationCommand,
  ConfigurationCommandInput,
  ConfigurationEvent,
  ConfigurationState,
  ConfigurationVersion,
} from './versions.ts'
export { configurationWarnings } from './warnings.ts'
