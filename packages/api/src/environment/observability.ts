import { z } from 'zod'

/** What is shown of a running process, and to whom. */
export const observabilityVariables = {
  GUICHET_METRICS: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'must be of the form 127.0.0.1:9465')
    .transform((address) => {
      const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? []
      return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
    })
    .refine(({ port: number }) => number <= 65_535, 'must name a port from 0 to 65535')
    .optional(),
  GUICHET_TRACES: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
}
