import { z } from 'zod'

/** Several values in one variable, separated by commas. */
const separated = <T extends z.ZodType<string, string>>(value: T) =>
  z
    .string()
    .max(10_000)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(value))

/** An origin as a browser sends it: no path, no slash at the end, no port that goes without saying; `*` is none. */
const origin = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text
}, 'must be origins such as https://desk.example or http://localhost:5173, separated by commas; * is not taken: name each of them')

/** Web origins whose pages may call the API from a browser. */
export const webOrigins = separated(origin)

const everybody = /\/0+$/
const address = z.union(
  [
    z.ipv4(),
    z.ipv6(),
    z.cidrv4().refine((range) => !everybody.test(range)),
    z.cidrv6().refine((range) => !everybody.test(range)),
    z.enum(['loopback', 'linklocal', 'uniquelocal']),
  ],
  'must be addresses such as 10.0.0.7, ranges such as 10.0.0.0/8, or loopback, linklocal or uniquelocal, separated by commas',
)

/** The proxies that say truly, in `x-forwarded-for`, on whose behalf they ask. */
export const proxyAddresses = separated(address)
