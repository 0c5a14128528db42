import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { nodeDisk } from '../../src/runtime/node/disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'disk-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('makes a folder and those above it, and has an end where there can be none', () => {
  nodeDisk.mkdir(join(folder, 'a/b/c'))
  nodeDisk.mkdir(join(folder, 'a/b/c'))
  expect(existsSync(join(folder, 'a/b/c'))).toBe(true)
  writeFileSync(join(folder, 'file'), '')
  expect(() => nodeDisk.mkdir(join(folder, 'file'))).toThrow('EEXIST')
  expect(() => nodeDisk.mkdir(join(folder, 'file/below'))).toThrow('ENOTDIR')
  if (existsSync('/proc/self')) expect(() => nodeDisk.mkdir('/proc/x/y')).toThrow('ENOENT')
})
