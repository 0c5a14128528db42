import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apacheClassPath, apacheMissing } from './apache.ts'
import { quickStart } from './class-archive.ts'

/** Before the first suite that wants Apache's jars: two that fetch them at once disturb each other. Tells all suites how to start Java. */
export async function setup(): Promise<(() => void) | undefined> {
  if (apacheMissing() !== undefined) return undefined
  apacheClassPath()
  const { options, sharing } = await quickStart()
  process.env.KAFKA_TEST_JAVA_OPTIONS = JSON.stringify(options)
  process.env.KAFKA_TEST_JAVA_SHARING = JSON.stringify(sharing)
  const classes = mkdtempSync(join(tmpdir(), 'tools-'))
  const source = join(import.meta.dirname, 'java/Tools.java')
  execFileSync('javac', ['-cp', apacheClassPath(), '-d', classes, source], { stdio: 'inherit' })
  process.env.KAFKA_TEST_TOOLS = classes
  return () => rmSync(classes, { recursive: true, force: true })
}
