import { createInterface } from 'node:readline'
import { openFonts } from './fonts.ts'
import type { TranscriptLines } from './lines.ts'
import { createTranscriptPdf } from './pdf-document.ts'

/** The program that makes a PDF: reads the lines of `transcriptPrint` from its standard input, and writes the PDF to its standard output. */
const pdf = createTranscriptPdf(openFonts())
pdf.document.pipe(process.stdout)
let isHead = true
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (isHead) pdf.head(JSON.parse(line) as readonly string[])
  else pdf.entry(JSON.parse(line) as TranscriptLines)
  isHead = false
  if (process.stdout.writableNeedDrain) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
pdf.end()
