import { posix } from 'node:path'
import { slugOf } from '@guichet/domain'
import type { ArticleFile, FileFault } from './article-file.ts'
import { lineOf } from './article-file.ts'
import { pathNamed } from './file-targets.ts'

/** What a link of a file can lead to. */
type LinkTargets = {
  /** The paths of all files of the folder, and of all folders in it. */
  readonly paths: ReadonlySet<string>
  /** The addresses of texts: the folder of an article, and how its address ends in a language. */
  readonly addresses: ReadonlySet<string>
  /** The places in files that links may name, by the paths of the files. */
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>
}

/** What links of these files can lead to. @param others the paths of the files that are not imported. */
export function linkTargets(files: readonly ArticleFile[], others: readonly string[]): LinkTargets {
  const paths = new Set<string>()
  for (const path of [...files.map((file) => file.path), ...others])
    for (let at = path; at !== '' && at !== '.' && !paths.has(at); at = posix.dirname(at)) paths.add(at)
  const addresses = new Set<string>()
  const anchors = new Map<string, ReadonlySet<string>>()
  for (const file of files) {
    const slug = lineOf(file, 'slug')
    const parent = file.stem === 'index' ? posix.dirname(file.folder) : file.folder
    if (slug !== undefined) addresses.add(posix.join(parent, slug))
    addresses.add(file.key)
    anchors.set(file.path, anchorsOf(file.parts.body))
  }
  return { paths, addresses, anchors }
}

function anchorsOf(body: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, anchor = ''] of body.matchAll(/\{#([^\s}]{1,200})\}/g)) anchors.add(anchor)
  for (const [, anchor = ''] of body.matchAll(/\b(?:id|name)="([^"\s]{1,200})"/g)) anchors.add(anchor)
  for (const [, heading = ''] of body.matchAll(/^#{1,6}[ \t]([^\n]*)$/gm))
    anchors.add(slugOf(heading.replace(/\{#[^}]{0,200}\}/, '')))
  return anchors
}

/** A link in a text: what it leads to, and whether it shows a picture. */
type Link = { readonly target: string; readonly isPicture: boolean }

/** The links of a text, without those in blocks of code. */
function linksOf(body: string): readonly Link[] {
  const links: Link[] = []
  let isCode = false
  for (const line of body.split('\n')) {
    if (/^\s{0,3}(?:```|~~~)/.test(line)) isCode = !isCode
    if (isCode) continue
    for (const [, before = '', bracketed, target = ''] of line.matchAll(
      /(!?)\[[^\][]{0,500}\]\(\s{0,10}(?:<([^<>]{1,2000})>|([^\s()]{1,2000}))/g,
    ))
      links.push({ target: bracketed ?? target, isPicture: before === '!' })
    for (const [, tag = '', target = ''] of line.matchAll(/<(img|a)\s[^<>]{0,500}?(?:src|href)="([^"\s]{1,2000})"/gi))
      links.push({ target, isPicture: tag.toLowerCase() === 'img' })
  }
  return links
}

/**
 * The links of a file that lead nowhere, and its pictures that do not come in.
 * @param others the paths of the files that are no texts: what becomes of those is not said here.
 */
export function linkFaults(file: ArticleFile, targets: LinkTargets, others: ReadonlySet<string>): readonly FileFault[] {
  const faults = new Map<string, FileFault>()
  for (const { target, isPicture } of linksOf(file.parts.body)) {
    const fault = faultOf(file, target, isPicture, targets, others)
    if (fault) faults.set(`${fault.code} ${target}`, { path: file.path, ...fault })
  }
  return [...faults.values()]
}

function faultOf(
  { path, folder }: ArticleFile,
  target: string,
  isPicture: boolean,
  { paths, addresses, anchors }: LinkTargets,
  others: ReadonlySet<string>,
): Pick<FileFault, 'code' | 'reason'> | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(target) || target.startsWith('//') || target.includes('{{')) return undefined
  const hash = target.indexOf('#')
  const anchor = hash < 0 ? '' : target.slice(hash + 1)
  const named = decoded((hash < 0 ? target : target.slice(0, hash)).split('?', 1)[0] ?? '')
  const isAbsolute = named.startsWith('/')
  const isOfSite = named.startsWith('@/')
  const place = isAbsolute ? named.slice(1) : isOfSite ? named.slice(2) : posix.join(folder, named)
  const leads = named === '' ? path : posix.normalize(place).replace(/\/$/, '')
  if (leads === '..' || leads.startsWith('../'))
    return { code: 'link_outside', reason: `${target} leads out of the folder` }
  const exists = (each: string): boolean => paths.has(each) || addresses.has(each)
  const destination = isAbsolute || isOfSite ? shortened(leads).find(exists) : [leads].find(exists)
  if (destination === undefined) {
    // Other parts of a site are not in the folder: such a link may be right.
    if (isAbsolute) return undefined
    return isPicture
      ? { code: 'picture_missing', reason: `${target} is not in the folder` }
      : { code: 'link_broken', reason: `${target} leads to nothing in the folder` }
  }
  if (others.has(destination) && pathNamed(folder, target) === destination) return undefined
  if (isPicture) return { code: 'picture_not_imported', reason: `${target} is in the folder, and does not come in` }
  const places = anchors.get(destination)
  if (anchor === '' || !places || places.has(anchor)) return undefined
  return { code: 'link_broken', reason: `${target} leads to no place in ${destination}` }
}

/** A path, and what is left of it without its first folders: the folder that is imported may lie deeper in its site. */
const shortened = (path: string): readonly string[] => {
  const names = path.split('/').slice(0, 20)
  return names.map((_, index) => names.slice(index).join('/'))
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    return target
  }
}
