import { readFile, writeFile } from 'node:fs/promises'
import { printedRights } from './rights-document.ts'

const path = new URL('../../../../docs/reference/rights.md', import.meta.url)
await writeFile(path, printedRights(await readFile(path, 'utf8')))
