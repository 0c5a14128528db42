import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { describePrograms } from '../streams/programs.ts'
import { apacheMissing, javaLine } from '../support/apache.ts'

const missing = apacheMissing()
if (missing) console.warn(`texts of topologies are not compared with Apache's: ${missing}`)

const source = fileURLToPath(new URL('../support/java/TopologyTexts.java', import.meta.url))
const golden = new URL('../streams/golden/topologies.txt', import.meta.url)

describe.skipIf(missing)("the same programs, written with Apache's DSL and with ours", () => {
  it('have the same topologies', async () => {
    const { stdout } = await execa('java', [...javaLine(), source], { stripFinalNewline: false })
    expect(describePrograms()).toBe(stdout)
    expect(readFileSync(golden, 'utf8')).toBe(stdout)
  }, 60_000)
})

describe.skipIf(missing)("Apache's classes", () => {
  it.each([
    ['ForeignKeyGolden.java', 'foreign-keys.txt'],
    ['ChangesGolden.java', 'changes.txt'],
    ['OffsetMetadataGolden.java', 'offset-metadata.txt'],
  ])(
    'make the bytes that ours are held against: %s',
    async (name, file) => {
      const program = fileURLToPath(new URL(`../support/java/${name}`, import.meta.url))
      const args = [...javaLine('-Dstdout.encoding=UTF-8'), program]
      const { stdout } = await execa('java', args, { stripFinalNewline: false })
      expect(readFileSync(new URL(`../streams/golden/${file}`, import.meta.url), 'utf8')).toBe(stdout)
    },
    60_000,
  )
})
