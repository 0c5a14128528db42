import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { classicTools, scriptName } from '../../src/cli/classic/registry.ts'

const root = new URL('../../', import.meta.url)
const isCommand = (tool: string): boolean =>
  existsSync(new URL(`src/commands/${tool}.ts`, root)) || existsSync(new URL(`src/commands/${tool}/`, root))

/** Scripts that docs/compare.md has a row for, below the heading that is about them. */
const rows = new Set(
  Array.from(
    (readFileSync(new URL('docs/compare.md', root), 'utf8').split("## Apache's scripts natively")[1] ?? '').matchAll(
      /^\| `([\w-]+)` \|/gm,
    ),
    ([, script]) => script as string,
  ),
)

describe("each of Apache's scripts", () => {
  it('has a native command of its name, or a row that says which one does its work', () => {
    const tools = Object.keys(classicTools)
    const without = tools.filter((tool) => !isCommand(tool)).map(scriptName)
    expect(without.filter((script) => !rows.has(script))).toEqual([])
    expect([...rows].filter((script) => !without.includes(script))).toEqual([])
  })
})
