import type { Configuration } from '../config/configuration.ts'
import { readConfiguration } from '../config/configuration.ts'
import type { Context } from './context.ts'

/** The configuration of the environment, with what options of the command line override. */
export function configurationOf(
  { environment }: Context,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Configuration {
  return readConfiguration(environment, overrides)
}
