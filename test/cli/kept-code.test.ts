import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kafka-kept-code-'))
const script = join(dir, 'script.cjs')
const kept = join(dir, 'kafka-toolset/code/topics')
const loader = fileURLToPath(new URL('../../bin/kept-code.js', import.meta.url))
afterAll(() => rmSync(dir, { recursive: true }))

/** A script of one length whatever it answers; the build's digest is its last 64 letters. */
const build = (answer: string) => writeFileSync(script, `exports.answer = () => '${answer}'\n//${answer.repeat(64)}`)

/** What the script at hand answers in a process of its own, which ends with `code`. */
async function run(code = 0): Promise<string> {
  const program = `console.log(require('${loader}').load('${script}', 'topics').answer()); process.exit(${code})`
  const { stdout } = await execa(process.execPath, ['-e', program], { env: { XDG_CACHE_HOME: dir }, reject: false })
  return stdout
}

describe('code kept between runs', () => {
  it('is kept, but not of a run that was not understood', async () => {
    build('a')
    expect(await run(2)).toBe('a')
    expect(existsSync(kept)).toBe(false)
    expect(await run()).toBe('a')
    expect(existsSync(kept)).toBe(true)
    expect(await run()).toBe('a')
  })

  it('is kept while a long run goes on', async () => {
    build('c')
    const title = `${process.version} ${process.arch} ${'c'.repeat(64)}`
    const isKept = `require('fs').readFileSync('${kept}', 'latin1').startsWith('${title}')`
    const waits = `setInterval(() => ${isKept} && process.kill(process.pid, 'SIGKILL'), 20)`
    const program = `require('${loader}').load('${script}', 'topics'); ${waits}`
    const { signal } = await execa(process.execPath, ['-e', program], { env: { XDG_CACHE_HOME: dir }, reject: false })
    expect(signal).toBe('SIGKILL')
  })

  it('is not taken for that of another build of the same length', async () => {
    build('b')
    expect(await run()).toBe('b')
    expect(await run()).toBe('b')
  })

  it('does no harm when it is broken', async () => {
    writeFileSync(kept, 'b')
    expect(await run()).toBe('b')
    const title = `${process.version} ${process.arch} ${'b'.repeat(64)}\n`
    writeFileSync(kept, `${title}nothing V8 would write`)
    expect(await run()).toBe('b')
    expect(await run()).toBe('b')
  })

  it('is missed where it cannot be written', async () => {
    rmSync(join(dir, 'kafka-toolset'), { recursive: true })
    writeFileSync(join(dir, 'kafka-toolset'), '')
    expect(await run()).toBe('b')
  })
})
