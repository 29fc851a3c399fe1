import { z } from 'zod'
import { firstCarrying, pageCalls, webRtcCalls } from '@guichet/api/calls'
import type { CallProvider } from '@guichet/domain'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'

const addresses = (schemes: RegExp) =>
  z
    .string()
    .max(2_000)
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine((list) => list.every((address) => schemes.test(address)), 'must be addresses, separated by commas')

const secret = z.string().min(32, 'must have at least 32 bytes').max(1_000)

/** The variables for the calls in chats. */
export const callVariables = {
  GUICHET_CALL_STUN: addresses(/^stuns?:[\w.[\]:-]+$/).optional(),
  GUICHET_CALL_TURN: addresses(/^turns?:[\w.[\]:-]+(\?transport=(udp|tcp))?$/).optional(),
  GUICHET_CALL_TURN_SECRET: z.string().min(1).max(1_000).optional(),
  GUICHET_CALL_PAGE: z
    .string()
    .max(2_000)
    .regex(/^https:\/\/[^\s]*\{room\}/, 'must be an https address with {room}')
    .optional(),
  GUICHET_CALL_SECRET: secret.optional(),
} as const

type CallVariables = z.infer<z.ZodObject<typeof callVariables>>

/**
 * The provider of calls: a page for remote help and, where no STUN or TURN server is named, for every kind; browsers otherwise.
 * @throws Fault `config_missing` when a secret is missing.
 */
export function callProvider(variables: CallVariables): CallProvider {
  const { GUICHET_CALL_STUN: stun = [], GUICHET_CALL_TURN: urls, GUICHET_CALL_PAGE: url } = variables
  const missing = (name: string, beside: string): Fault =>
    new CommandFault('config_missing', `${name} is missing`, { next: `set it: ${beside} needs it` })
  const turn = urls && {
    urls,
    secret: variables.GUICHET_CALL_TURN_SECRET ?? thrown(missing('GUICHET_CALL_TURN_SECRET', 'GUICHET_CALL_TURN')),
  }
  const page =
    url === undefined
      ? []
      : [
          pageCalls({
            url,
            secret: variables.GUICHET_CALL_SECRET ?? thrown(missing('GUICHET_CALL_SECRET', 'GUICHET_CALL_PAGE')),
          }),
        ]
  const webRtc = webRtcCalls({ stun, turn })
  return firstCarrying(url !== undefined && stun.length === 0 && !turn ? [...page, webRtc] : [webRtc, ...page])
}

function thrown(fault: Fault): never {
  throw fault
}
