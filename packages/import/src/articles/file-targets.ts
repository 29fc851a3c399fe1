import { posix } from 'node:path'
import { withoutUnprintable } from '@guichet/domain'
import { mostAddresses, readArticle } from '@guichet/knowledge'

/** The place of the address of a link, a picture or a definition, as far as it names a file of a folder. */
const place = /(\](?:\(|:)\s{0,10})(?:<([^<>\n]{1,500})>|([^\s<>()]{1,200}(?:\([^\s<>()]{1,100}\)[^\s<>()]{0,190})?))/g

/** A place of a text where the parser finds the address of a file of a folder. */
type NamedFile = {
  /** Which of the places that look like one it is, from 0. */
  readonly at: number
  /** What the text writes there. */
  readonly target: string
  readonly path: string
  readonly isPicture: boolean
}

/** The places of a text that name files of a folder. What only looks like one, in code for example, is none. */
export function namedFiles(body: string, pathTo: (target: string) => string | undefined): readonly NamedFile[] {
  const places: NamedFile[] = []
  for (const [at, match] of [...body.matchAll(place)].entries()) {
    const target = match[2] ?? match[3] ?? ''
    const path = pathTo(target)
    if (path === undefined || places.length === mostAddresses) continue
    const isPicture = body.lastIndexOf('![', match.index) > body.lastIndexOf('\n', match.index)
    places.push({ at, target, path, isPicture })
  }
  if (places.length === 0) return places
  const probes = new Map(places.map(({ at }) => [at, `probe-${at}`]))
  const files = new Set(readArticle(withIds(body, probes)).files)
  return places.filter(({ at }) => files.has(`probe-${at}`))
}

/** A text with the ids of files in place of what it writes for them, by the places. */
export function withIds(body: string, ids: ReadonlyMap<number, string>): string {
  let at = 0
  return body.replaceAll(place, (all, before: string, bracketed: string | undefined) => {
    const id = ids.get(at++)
    if (id === undefined) return all
    return bracketed === undefined ? `${before}file:${id}` : `${before}<file:${id}>`
  })
}

/** A text with what was written in place of files, by their ids. */
export const withTargets = (body: string, files: Readonly<Record<string, string>> | undefined): string =>
  files
    ? body.replaceAll(/\bfile:([A-Za-z0-9][\w-]{0,127})/g, (all, id: string) =>
        Object.hasOwn(files, id) ? (files[id] ?? all) : all,
      )
    : body

/** The path of the file that a target names, in a folder or below it; undefined for one that is no path of such a file. */
export function pathNamed(folder: string, target: string): string | undefined {
  const [plain = ''] = target
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll('&amp;', '&')
    .split(/[?#]/, 1)
  const name = decoded(plain)
  if (withoutUnprintable(name) !== name) return undefined
  if (name === '' || name.startsWith('/') || name.includes('\\') || /^[a-z][a-z\d+.-]*:/i.test(name)) return undefined
  const path = posix.join(folder, name)
  return path === '..' || path.startsWith('../') ? undefined : path
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    return target
  }
}
