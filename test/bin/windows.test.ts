import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as serverStart from '../../src/cli/classic/server-start.ts'
import { runClassic } from '../support/test-console.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const scripts = readdirSync(`${root}/bin`)
  .filter((file) => file.endsWith('.sh') && file !== 'launch.sh')
  .map((file) => file.replace(/\.sh$/, ''))

describe('bin/windows', () => {
  it('has a .bat for every script, and none besides', () => {
    expect(readdirSync(`${root}/bin/windows`).sort()).toEqual(scripts.map((name) => `${name}.bat`).sort())
  })

  it.each(scripts)('%s.bat runs what the script runs', (name) => {
    const text = readFileSync(`${root}/bin/windows/${name}.bat`, 'utf8')
    expect(text).toBe(`@echo off\r\nnode "%~dp0..\\..\\bin\\${name}.js" %*\r\nexit /b %ERRORLEVEL%\r\n`)
    const target = path.win32.join('C:\\kafka\\bin\\windows\\', `..\\..\\bin\\${name}.js`)
    expect(target).toBe(`C:\\kafka\\bin\\${name}.js`)
    expect(existsSync(`${root}/bin/${name}.js`)).toBe(true)
    // Connect's script has the name of a command of the toolset's own spelling.
    const word = name.startsWith('connect-') ? `${name}.sh` : name
    expect(readFileSync(`${root}/bin/${name}.js`, 'utf8')).toContain(`process.argv.splice(2, 0, '${word}')`)
  })

  it('keeps the line ends of Windows in every checkout', () => {
    const attributes = execFileSync(
      'git',
      ['check-attr', 'eol', 'bin/windows/kafka-topics.bat', 'bin/kafka-topics.sh'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
    expect(attributes).toBe('bin/windows/kafka-topics.bat: eol: crlf\nbin/kafka-topics.sh: eol: lf\n')
  })
})

describe('a path with backslashes', () => {
  const file = path.join(root, 'config', 'server.properties').replaceAll('/', '\\')

  it.runIf(process.platform === 'win32')('is a path on Windows', async () => {
    const bad = await runClassic(serverStart, [file, '--override', 'listeners=nonsense'])
    expect(bad.err).toContain('Unable to parse nonsense')
  })

  it.skipIf(process.platform === 'win32')('is a name like any other elsewhere', async () => {
    expect(await runClassic(serverStart, ['config\\server.properties'])).toEqual({
      code: 1,
      out: '',
      err: 'config\\server.properties\n',
    })
  })
})
