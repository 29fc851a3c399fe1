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
  return (url.pathname + url.search + url.hash).includes('@') ? `${fault}: ${hint}` : undefined
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
