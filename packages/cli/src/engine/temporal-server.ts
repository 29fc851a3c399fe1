import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isPackageMissing } from '@guichet/eventstore'
import type * as temporal from '@guichet/workflows/temporal'
import type { TemporalAddress } from '@guichet/workflows/temporal'
import { CommandFault } from '../fault.ts'

/**
 * Loads the Temporal parts. Their packages are installed only where Temporal is used.
 * @throws Fault `package_missing`.
 */
export async function loadTemporal(): Promise<typeof temporal> {
  try {
    return await import('@guichet/workflows/temporal')
  } catch (cause) {
    if (!isPackageMissing(cause)) throw cause
    const names = ['activity', 'client', 'common', 'envconfig', 'worker', 'workflow']
    const next = `npm install ${names.map((name) => `@temporalio/${name}@1`).join(' ')}, or unset TEMPORAL_ADDRESS`
    throw new CommandFault('package_missing', 'the clients of Temporal are not installed', { next, cause })
  }
}

/**
 * Reads the address of Temporal, the settings of this process's workers, and the payload codecs of the module that
 * GUICHET_TEMPORAL_CODEC names.
 * @throws Fault `config_invalid` when the variables cannot be used.
 */
export async function temporalServer(variables: Readonly<Record<string, string>>): Promise<TemporalAddress> {
  const { temporalAddress } = await loadTemporal()
  try {
    const address = temporalAddress(variables)
    const codec = variables['GUICHET_TEMPORAL_CODEC']
    return codec === undefined ? address : { ...address, payloadCodecs: await payloadCodecs(codec) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CommandFault('config_invalid', `the TEMPORAL_ variables cannot be used: ${reason}`, { cause })
  }
}

/** Returns a module's export `payloadCodecs`, each with `encode` and `decode`. */
async function payloadCodecs(path: string): Promise<NonNullable<TemporalAddress['payloadCodecs']>> {
  const module = (await import(pathToFileURL(resolve(path)).href)) as { readonly payloadCodecs?: unknown }
  if (!isCodecs(module.payloadCodecs))
    throw new Error(
      'the module of GUICHET_TEMPORAL_CODEC exports no payloadCodecs, a list of objects with encode and decode',
    )
  return module.payloadCodecs
}

const isCodecs = (codecs: unknown): codecs is NonNullable<TemporalAddress['payloadCodecs']> =>
  Array.isArray(codecs) &&
  codecs.length > 0 &&
  codecs.every((codec: Partial<Record<string, unknown>>) =>
    ['encode', 'decode'].every((method) => typeof codec?.[method] === 'function'),
  )
