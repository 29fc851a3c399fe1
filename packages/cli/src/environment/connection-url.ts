import { z } from 'zod'

const hint =
  'in user and password / is written %2F, ? %3F, # %23 and % %25, and @ and : may be written %40 and %3A; ' +
  'after the host @ is written %40'

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
 * parameters may contain `@` where the other reading is the less likely one: what stands before them looks like a whole
 * host, or is followed by a database and a parameter that servers know, and what stands behind `@` looks like no host.
 */
function endsTooEarly(text: string, { pathname, search, hash }: URL): boolean {
  const [, authority = ''] = /^[^:]+:\/{0,2}([^/?#]*)/.exec(text.trim()) ?? []
  const hasOwnUser = authority.includes('@')
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const isWhole = wholeHost.test(host) || (hasOwnUser && /:\d+$/.test(host))
  const [, ...behindAt] = pathname.split('@')
  const isHostInPath = behindAt.some((each) => !hasOwnUser || !isWhole || looksLikeHost.test(each))
  const isOfServer = (parameter: string): boolean => {
    const [, name, value = ''] = /^([^=@]+)=(.*)$/.exec(parameter) ?? []
    if (name === undefined) return false
    if (!hasOwnUser && !authority.includes(':')) return true
    const isPlace = /[/:]/.test(value.slice(value.indexOf('@')))
    return pathname.length > 1 && parameterName.test(name) ? isWhole || !isPlace : hasOwnUser && isWhole && !isPlace
  }
  const isHostInSearch = search
    .slice(1)
    .split('&')
    .some((each) => each.includes('@') && !isOfServer(each))
  return isHostInPath || isHostInSearch || hash.includes('@')
}

/** A host that is more than a word: one with a domain, the address of a machine, or the machine itself. */
const wholeHost = /^(?:[\w.-]+\.[a-z]{2,}|\d+(?:\.\d+){3}|\[[\da-f:.]+\]|localhost)(?::\d*)?$/i

const looksLikeHost = /[/.:]|^localhost$/i

/** The parameters of a Postgres whose values may have an `@`. */
const parameterName = /^(?:user|password|host|dbname|(?:fallback_)?application_name|options|passfile|service|ssl\w+)$/

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
