import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { lock } from '../../src/runtime/node/lock.ts'

const dir = mkdtempSync(join(tmpdir(), 'lock-'))
afterAll(() => rmSync(dir, { recursive: true }))

describe('the lock of a folder', () => {
  it('is held once, and given back', () => {
    const file = join(dir, 'one')
    const first = lock(file)
    expect(first).toBeDefined()
    expect(lock(file)).toBeUndefined()
    first?.release()
    expect(lock(file)).toBeDefined()
  })

  it('is held by another process that runs, also one that wrote its id alone', () => {
    const file = join(dir, 'other')
    writeFileSync(file, String(process.ppid))
    expect(lock(file)).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')(
    'is stale when its process has ended, or another one has its id now',
    async () => {
      const file = join(dir, 'stale')
      // The shell's child ends when the shell has become another program, which does not ask for its end.
      const child = '(until grep -q sleep /proc/$$/comm; do :; done)'
      const parent = spawn('sh', ['-c', `${child} & echo $!; exec sleep 60`])
      const zombie = await new Promise<string>((resolve) =>
        parent.stdout.once('data', (text) => resolve(String(text).trim())),
      )
      await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, 'latin1')).toMatch(/\) Z /)
      writeFileSync(file, zombie)
      const held = lock(file)
      expect(held).toBeDefined()
      held?.release()
      parent.kill('SIGKILL')
      writeFileSync(file, `${process.ppid} 1@another-start-of-the-machine`)
      expect(lock(file)).toBeDefined()
    },
  )
})
