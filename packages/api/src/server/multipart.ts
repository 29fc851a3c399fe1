import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { safeFileName } from '@guichet/domain'
import type { Files } from '@guichet/files'
import { edgeError } from '../errors.ts'
import { fileError, UploadedContent } from '../graphql/stored-content.ts'

/** The most files of one request. */
export const filesPerRequest = 5

const place = z
  .string()
  .max(200)
  .refine((path) => {
    const [first, ...names] = path.split('.')
    return first === 'variables' && names.length > 0 && names.every((name) => /^\w+$/.test(name))
  })
const mapSchema = z.record(z.string().max(100), z.array(place).length(1))
const operationsSchema = z.object({
  query: z.unknown(),
  operationName: z.unknown().optional(),
  variables: z.record(z.string(), z.unknown()).default({}),
  extensions: z.unknown().optional(),
})

/** An operation that came with files. */
type WithFiles = {
  /** The parameters of the operation, with the files in its variables. */
  readonly parameters: unknown
  /** Deletes the files. What was stored of them stays. */
  release(): Promise<void>
}

/**
 * Reads an operation with files, as the GraphQL multipart request specification has it: the fields `operations` and `map`,
 * then the files, each of which is received into a file of this machine.
 * @throws `malformed_request`, `file_too_large`, `file_type_refused`, `files_unavailable`.
 */
export async function readMultipart(request: FastifyRequest, files: Files | undefined): Promise<WithFiles> {
  if (!files) throw edgeError('files_unavailable', 'this server stores no files')
  const contents: UploadedContent[] = []
  const release = async (): Promise<void> => {
    await Promise.all(contents.map(({ received }) => received.discard()))
  }
  let operations: z.infer<typeof operationsSchema> | undefined
  let map: z.infer<typeof mapSchema> | undefined
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        if (part.fieldname === 'operations') operations = fieldOf(part.fieldname, part.value, operationsSchema)
        else if (part.fieldname === 'map') map = fieldOf(part.fieldname, part.value, mapSchema)
        else throw edgeError('malformed_request', 'the fields of a multipart request are operations and map')
        continue
      }
      const [path] = (operations && map?.[part.fieldname]) ?? []
      if (!operations || path === undefined) {
        part.file.resume()
        throw edgeError('malformed_request', 'the fields operations and map come first and name every file')
      }
      // A part may have no name.
      const { filename }: { readonly filename?: string | undefined } = part
      const name = safeFileName(filename ?? '')
      const received = await files.receiver.receive(part.file, { name, maxBytes: files.maxBytes })
      const content = new UploadedContent(received, name)
      contents.push(content)
      put(operations.variables, path.split('.').slice(1), content)
    }
    if (!operations) throw edgeError('malformed_request', 'the field operations is missing')
    return { parameters: operations, release }
  } catch (error) {
    await release()
    throw fileError(error)
  }
}

function fieldOf<S extends z.ZodType>(name: string, value: unknown, schema: S): z.infer<S> {
  try {
    return schema.parse(JSON.parse(String(value)))
  } catch {
    throw edgeError('malformed_request', `the field ${name} of the multipart request is malformed`)
  }
}

/** Puts content in the place of a null among the variables. */
function put(variables: Record<string, unknown>, path: readonly string[], content: UploadedContent): void {
  const [name = '', ...below] = path
  const known = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (below.length === 0 && known === null) variables[name] = content
  else if (below.length > 0 && typeof known === 'object' && known !== null) {
    put(known as Record<string, unknown>, below, content)
  } else throw edgeError('malformed_request', `the map names no null among the variables: ${path.join('.')}`)
}
