import type { Environment } from '../environment/environment.ts'
import { readEnvironment } from '../environment/environment.ts'
import type { Context } from './context.ts'

/** The environment that the variables name, with what options of the command line override. */
export function environmentOf(
  { variables }: Context,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Environment {
  return readEnvironment(variables, overrides)
}
