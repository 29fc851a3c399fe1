import { z } from 'zod'

const hint = 'in user and password / is written %2F, ? %3F, # %23 and % %25, and @ and : may be written %40 and %3A'

/**
 * Describes the fault of the address of a server with a user and a password, without repeating it; undefined when there
 * is none. A password with `/`, `?` or `#` as it is ends the host too early: what follows would be taken for the path,
 * and the beginning of the password for a port.
 * @param protocols without their colons.
 * @param form how it should look, such as `smtp://user:password@host`.
 */
export function connectionUrlFault(text: string, protocols: RegExp, form: string): string | undefined {
  const fault = `must be of the form ${form}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return text.includes('@') ? `${fault}: ${hint}` : fault
  if (!protocols.test(url.protocol.slice(0, -1))) return fault
  return endsTooEarly(text, url) ? `${fault}: ${hint}` : undefined
}

/**
 * Whether what follows the host looks like the rest of a password and the true host. A database and the values of
 * parameters may contain `@` where the address has its user and password before the host.
 */
function endsTooEarly(text: string, { pathname, search, hash }: URL): boolean {
  const [, authority = ''] = /^[^:]+:\/{0,2}([^/?#]*)/.exec(text.trim()) ?? []
  const hasOwnUser = authority.includes('@')
  const [, ...behindAt] = pathname.split('@')
  const isHostInPath = behindAt.some((each) => !hasOwnUser || /[/.:]/.test(each))
  const mayBePassword = authority.includes(':') && !hasOwnUser
  const isHostInSearch = search
    .slice(1)
    .split('&')
    .some((each) => each.includes('@') && (mayBePassword || !/^[^=@]+=/.test(each)))
  return isHostInPath || isHostInSearch || hash.includes('@')
}

const postgresForm = 'postgres://user:password@host:5432/database'

/** As `connectionUrlFault`, for a Postgres. */
export const postgresUrlFault = (text: string): string | undefined =>
  connectionUrlFault(text, /^postgres(ql)?$/, postgresForm)

/** The address of a server with a user and a password. */
export const connectionUrl = (faultOf: (text: string) => string | undefined) =>
  z
    .string()
    .max(2_000)
    .superRefine((text, { addIssue }) => {
      const message = faultOf(text)
      if (message !== undefined) addIssue({ code: 'custom', message })
    })
