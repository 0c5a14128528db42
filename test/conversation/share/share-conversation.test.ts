import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ShareDialog } from './share-dialog.ts'

/** Each text here is one dialog with the leader of a partition, as those of groups one directory up. `UPDATE=1` writes the answers anew. */
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'))

function perform(text: string): string {
  const dialog = new ShareDialog()
  const paragraphs = text
    .trimEnd()
    .split(/\n\n+/)
    .map((paragraph) => {
      const said = paragraph.split('\n----')[0] as string
      const lines = said.split('\n').filter((line) => !line.startsWith('#'))
      return lines.length === 0 ? said : [said, '----', ...lines.flatMap((line) => dialog.run(line))].join('\n')
    })
  return `${paragraphs.join('\n\n')}\n`
}

it.each(files)('%s', (name) => {
  const path = `${import.meta.dirname}/${name}`
  const before = readFileSync(path, 'utf8')
  const after = perform(before)
  if (process.env['UPDATE']) writeFileSync(path, after)
  else expect(after).toBe(before)
})
