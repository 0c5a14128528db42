import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { GroupDialog } from './group-dialog.ts'

/**
 * Each file here is one dialog: paragraphs of commands, a line of dashes, and the answers. `UPDATE=1` writes the answers anew, which is
 * to be read before it is believed.
 */
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'))

async function perform(text: string): Promise<string> {
  const dialog = new GroupDialog()
  const paragraphs = []
  for (const paragraph of text.trimEnd().split(/\n\n+/)) {
    const said = paragraph.split('\n----')[0] as string
    const answers = []
    for (const line of said.split('\n')) if (!line.startsWith('#')) answers.push(...(await dialog.run(line)))
    const isRemark = said.split('\n').every((line) => line.startsWith('#'))
    paragraphs.push(isRemark ? said : [said, '----', ...answers].join('\n'))
  }
  return `${paragraphs.join('\n\n')}\n`
}

it.each(files)('%s', async (name) => {
  const path = `${import.meta.dirname}/${name}`
  const before = readFileSync(path, 'utf8')
  const after = await perform(before)
  if (process.env['UPDATE']) writeFileSync(path, after)
  else expect(after).toBe(before)
})
